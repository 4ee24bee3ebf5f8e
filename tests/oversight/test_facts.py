"""What is taken from a case file: when a draft was first shown, what a rejection denies, and no more than one file."""

import sqlite3
import threading
import time
import weakref
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from overread.oversight.collecting import Collector, Window
from overread.oversight.facts import OPENED, facts_of
from overread.oversight.keeping import keeping_facts
from overread.oversight.kept import kept_facts
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Review
from overread.store.cases import CaseStore
from overread.store.home import Home


@pytest.fixture
def signed(decided: ReadingRoom) -> CaseFile:
    return decided.file("c-000000000004")


def test_time_runs_from_when_the_signed_draft_was_first_shown(signed: CaseFile) -> None:
    digest = (signed.draft_digest or "")[:12]
    assert signed.review is not None
    shown = signed.review.at - timedelta(seconds=90)
    journal = [
        (shown - timedelta(hours=1), OPENED, {"draft": "another"}),
        (shown.replace(tzinfo=None), OPENED, {"draft": digest}),
        (shown + timedelta(seconds=30), OPENED, {"draft": digest}),
    ]
    facts = facts_of(signed, {}, journal)
    assert facts is not None
    assert (facts.seconds, facts.opened) == (90.0, True)


def test_without_the_page_it_runs_from_when_the_draft_was_ready(signed: CaseFile) -> None:
    facts = facts_of(signed, {})
    assert facts is not None
    assert (facts.began, facts.opened) == (max(item.provenance.ended for item in signed.evidence), False)
    assert facts.scanner == "not stated"


def test_the_model_name_is_told_where_the_header_has_it(signed: CaseFile) -> None:
    uid = signed.case.study.images[0].sop_instance_uid
    facts = facts_of(signed, {uid: {"Manufacturer": "ACME", "ManufacturerModelName": "X1"}})
    assert facts is not None
    assert facts.scanner == "ACME X1"


def with_reject(signed: CaseFile, text: str) -> CaseFile:
    """Let the reader have rejected the sentence on the effusion, and signed `text` for what is left."""
    assert signed.review is not None
    assert signed.final is not None
    first = signed.draft.sections["findings"][0]  # type: ignore[union-attr]
    assert "effusion" in first.text
    made = [item.model_dump() for item in signed.review.statements if item.statement_id != first.id]
    made.append({"statement_id": first.id, "action": "reject", "reason": "not seen"})
    review = Review.model_validate({**signed.review.model_dump(), "statements": made})
    said = signed.final.sections["findings"][1].model_copy(update={"text": text})
    final = signed.final.model_copy(update={"sections": {"findings": (said,)}})
    return signed.model_copy(update={"review": review, "final": final, "versions": ()})


@pytest.mark.parametrize(
    ("text", "stated", "by_rejection"),
    [
        ("There is pulmonary edema.", False, True),
        ("There is pulmonary edema and a pleural effusion.", True, False),
        ("No pulmonary edema.", False, False),
    ],
)
def test_a_rejected_sentence_denies_what_it_stated_unless_the_text_says_otherwise(
    signed: CaseFile, text: str, stated: bool, by_rejection: bool
) -> None:
    facts = facts_of(with_reject(signed, text), {})
    assert facts is not None
    assert facts.stated["Pleural Effusion"] is stated
    assert ("Pleural Effusion" in facts.by_rejection) is by_rejection


def test_a_case_that_waits_has_no_facts(signed: CaseFile) -> None:
    assert facts_of(signed.model_copy(update={"review": None, "final": None}), {}) is None


class Watched(CaseStore):
    """Counts the case files that are alive whenever it hands one out."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.living = self.most = self.given = 0

    def file(self, case_id: str) -> CaseFile | None:
        found = super().file(case_id)
        weakref.finalize(found, self._gone)
        self.living += 1
        self.given += 1
        self.most = max(self.most, self.living)
        return found

    def _gone(self) -> None:
        self.living -= 1


def test_files_are_looked_at_one_by_one_and_not_again(decided: ReadingRoom, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = home.cases = Watched(decided.home.database)
    first = Collector(home).facts(Window())
    assert (len(first), store.given) == (32, 32)
    assert store.most <= 2, "the one at hand, and the one that is handed out"
    assert Collector(home).facts(Window()) == first
    assert store.given == 32
    with kept_facts(home.root / "oversight.sqlite") as kept:
        kept.put(replace(first[0], reader="Dr Old"), first[0].at)
    assert Collector(home).facts(Window()) == first, "what was kept of an older file is not taken"
    assert store.given == 33
    home.close()


def test_a_look_at_the_figures_reads_no_more_files_than_it_has_time_for(decided: ReadingRoom, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = home.cases = Watched(decided.home.database)
    hurried = Collector(home).counted(Window(), seconds=-1)
    assert (hurried.facts, hurried.missing, store.given) == ((), 32, 0)
    assert Collector(home).counted(Window(), lambda case_id: False, seconds=-1).missing == 0
    with keeping_facts(home):
        deadline = time.monotonic() + 60
        while Collector(home).counted(Window(), seconds=-1).missing and time.monotonic() < deadline:
            time.sleep(0.05)
    whole = Collector(home).counted(Window(), seconds=-1)
    assert (len(whole.facts), whole.missing, store.given) == (32, 0, 32)
    home.close()


def test_catching_up_stops_when_it_is_told_to_and_goes_on_later(decided: ReadingRoom, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cases = Watched(decided.home.database)
    stop = threading.Event()
    stop.set()
    assert Collector(home).catch_up(stop) == 1
    assert Collector(home).catch_up(threading.Event()) == 31
    assert Collector(home).catch_up(threading.Event()) == 0
    home.close()


def test_what_another_version_kept_is_taken_anew(decided: ReadingRoom, tmp_path: Path) -> None:
    first = Collector(decided.home).facts(Window())
    with kept_facts(tmp_path / "kept.sqlite") as kept:
        kept.put(first[0], first[0].at)
        assert kept.all().has(first[0].case_id, first[0].at)
        assert kept.all().of(first[0].case_id, first[0].at) == first[0]
    with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as connection, connection:
        connection.execute("UPDATE facts SET version = 'older'")
    with kept_facts(tmp_path / "kept.sqlite") as kept:
        assert kept.all().of(first[0].case_id, first[0].at) is None
