"""The worklist by the database: what it finds, in which order, and that nothing critical is out of sight unsaid."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from overread.errors import UsageError
from overread.records import Alert, CaseFile, CaseStatus, Manifest, Order
from overread.store import _schema as t
from overread.store.database import Database
from overread.store.home import Home
from overread.store.list_query import ListQuery, Scope
from overread.store.worklist import Worklist
from overread.testing.doubles import make_case, make_study

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LIMITS = {"STAT": timedelta(hours=1), "urgent": timedelta(hours=4), "routine": timedelta(hours=24)}
ME = Scope("dr-a", limits=LIMITS)
NAMED = Scope("dr-a", named=True, limits=LIMITS)


@pytest.fixture
def worklist(any_home: Home) -> Worklist:
    return Worklist(any_home.database, lambda: NOW)


@pytest.fixture
def put(any_home: Home) -> Callable[..., str]:
    def add(number: int, status: str = "awaiting_review", *, hours: float = 1, name: str = "", **order: Any) -> str:
        case_id = f"c-{number:012d}"
        asked = Order(**{"accession_number": f"ACC-{number:03d}", **order})
        case = make_case(make_study(number), case_id=case_id, order=asked)
        any_home.cases.admit(case, 1, {}, {"name": name, "patient_id": f"PID{number}"} if name else None)
        any_home.cases.mark(case_id, status)  # type: ignore[arg-type]
        _arrived(any_home.database, case_id, NOW - timedelta(hours=hours))
        return case_id

    return add


def _arrived(database: Database, case_id: str, at: datetime) -> None:
    with database.begin() as connection:
        for table in (t.cases, t.listing):
            connection.execute(sa.update(table).where(table.c.case_id == case_id).values(created_at=at))


def file_of(case_id: str, status: CaseStatus, error: str | None = None) -> CaseFile:
    manifest = Manifest(overread_version="0", graph_version=1, profile="scripted")
    return CaseFile(case_id=case_id, status=status, case=make_case(case_id=case_id), error=error, manifest=manifest)


def raise_alert(home: Home, case_id: str, category: int = 1, label: str = "Pneumothorax") -> None:
    alert = Alert(
        id=f"a-{case_id}-{label}",
        label=label,
        category=category,
        message=f"{label} seen",
        evidence_ids=(),
        raised_at=NOW,
    )  # type: ignore[arg-type]
    home.cases.raise_alert(case_id, alert)


def numbers(worklist: Worklist, scope: Scope = ME, **query: Any) -> list[int]:
    return [int(row.case_id[2:]) for row in worklist.page(ListQuery(**query), scope).rows]


def test_what_waits_comes_first_then_the_most_urgent_then_the_oldest(any_home: Home, worklist: Worklist, put) -> None:
    put(1, "signed", priority="STAT")
    put(2, hours=1)
    put(3, hours=5)
    put(4, priority="urgent")
    put(5, hours=0)
    raise_alert(any_home, "c-000000000005", category=2)
    raise_alert(any_home, "c-000000000005", category=1, label="Edema")
    put(6, "failed", priority="STAT")
    assert numbers(worklist) == [5, 6, 4, 3, 2, 1]
    assert numbers(worklist, descending=True) == [1, 2, 3, 4, 6, 5]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"statuses": ["signed", "failed"]}, [3, 4]),
        ({"statuses": ["replaced"]}, [6]),
        ({"priority": "STAT"}, [1]),
        ({"critical": True}, [2]),
        ({"age": "overdue"}, [1]),
        ({"age": "day"}, [1, 3, 5, 4]),
        ({"age": "older"}, [2]),
        ({"view": "LATERAL"}, []),
        ({"view": "PA"}, [1, 2, 3, 5, 4]),
        ({"modality": "DX"}, [1, 2, 3, 5, 4]),
        ({"modality": "%"}, []),
    ],
)
def test_a_filter_keeps_to_what_fits(any_home: Home, worklist: Worklist, put, query: Any, found: list[int]) -> None:
    put(1, priority="STAT", hours=1.5)
    put(2, hours=24 * 8, priority="urgent")
    put(3, "failed", hours=23)
    put(4, "signed", hours=1)
    put(5, hours=0.5)
    put(6, "replaced")
    with any_home.database.begin() as connection:
        connection.execute(sa.update(t.listing).where(t.listing.c.case_id == "c-000000000002").values(priority="x"))
    raise_alert(any_home, "c-000000000002")
    assert sorted(numbers(worklist, **query)) == sorted(found)


def test_the_search_reads_patients_only_for_those_who_may_see_them(worklist: Worklist, put) -> None:
    put(1, name="Müller^Anna Maria", requested_procedure="Chest 2 views")
    put(2, name="Smith^John")
    assert numbers(worklist, find="acc-002") == [2]
    assert numbers(worklist, find="CHEST views") == [1]
    assert numbers(worklist, find="c-000000000002") == [2]
    for words in ("müller", "ANNA müller", "pid1"):
        assert numbers(worklist, find=words) == []
        assert numbers(worklist, NAMED, find=words) == [1]
    assert numbers(worklist, NAMED, find="100%") == []
    assert numbers(worklist, NAMED, sort="patient", descending=True) == [2, 1]
    with pytest.raises(UsageError, match="not named"):
        numbers(worklist, sort="patient")


def test_an_identity_is_read_only_for_those_who_may_see_it(worklist: Worklist, put) -> None:
    put(1, name="Smith^John")
    assert worklist.page(ListQuery(), ME).rows[0].identity is None
    assert (worklist.page(ListQuery(), NAMED).rows[0].identity or {})["name"] == "Smith^John"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("priority", [2, 1, 3]),
        ("status", [3, 2, 1]),
        ("accession", [1, 2, 3]),
        ("age", [3, 1, 2]),
        ("study", [1, 2, 3]),
        ("critical", [1, 2, 3]),
        ("assignee", [3, 2, 1]),
        ("exam", [2, 1, 3]),
    ],
)
def test_each_column_sorts_both_ways(any_home: Home, worklist: Worklist, put, sort: str, order: list[int]) -> None:
    put(1, "signed", hours=5, priority="urgent", requested_procedure="B")
    put(2, "failed", hours=2, priority="STAT", requested_procedure="A")
    put(3, "awaiting_review", hours=9, requested_procedure="C")
    raise_alert(any_home, "c-000000000001", 1)
    raise_alert(any_home, "c-000000000002", 2)
    any_home.assignments.assign("c-000000000003", "dr-a", "dr-a", None)
    any_home.assignments.assign("c-000000000002", "dr-b", "dr-a", None)
    with any_home.database.begin() as connection:
        for number in (1, 2, 3):
            case_id = f"c-{number:012d}"
            day = {"study_at": f"2026113{number}"}
            connection.execute(sa.update(t.listing).where(t.listing.c.case_id == case_id).values(day))
    assert numbers(worklist, sort=sort) == order
    assert numbers(worklist, sort=sort, descending=True)[0] == order[-1]


def test_a_page_is_cut_and_says_what_there_is_beside_it(any_home: Home, worklist: Worklist, put) -> None:
    for number in range(1, 8):
        put(number, "signed" if number > 5 else "awaiting_review", hours=number)
    raise_alert(any_home, "c-000000000001")
    raise_alert(any_home, "c-000000000006")
    first = worklist.page(ListQuery(size=3), ME)
    assert [row.case_id[-1] for row in first.rows] == ["1", "5", "4"]
    assert (first.total, first.counts, first.page) == (7, {"awaiting_review": 5, "signed": 2}, 1)
    assert (first.critical_elsewhere, first.critical_hidden) == (0, 0)
    assert numbers(worklist, size=3, page=3) == [6] or numbers(worklist, size=3, page=3) == [7]
    assert worklist.page(ListQuery(size=3, page=99), ME).page == 3
    assert worklist.page(ListQuery(size=3, sort="accession", descending=True), ME).critical_elsewhere == 1
    assert worklist.page(ListQuery(find="ACC-002"), ME).critical_hidden == 1
    assert worklist.page(ListQuery(statuses=("signed",)), ME).critical_hidden == 1
    assert worklist.page(ListQuery(statuses=("signed",)), ME).counts == {"awaiting_review": 5, "signed": 2}


def test_a_critical_case_is_counted_once_and_not_after_it_ended(any_home: Home, worklist: Worklist, put) -> None:
    put(1)
    raise_alert(any_home, "c-000000000001")
    raise_alert(any_home, "c-000000000001", 2, "Edema")
    assert worklist.page(ListQuery(find="none"), ME).critical_hidden == 1
    any_home.cases.save(file_of("c-000000000001", "signed"))
    assert worklist.page(ListQuery(find="none"), ME).critical_hidden == 0


def test_a_reader_with_some_cases_finds_and_counts_only_those(any_home: Home, worklist: Worklist, put) -> None:
    for number in (1, 2, 3):
        put(number)
    raise_alert(any_home, "c-000000000003")
    some = Scope("dr-a", only={"c-000000000002"})
    page = worklist.page(ListQuery(find="nothing"), some)
    assert (page.total, page.critical_hidden) == (0, 0)
    assert numbers(worklist, some) == [2]
    assert worklist.page(ListQuery(), some).counts == {"awaiting_review": 1}
    assert worklist.neighbours("c-000000000001", ListQuery(), some) is None


def test_mine_nobodys_and_anothers_follow_the_leases(any_home: Home, worklist: Worklist, put) -> None:
    for number in (1, 2, 3, 4):
        put(number)
    any_home.assignments.take("c-000000000001", "dr-a", timedelta(days=9999))
    any_home.assignments.assign("c-000000000002", "dr-b", "dr-a", None)
    any_home.assignments.take("c-000000000003", "dr-a", timedelta(days=-9999))
    assert numbers(worklist, assignee="mine") == [1]
    assert numbers(worklist, assignee="dr-b") == [2]
    assert sorted(numbers(worklist, assignee="nobody")) == [3, 4]


def test_neighbours_go_by_the_list_and_a_decided_case_keeps_its_place(any_home: Home, worklist: Worklist, put) -> None:
    for number in (1, 2, 3, 4):
        put(number, hours=10 - number)
    query = ListQuery(statuses=("awaiting_review",))
    middle = worklist.neighbours("c-000000000002", query, ME)
    assert middle is not None
    assert (middle.before, middle.after, middle.place, middle.total) == ("c-000000000001", "c-000000000003", 2, 4)
    any_home.cases.mark("c-000000000002", "signed")
    assert worklist.neighbours("c-000000000002", query, ME) == middle
    first = worklist.neighbours("c-000000000001", query, ME)
    assert first is not None
    assert (first.before, first.after) == (None, "c-000000000003")
    assert worklist.neighbours("c-000000000009", query, ME) is None


def test_a_row_follows_the_state_of_its_case(any_home: Home, worklist: Worklist, put) -> None:
    put(1)
    any_home.cases.save(file_of("c-000000000001", "failed", "no model"))
    [row] = worklist.page(ListQuery(statuses=("failed",)), ME).rows
    assert row.error == "no model"
    again = make_case(case_id="c-000000000002")
    any_home.cases.admit(again, 1, {}, None, replaces="c-000000000001")
    assert numbers(worklist) == [2]
    assert worklist.choices(ME) == (["DX"], ["PA"])
