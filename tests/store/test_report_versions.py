"""Versions of a report can be added only, each once, and are found with the case."""

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from overread.errors import StaleReview
from overread.records import ReportVersion, text_digest
from overread.store import _schema as t
from overread.store.home import Home
from overread.testing.doubles import make_case

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def version(number: int, name: str = "Dr A", text: str = "IMPRESSION\nNo change.\n") -> ReportVersion:
    return ReportVersion(
        version=number,
        status="preliminary" if number == 1 else "final",
        signed_by=name,
        at=NOW,
        sections={},
        text=text,
        text_digest=text_digest(text),
        draft_digest="a" * 64,
    )


@pytest.fixture
def case_id(any_home: Home) -> str:
    case = make_case()
    any_home.cases.admit(case, 1, {}, None)
    return case.case_id


def test_versions_come_back_in_order_and_are_audited(any_home: Home, case_id: str) -> None:
    for number in (1, 2):
        any_home.report_versions.add(case_id, version(number).model_copy(update={"status": "preliminary"}))
    assert [item.version for item in any_home.report_versions.of(case_id)] == [1, 2]
    assert any_home.report_versions.of("c-none") == ()
    assert [link.action for link in any_home.cases.audit.of(case_id)] == ["preliminary", "preliminary"]
    assert list(any_home.cases.audit.faults()) == []


@pytest.mark.parametrize("change", ["UPDATE report_versions SET signed_by = 'x'", "DELETE FROM report_versions"])
def test_a_row_is_neither_changed_nor_removed(any_home: Home, case_id: str, change: str) -> None:
    any_home.report_versions.add(case_id, version(1))
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), any_home.database.begin() as connection:
        connection.execute(sa.text(change))
    assert any_home.report_versions.of(case_id)[0].signed_by == "Dr A"


def test_of_many_at_once_one_is_version_one_and_the_others_are_told_who_was_first(any_home: Home, case_id: str) -> None:
    told: list[str] = []
    start = threading.Barrier(8)

    def sign(name: str) -> None:
        start.wait()
        try:
            any_home.report_versions.add(case_id, version(1, name))
        except StaleReview as error:
            told.append(str(error))

    threads = [threading.Thread(target=sign, args=(f"Dr {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (kept,) = any_home.report_versions.of(case_id)
    assert len(told) == 7
    assert all(f"{kept.signed_by} signed version 1" in words for words in told)
    with any_home.database.connect() as connection:
        audited = connection.execute(sa.select(sa.func.count()).select_from(t.audit)).scalar_one()
    assert audited == 1
