"""A marker on the wrong side is told once for each picture, beside what the heart says, and nothing is turned."""

import pytest

from overread import plugins
from overread.ports import EvidenceIndex
from overread.records import Case, Conflict, Evidence, Hanging, Lettering, Mask, Region
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study

WIDE = make_study().images[0].columns


def run(*evidence: Evidence, case: Case | None = None) -> list[Conflict]:
    rule = plugins.builder("rules", "side_marker")(Settings())
    return list(rule.check(case or make_case(), (), EvidenceIndex(evidence)))


def marker(side: str, across: float) -> Evidence:
    letter = Lettering.model_validate({"what": "side_marker", "side": side})
    place = Region(x=round(across * WIDE), y=2, width=2, height=2)
    return make_evidence(letter, tool="lettering", region=place)


def masks(heart: int, quality: float = 0.95) -> list[Evidence]:
    return [
        make_evidence(
            Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=900, quality=quality),
            tool="segmentation",
            region=Region(x=left, y=20, width=width, height=40),
        )
        for name, left, width in (("lungs", 10, 80), ("heart", heart, 20))
    ]


@pytest.mark.parametrize(
    ("side", "across", "fires"),
    [
        ("left", 0.05, True),
        ("left", 0.9, False),
        ("right", 0.05, False),
        ("right", 0.9, True),
        ("left", 0.48, False),
        ("right", 0.5, False),
    ],
)
def test_the_patients_left_is_at_the_right_of_the_picture(side: str, across: float, fires: bool) -> None:
    assert bool(run(marker(side, across))) == fires


def test_all_markers_of_a_picture_that_are_wrong_are_one_conflict() -> None:
    wrong = (marker("left", 0.05), marker("right", 0.9))
    (conflict,) = run(*wrong, marker("right", 0.1))
    assert set(conflict.evidence_ids) == {item.id for item in wrong}
    assert "which are assumed" in conflict.message


def test_where_the_header_leaves_the_sides_open_the_heart_is_asked() -> None:
    case = make_case(make_study(hanging=Hanging(sides="withheld")))
    assert run(marker("left", 0.05), case=case) == []
    assert run(marker("left", 0.05), *masks(20), case=case) == []
    assert run(marker("left", 0.05), *masks(60, quality=0.5), case=case) == []
    assert run(marker("left", 0.05), *masks(41), case=case) == []
    (conflict,) = run(marker("left", 0.05), *(seen := masks(60)), case=case)
    assert {item.id for item in seen} < set(conflict.evidence_ids)


def test_text_and_what_lies_in_another_study_question_nothing() -> None:
    text = make_evidence(Lettering(what="text"), tool="lettering", region=Region(x=1, y=1, width=5, height=5))
    there = make_evidence(
        Lettering(what="side_marker", side="left"),
        make_study(1, 2),
        tool="lettering",
        region=Region(x=1, y=1, width=5, height=5),
    )
    assert run(text, there) == []


def test_a_lateral_view_has_no_sides() -> None:
    study = make_study(views=("LATERAL",))
    letter = Lettering(what="side_marker", side="left")
    seen = make_evidence(
        letter, study, image=study.images[0], tool="lettering", region=Region(x=1, y=1, width=5, height=5)
    )
    assert run(seen, case=make_case(study)) == []
