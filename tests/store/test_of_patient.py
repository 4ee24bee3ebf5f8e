"""Finding a patient's earlier studies: by key and day, also in a store that an older version made."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from overread.store.cases import CaseStore
from overread.store.home import Home
from overread.testing.doubles import make_case, make_study
from tests.store.older import forget_revisions

READ = ("awaiting_review", "signed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    with closing(Home(tmp_path / "home")) as home:
        yield home.cases


def put(store: CaseStore, number: int, day: str | None, key: str | None = "ann") -> str:
    study = make_study(number).model_copy(update={"study_date": day, "patient_key": key})
    case = make_case(study, case_id=f"c-{number}")
    store.admit(case, 1, {}, None)
    store.mark(case.case_id, "awaiting_review")
    return case.case_id


def test_the_newest_studies_up_to_the_day_come_first(store: CaseStore) -> None:
    for number, day in enumerate(("20240101", "20250101", "20230101", "20260101", None), start=1):
        put(store, number, day)
    put(store, 9, "20240601", key="bob")
    put(store, 10, "20240601", key=None)
    found = store.of_patient("ann", READ, until="20250601", most=2)
    assert [row.case_id for row in found] == ["c-2", "c-1"]


def test_only_cases_of_the_states_asked_for_are_found(store: CaseStore) -> None:
    for number, status in enumerate(("received", "running", "refused", "failed", "replaced", "signed"), start=1):
        put(store, number, f"2024010{number}")
        store.mark(f"c-{number}", status)  # type: ignore[arg-type]
    assert [row.case_id for row in store.of_patient("ann", READ, until="20250601", most=9)] == ["c-6"]


def test_a_store_of_an_older_version_is_given_keys_and_index(tmp_path: Path) -> None:
    with closing(Home(tmp_path / "home")) as home:
        for number in (1, 2):
            put(home.cases, number, f"2024010{number}")
        put(home.cases, 3, None, key=None)
    database = tmp_path / "home" / "cases.sqlite"
    with closing(sqlite3.connect(database)) as old:
        forget_revisions(old)
        old.execute("DROP INDEX ix_cases_patient_key_study_date")
        for column in ("patient_key", "study_date"):
            old.execute(f"ALTER TABLE cases DROP COLUMN {column}")
        text = old.execute("SELECT case_json FROM cases WHERE case_id = 'c-1'").fetchone()[0]
        case = json.loads(text)
        del case["study"]["study_time"], case["priors_refused"]
        old.execute("UPDATE cases SET case_json = ? WHERE case_id = 'c-1'", (json.dumps(case),))
        old.commit()
    for _ in range(2):
        with closing(Home(tmp_path / "home")) as home:
            found = home.cases.of_patient("ann", READ, until="20250601", most=9)
            assert [row.case_id for row in found] == ["c-2", "c-1"]
            assert home.cases.case("c-1").study.patient_key == "ann"
    with closing(sqlite3.connect(database)) as new:
        plan = new.execute(
            "EXPLAIN QUERY PLAN SELECT case_id FROM cases WHERE patient_key = 'ann' AND study_date <= '2025'"
        ).fetchall()
        assert "ix_cases_patient_key_study_date" in str(plan)
        assert new.execute("SELECT patient_key FROM cases WHERE case_id = 'c-3'").fetchone() == ("",)
