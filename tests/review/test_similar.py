"""Similar signed cases on the page: shown to those who may read them, and no part of the report."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.reading_room import ReadingRoom
from overread.records import Retrieved
from overread.review.access import LinkAccess, Reader, Seals
from overread.review.accounts import AccountAccess
from overread.review.actions.open_case import shown_case
from overread.review.desk import Caller, Desk
from overread.review.people_access import reader_of
from overread.review.similar_view import similar_views
from overread.testing.doubles import ScriptedTool
from tests.graphs.rooms import put_case, scripted_room, scripted_tools, sign_all

SIGNED = "c-000000000001"
LOCAL = Reader("k")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    """A room whose second case resembles the first, which is signed."""
    similar = ScriptedTool("retrieval", [Retrieved(case_id=SIGNED, similarity=0.93, same_patient=True)])
    with scripted_room(tmp_path / "home", scripted_tools(retrieval=similar)) as opened:
        file = opened.read(put_case(opened, 1))
        opened.decide(file.case_id, sign_all(file))
        opened.read(put_case(opened, 2))
        yield opened


def test_the_page_shows_the_impression_as_context_and_not_as_part_of_the_draft(room: ReadingRoom) -> None:
    desk, case_id = Desk(room, LinkAccess(), Seals()), "c-000000000002"
    (view,) = similar_views(desk, LOCAL, room.file(case_id))
    assert (view.case_id, view.similarity, view.same_patient) == (SIGNED, "0.93", True)
    assert view.impression == tuple(
        item.text for item in (room.file(SIGNED).signed_sections or {}).get("impression", ())
    )
    html = shown_case(desk, Caller(LOCAL, "s"), case_id)[1]["html"]
    report, _, beside = html.partition('class="support"')
    assert SIGNED not in report
    assert "1 similar signed case: context, not proof" in beside
    assert f'data-similar="{SIGNED}"' in beside
    assert view.impression[0] in beside


def test_who_may_not_read_the_other_case_is_not_shown_it(room: ReadingRoom, tmp_path: Path) -> None:
    for name in ("viewer", "signer"):
        room.home.people.add(name, name, name, "four plain words here", "root")  # type: ignore[arg-type]
    settings = room.services.settings.model_copy(update={"sign_in": "accounts", "see": "assigned"})
    desk = Desk(room, AccountAccess(room.home, settings, lambda: datetime.now(UTC)), Seals())
    file = room.file("c-000000000002")
    shown = {}
    for name in ("viewer", "signer"):
        user = room.home.people.find(name)
        assert user is not None
        shown[name] = [view.case_id for view in similar_views(desk, reader_of(user, "k"), file)]
    assert shown == {"viewer": [], "signer": [SIGNED]}
