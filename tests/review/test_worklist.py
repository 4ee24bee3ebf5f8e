"""The worklist without a browser: what its rows say, what its calls answer, and to whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from overread.errors import UsageError
from overread.reading_room import ReadingRoom
from overread.records import Alert
from overread.records.people import Right
from overread.review.access import Reader, Seals
from overread.review.actions.show_list import show_list
from overread.review.calls import CALLS
from overread.review.desk import Caller, Desk
from overread.review.session import Session
from overread.review.worklist_page import worklist_page
from overread.store.list_query import ListQuery
from tests.graphs.rooms import put_case, scripted_room

ONE, TWO, THREE = (f"c-{number:012d}" for number in (1, 2, 3))
A, B = Reader("key-a", "dr-a"), Reader("key-b", "dr-b")


@dataclass
class Rights:
    """Lets a reader see the cases of their own, or all where none are named; decide the same."""

    of: dict[str, set[str]] = field(default_factory=dict)

    def among(self, reader: Reader, right: Right, case_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(case_id for case_id in case_ids if self.may(reader, right, case_id))

    def only(self, reader: Reader, right: Right) -> frozenset[str] | None:
        return frozenset(self.of[reader.author]) if reader.author in self.of else None

    def may(self, reader: Reader, right: Right, case_id: str | None = None) -> bool:
        return case_id is None or case_id in self.of.get(reader.author, {case_id})


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    with scripted_room(tmp_path) as opened:
        for number in (1, 2, 3):
            put_case(opened, number)
        yield opened


@pytest.fixture
def desk(room: ReadingRoom) -> Desk:
    return desk_of(room)


def desk_of(room: ReadingRoom, of: dict[str, set[str]] | None = None, later: timedelta = timedelta()) -> Desk:
    return Desk(room, Rights(of or {}), Seals(), lambda: datetime.now(UTC) + later)  # type: ignore[arg-type]


def call(desk: Desk, name: str, reader: Reader = A, **sent: Any) -> dict[str, Any]:
    return CALLS[name](desk, reader, sent)


def flag(room: ReadingRoom, case_id: str) -> None:
    alert = Alert(
        id=f"a-{case_id}", label="Pneumothorax", category=1, message="m", evidence_ids=(), raised_at=datetime.now(UTC)
    )
    room.store.raise_alert(case_id, alert)


def page_of(desk: Desk, reader: Reader = A, **query: Any) -> Any:
    scope, asked = desk.scope(reader, named=False), ListQuery(**query)
    return worklist_page(desk.room.home.worklist.page(asked, scope), asked, scope, desk.clock())


def test_a_row_says_what_is_critical_how_long_it_waits_and_with_whom_it_is(room: ReadingRoom, desk: Desk) -> None:
    flag(room, TWO)
    room.home.assignments.take(TWO, "dr-b", timedelta(minutes=30))
    room.store.mark(ONE, "failed", "no model")
    room.store.mark(THREE, "signed")
    flagged, failed, signed = page_of(desk_of(room, later=timedelta(hours=25))).rows
    assert flagged.alert == "Pneumothorax: category 1, tell within minutes"
    assert flagged.alert_state == "not acknowledged"
    assert flagged.clock.words == "overdue by 1 h 00 min"
    assert flagged.holder.words == "nobody; dr-b had it"
    assert page_of(desk).rows[0].holder.kind == "another"
    assert page_of(desk, B).rows[0].holder.kind == "mine"
    assert (failed.note, "send the study again" in failed.next_step) == ("no model", True)
    assert (signed.clock, signed.waits) == (None, False)


def test_what_the_filter_hides_is_said(room: ReadingRoom, desk: Desk) -> None:
    flag(room, TWO)
    parts = call(desk, "list_rows", query={"find": ONE})["parts"]
    assert "1 critical case is hidden by the filter" in parts["hidden"]
    assert TWO not in parts["table"]
    assert "No case passes the filter" in call(desk, "list_rows", query={"find": "zzz"})["parts"]["table"]
    assert call(desk, "list_rows")["parts"]["hidden"].strip() == ""


def test_a_critical_case_is_on_the_first_page_or_told(room: ReadingRoom, desk: Desk) -> None:
    flag(room, THREE)
    assert [row.case_id for row in page_of(desk, size=1).rows] == [THREE]
    assert page_of(desk, size=1, page=2).critical_elsewhere == 1


def test_nothing_new_is_answered_with_the_mark_alone(room: ReadingRoom, desk: Desk) -> None:
    first = call(desk, "list_rows")
    assert call(desk, "list_rows", mark=first["mark"]) == {"mark": first["mark"]}
    room.home.assignments.take(ONE, "dr-b", timedelta(minutes=30))
    taken = call(desk, "list_rows", mark=first["mark"])
    assert "dr-b" in taken["parts"]["table"]
    room.store.mark(ONE, "signed")
    assert call(desk, "list_rows", mark=taken["mark"])["mark"] != taken["mark"]


def test_the_page_begins_with_the_mark_that_the_next_look_compares(desk: Desk) -> None:
    _, shown = show_list(desk, Session(), Caller(A, "s"), {})
    assert f'data-mark="{call(desk, "list_rows")["mark"]}"' in shown["html"]


def test_a_reader_sees_counts_and_is_told_only_of_cases_of_their_own(room: ReadingRoom) -> None:
    flag(room, TWO)
    desk = desk_of(room, {"dr-b": {ONE}})
    page = page_of(desk, B)
    assert ([row.case_id for row in page.rows], page.everything, page.critical_hidden) == ([ONE], 1, 0)
    for name, sent in (
        ("neighbours", {"case_id": TWO}),
        ("hold", {"case_id": TWO}),
        ("list_names", {"cases": [ONE, TWO]}),
        ("assign", {"action": "take", "cases": [[ONE, None], [TWO, None]]}),
    ):
        with pytest.raises(UsageError, match="may not"):
            call(desk, name, B, **sent)
    assert room.home.assignments.of(ONE) is None


def test_names_are_given_on_request_and_each_time_audited(room: ReadingRoom, desk: Desk) -> None:
    case = room.store.case(ONE).model_copy(update={"case_id": "c-00000000000f"})
    room.store.admit(case, 1, {}, {"name": "CANARY^ANNA", "patient_id": "P1"})
    assert "CANARY" not in str(call(desk, "list_rows", names=True))
    assert call(desk, "list_names", cases=[ONE, "c-00000000000f"])["names"] == {
        ONE: {"name": "not named", "id": ""},
        "c-00000000000f": {"name": "CANARY, ANNA", "id": "P1"},
    }
    [link] = room.store.audit.of("worklist")
    assert (link.actor, link.action) == ("dr-a", "list_names")
    assert "CANARY" not in link.detail
    found = {"query": {"find": "canary"}}
    assert "c-00000000000f" in call(desk, "list_rows", names=True, **found)["parts"]["table"]
    assert "c-00000000000f" not in call(desk, "list_rows", names=False, **found)["parts"]["table"]


def test_selected_cases_are_taken_and_who_was_first_is_told(room: ReadingRoom, desk: Desk) -> None:
    assert call(desk, "assign", B, action="take", cases=[[TWO, None]]) == {"done": [TWO], "left": []}
    told = call(desk, "assign", action="take", cases=[[ONE, None], [TWO, None]])
    assert told == {"done": [ONE], "left": [f"Case {TWO} was taken by dr-b before you."]}
    told = call(desk, "assign", action="assign", to="dr-c", cases=[[ONE, "dr-a"], [TWO, "dr-b"], [THREE, None]])
    assert told["done"] == [ONE, TWO, THREE]
    assert "dr-a gave case" in call(desk, "list_rows", B)["parts"]["notices"]
    until = room.home.assignments.handovers("dr-b")[-1].id
    call(desk, "handovers_seen", B, until=until)
    assert call(desk, "list_rows", B)["parts"]["notices"].strip() == ""
    told = call(desk, "assign", action="give_back", cases=[[ONE, "dr-c"], [TWO, "dr-b"], [THREE, None]])
    assert (told["done"], len(told["left"])) == ([ONE], 2)
    with pytest.raises(UsageError, match="to whom"):
        call(desk, "assign", action="assign", cases=[[ONE, None]])


def test_an_open_case_says_who_has_it_and_is_in_nobodys_way(room: ReadingRoom, desk: Desk) -> None:
    call(desk, "assign", B, action="take", cases=[[ONE, None]])
    before = room.home.assignments.of(ONE)
    told = call(desk, "hold", case_id=ONE)
    assert (told["holder"]["kind"], told["holder"]["words"], told["waits"]) == ("another", "dr-b", True)
    assert call(desk, "hold", B, case_id=ONE)["holder"]["kind"] == "mine"
    after = room.home.assignments.of(ONE)
    assert before is not None
    assert after is not None
    assert (after.lease_until or before.at) > (before.lease_until or before.at)


def test_next_and_previous_follow_the_list(desk: Desk) -> None:
    found = call(desk, "neighbours", case_id=TWO, query={"sort": "accession"})
    assert {found["before"], found["after"]} == {ONE, THREE}
    assert (found["place"], found["total"]) == (2, 3)


@pytest.mark.parametrize(
    "sent",
    [
        {"query": {"sort": "case_json"}},
        {"query": {"page": 0}},
        {"query": {"size": 10**9}},
        {"query": {"find": "x" * 121}},
        {"query": {"statuses": ["mine"]}},
        {"query": {"unknown": 1}},
        {"query": {"sort": "patient"}},
        {"query": "all"},
    ],
)
def test_nonsense_is_refused_in_one_line(desk: Desk, sent: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        call(desk, "list_rows", **sent)


def test_what_a_sender_wrote_is_escaped(room: ReadingRoom, desk: Desk) -> None:
    room.store.mark(ONE, "failed", "<img src=x onerror=alert(1)>")
    assert "<img" not in call(desk, "list_rows")["parts"]["table"]
