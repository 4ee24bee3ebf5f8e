"""What a reader measures and draws is kept with the case as it is made."""

import json

import httpx
import pytest
from playwright.sync_api import expect

from overread.errors import UsageError
from overread.records import Spacing
from overread.records.marks import MarkKind
from overread.records.people import Right
from overread.review import Reader
from overread.review.access import LinkAccess, Seals
from overread.review.calls.mark import mark
from overread.review.calls.unmark import unmark
from overread.review.desk import Desk
from overread.review.measures import measured
from tests.review.conftest import Visits, open_case
from tests.review.stage import Stage

SPACING = Spacing(row_mm=0.2, column_mm=0.1, source="PixelSpacing", calibrated=True)
ME, OTHER = Reader("k", name="Dr One"), Reader("l", name="Dr Two")
RULER = {"picture": 0, "kind": "ruler", "points": [[10, 20], [40, 60]]}


class NobodyDecides(LinkAccess):
    """Lets everybody read and nobody decide."""

    def may(self, reader: Reader, right: Right, case_id: str | None = None) -> bool:
        return right in ("list", "read")


def desk(stage: Stage, access: LinkAccess | None = None) -> Desk:
    return Desk(stage.room, access or stage.access, Seals())


@pytest.mark.parametrize(
    ("kind", "points", "spacing", "value", "unit"),
    [
        ("ruler", [(0, 0), (30, 20)], SPACING, 5.0, "mm"),
        ("ruler", [(0, 0), (30, 40)], None, 50.0, "px"),
        ("angle", [(20, 0), (0, 0), (20, 10)], SPACING, 45.0, "deg"),
        ("angle", [(-10, 1), (0, 0), (-10, -1)], None, 11.42, "deg"),
        ("ratio", [(30, 5), (70, 5), (10, 9), (90, 9)], None, 0.5, "1"),
        ("ratio", [(30, 5), (70, 5), (10, 9), (10, 9)], None, None, "1"),
        ("region", [(100, 50), (0, 0)], SPACING, 100.0, "mm2"),
    ],
)
def test_the_server_measures_for_itself(
    kind: MarkKind, points: list[tuple[float, float]], spacing: Spacing | None, value: float | None, unit: str
) -> None:
    got = measured(kind, points, spacing)
    assert got.unit == unit
    assert got.value == (value if value is None else pytest.approx(value, abs=0.01))


def test_a_mark_is_kept_with_what_it_measures_and_who_made_it(stage: Stage) -> None:
    file = stage.case(read=False)
    answer = mark(desk(stage), ME, {"case_id": file.case_id, **RULER})
    (kept,) = stage.room.home.marks.of(file.case_id)
    image = file.case.study.images[0]
    assert (kept.id, kept.author, kept.kind) == (answer["id"], "Dr One", "ruler")
    assert kept.sop_instance_uid == image.sop_instance_uid
    assert kept.points == ((10, 20), (40, 60))
    assert (kept.value, kept.unit) == measured("ruler", kept.points, image.spacing)
    assert kept.spacing == image.spacing


def test_a_moved_mark_takes_the_place_of_the_one_before(stage: Stage) -> None:
    case_id = stage.case(read=False).case_id
    first = mark(desk(stage), ME, {"case_id": case_id, **RULER})["id"]
    moved = {**RULER, "points": [[10, 20], [40, 80]], "replaces": first}
    mark(desk(stage), ME, {"case_id": case_id, **moved})
    (kept,) = stage.room.home.marks.of(case_id)
    assert (kept.replaces, kept.points[1]) == (first, (40, 80))
    with pytest.raises(UsageError, match="no such mark"):
        mark(desk(stage), ME, {"case_id": case_id, **moved})


def test_only_who_made_a_mark_takes_it_away(stage: Stage) -> None:
    case_id = stage.case(read=False).case_id
    kept = {"case_id": case_id, "mark": mark(desk(stage), ME, {"case_id": case_id, **RULER})["id"]}
    with pytest.raises(UsageError, match="no such mark of yours"):
        unmark(desk(stage), OTHER, kept)
    assert len(stage.room.home.marks.of(case_id)) == 1
    unmark(desk(stage), ME, kept)
    assert stage.room.home.marks.of(case_id) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"points": [[1, 2], [3, 4], [5, 6]]}, "has 2 points"),
        ({"points": [[1, 2], [300, 4]]}, "outside the picture"),
        ({"points": [[1, 2], [-3, 4]]}, "points"),
        ({"points": [[1, 2], ["NaN", 4]]}, "points"),
        ({"picture": 99}, "no such picture"),
        ({"kind": "circle"}, "kind"),
        ({"value": 1.0}, "value"),
        ({"replaces": "m-0000000000000000"}, "no such mark"),
    ],
)
def test_what_is_no_mark_is_refused(stage: Stage, wrong: dict[str, object], said: str) -> None:
    case_id = stage.case(read=False).case_id
    with pytest.raises(UsageError, match=said):
        mark(desk(stage), ME, {"case_id": case_id, **RULER, **wrong})
    assert stage.room.home.marks.of(case_id) == ()


def test_who_may_not_decide_may_not_mark(stage: Stage) -> None:
    case_id = stage.case(read=False).case_id
    with pytest.raises(UsageError, match="may not"):
        mark(desk(stage, NobodyDecides()), ME, {"case_id": case_id, **RULER})


def test_another_site_and_a_stranger_are_turned_away(stage: Stage) -> None:
    body = {"case_id": stage.case(read=False).case_id, **RULER}
    assert httpx.post(f"{stage.address}/call/mark", json=body).status_code == 401
    with stage.visitor() as visitor:
        assert visitor.post("/call/mark", json=body, headers={"origin": "http://elsewhere"}).status_code == 403
        assert visitor.post("/call/mark", content=json.dumps(body)).status_code == 415
        assert visitor.post("/call/mark", json=body).status_code == 200


@pytest.mark.browser
def test_a_mark_is_there_again_after_a_reload_and_gone_when_it_was_removed(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.keyboard.press("k")
    expect(page.locator("[data-marks] li[data-kept=yes]")).to_have_count(1)
    said = page.locator("[data-marks] li").text_content()
    assert said is not None
    page.goto(stage.address)
    page.wait_for_selector("section.worklist")
    open_case(page, file.case_id)
    expect(page.locator("[data-marks] li")).to_have_text(said)
    page.locator("[data-unmark]").click()
    page.goto(stage.address)
    page.wait_for_selector("section.worklist")
    open_case(page, file.case_id)
    expect(page.locator("[data-marks] li")).to_have_count(0)
