"""The audit is a chain: nothing in it can be changed, taken out or cut off without it showing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from overread.store.audit import Head
from overread.store.home import Home

CHANGES = ("actor", "action", "object", "detail", "at", "hash")


@pytest.fixture
def home(any_home: Home) -> Home:
    for number in range(5):
        any_home.cases.audit.write(f"Dr {number}", "view", f"c-{number}", seconds=number)
    return any_home


def without_guard(home: Home) -> list[str]:
    """Give what somebody with all rights on the database does first."""
    if home.database.is_sqlite:
        return ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    return ["ALTER TABLE audit DISABLE TRIGGER ALL"]


def tamper(home: Home, *statements: str) -> None:
    with home.database.begin() as connection:
        for statement in (*without_guard(home), *statements):
            connection.execute(sa.text(statement))


def test_an_untouched_chain_holds(home: Home) -> None:
    assert list(home.cases.audit.faults(home.cases.audit.head())) == []
    assert [link.actor for link in home.cases.audit.of("c-3")] == ["Dr 3"]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE seq = 5"])
def test_a_row_cannot_be_changed_or_removed(home: Home, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), home.database.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("row", [1, 3, 5])
def test_a_changed_value_is_found_at_its_row(home: Home, column: str, row: int) -> None:
    tamper(home, f"UPDATE audit SET {column} = 'changed' WHERE seq = {row}")
    assert next(home.cases.audit.faults()).seq == row


def test_a_row_that_was_taken_out_is_missed(home: Home) -> None:
    tamper(home, "DELETE FROM audit WHERE seq = 2")
    assert "missing" in next(home.cases.audit.faults()).what


def test_a_cut_tail_is_missed_by_the_head(home: Home) -> None:
    tamper(home, "DELETE FROM audit WHERE seq > 3")
    assert "its head names row 5" in next(home.cases.audit.faults()).what


def test_a_cut_tail_with_its_head_set_back_is_missed_by_the_exported_head(home: Home) -> None:
    exported = home.cases.audit.head()
    third = home.cases.audit.of("c-2")[0]
    tamper(home, "DELETE FROM audit WHERE seq > 3", f"UPDATE audit_head SET seq = 3, hash = '{third.hash}'")
    assert list(home.cases.audit.faults()) == []
    assert "the exported head is row 5" in next(home.cases.audit.faults(exported)).what


def test_a_chain_that_was_written_anew_is_another_than_the_exported_one(home: Home) -> None:
    assert list(home.cases.audit.faults(Head(5, "0" * 64)))


def test_many_writers_make_one_chain(home: Home) -> None:
    def write(number: int) -> None:
        home.cases.audit.write("Dr A", "view", f"c-{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert home.cases.audit.head().seq == 45
    assert list(home.cases.audit.faults()) == []
