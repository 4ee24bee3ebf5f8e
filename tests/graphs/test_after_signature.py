"""A signed case is read once more; whatever comes of that, the signature stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.composition import open_graph
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Review, SignedNotice, StatementReview
from overread.signed_text._signed import Signed
from overread.signing import Addition, Signer
from overread.testing.doubles import ScriptedTool
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all


class Broken:
    id = "broken"
    describe = "It fails."

    def check(self, signed: Signed) -> Sequence[SignedNotice]:
        raise RuntimeError("no")


def edited(file: CaseFile, text: str) -> Review:
    """Sign with other words for the first statement of the findings."""
    review, first = sign_all(file), file.draft.sections["findings"][0]  # type: ignore[union-attr]
    changed = StatementReview(statement_id=first.id, action="edit", text=text, reason="seen so")
    others = tuple(item for item in review.statements if item.statement_id != first.id)
    return review.model_copy(update={"statements": (changed, *others)})


def test_notices_are_kept_with_the_case_and_change_nothing_in_the_report(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        waiting = room.read(put_case(room))
        signed = room.decide(waiting.case_id, edited(waiting, "There is a left pneumothorax."))
        assert signed.status == "signed"
        assert signed.after_signature is not None
        kinds = {notice.kind for notice in signed.after_signature.notices}
        assert {"critical_not_told", "contradicts_images"} <= kinds, "the tools see no pneumothorax"
        known = {item.id for item in signed.evidence}
        assert all(set(notice.evidence_ids) <= known for notice in signed.after_signature.notices)
        assert signed.final is not None
        assert "There is a left pneumothorax." in [s.text for s in signed.final.sections["findings"]]
        assert room.file(waiting.case_id) == signed
        report = (room.home.delivery(waiting.case_id) / "report.txt").read_text()
        assert "critical result of category" not in report, "a notice is no part of what is delivered"


def test_a_draft_that_was_only_accepted_gives_no_notice_of_the_images(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        waiting = room.read(put_case(room))
        assert waiting.after_signature is None
        signed = room.decide(waiting.case_id, sign_all(waiting))
        assert signed.after_signature is not None
        assert signed.after_signature.notices == ()
        assert len(signed.after_signature.rules_run) == 5


def test_a_rule_that_fails_loses_no_signature(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room, open_graph(room.home) as graph:
        waiting = room.read(put_case(room))
        broken = ReadingRoom(graph, replace(room.services, signed_rules=(Broken(),)), room.home)
        signed = broken.decide(waiting.case_id, sign_all(waiting))
        assert (signed.status, room.store.row(waiting.case_id).status) == ("signed", "signed")
        assert room.store.decisions.signature(waiting.case_id) is not None
        assert signed.after_signature is not None
        assert [notice.kind for notice in signed.after_signature.notices] == ["not_checked"]


def test_what_was_noticed_at_the_signature_stands_when_the_case_is_opened_again(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room, open_graph(room.home) as graph:
        waiting = room.read(put_case(room))
        signed = room.decide(waiting.case_id, sign_all(waiting))
        other = ReadingRoom(graph, replace(room.services, signed_rules=(Broken(),)), room.home)
        assert other.read(waiting.case_id).after_signature == signed.after_signature


@pytest.mark.parametrize("stored", ["signed", "awaiting_review"])
def test_a_case_file_of_an_earlier_version_has_no_check_and_loads(tmp_path: Path, stored: str) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        file = room.decide(file.case_id, sign_all(file)) if stored == "signed" else file
        old = file.model_dump(mode="json")
        del old["after_signature"]
        assert CaseFile.model_validate(old).after_signature is None


def test_a_critical_result_that_was_told_to_nobody_for_a_reason_is_no_notice(tmp_path: Path) -> None:
    tools = scripted_tools(classification=ScriptedTool("classification", [score("Pneumothorax", 0.97)]))
    with scripted_room(tmp_path, tools) as room:
        waiting = room.read(put_case(room))
        assert [alert.label for alert in waiting.alerts] == ["Pneumothorax"]
        signed = room.decide(waiting.case_id, sign_all(waiting))
        assert signed.after_signature is not None
        assert "critical_not_told" in signed.after_signature.rules_run
        assert signed.after_signature.notices == ()
        assert signed.alerts[0].acknowledged is not None
        assert signed.alerts[0].acknowledged.not_told == "nobody is on the ward of a test"


def test_the_words_of_an_addendum_are_read_too(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        waiting = room.read(put_case(room))
        signed = room.decide(waiting.case_id, sign_all(waiting))
        assert signed.after_signature is not None
        assert signed.after_signature.notices == ()
        signer = Signer("Dr B", datetime.now(UTC), meaning="authorship")
        words = "On second look there is a left pneumothorax."
        added = room.follow(waiting.case_id, Addition(words), signer, None)
        assert added.after_signature is not None
        about = {notice.kind: notice for notice in added.after_signature.notices}
        assert {"critical_not_told", "contradicts_images"} <= set(about)
        assert {(notice.section, notice.statement) for notice in about.values()} == {(None, words)}
        assert added.after_signature.text_digest == added.versions[-1].text_digest
        assert room.file(waiting.case_id).after_signature == added.after_signature


def test_an_addendum_on_the_other_side_than_the_findings_is_told(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        waiting = room.read(put_case(room))
        signed = room.decide(waiting.case_id, edited(waiting, "There is a left pleural effusion."))
        signer = Signer("Dr B", datetime.now(UTC), meaning="authorship")
        added = room.follow(signed.case_id, Addition("The right pleural effusion was drained."), signer, None)
        assert added.after_signature is not None
        (notice,) = [one for one in added.after_signature.notices if one.kind == "side_differs"]
        assert notice.message == "Pleural Effusion: the findings and the addendum name different sides."
