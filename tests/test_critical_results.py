"""No signature while a critical result is told to nobody for no reason, whichever way the decision comes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from overread.critical_results import acknowledgement
from overread.errors import UsageError
from overread.outputs.document import document_of
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, FindingReview, NotTold, Review, StatementReview
from overread.testing.doubles import ScriptedTool
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def critical_room(home: Path, *labels: str) -> "ReadingRoom":
    seen = [score(label, 0.95) for label in labels]
    return scripted_room(home, scripted_tools(classification=ScriptedTool("classification", seen)))  # type: ignore[return-value]


def silent(file: CaseFile, decision: str = "sign") -> Review:
    """Decide without a word on critical results."""
    return sign_all(file, decision=decision).model_copy(update={"not_told": ()})


def test_a_signature_without_an_acknowledgement_or_a_reason_is_refused(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax") as room:
        file = room.read(put_case(room))
        (alert,) = file.alerts
        with pytest.raises(UsageError, match=rf"nobody was told of 1 critical result: Pneumothorax \({alert.id}\)"):
            room.decide(file.case_id, silent(file))
        assert room.file(file.case_id).status == "awaiting_review"
        assert room.store.decisions.decision(file.case_id, file.draft_digest or "") is None


def test_a_signature_after_the_acknowledgement_stands_and_the_report_names_it(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax") as room:
        file = room.read(put_case(room))
        told = acknowledgement("Dr A", "Dr Ward", "phone", True, datetime.now(UTC))
        room.home.acknowledgements.write(file.case_id, file.alerts[0].id, told, "local")
        signed = room.decide(file.case_id, silent(file))
        assert signed.status == "signed"
        assert signed.alerts[0].acknowledged is not None
        assert "Dr Ward was told by phone" in document_of(signed).alerts[0]
        assert "Dr Ward was told by phone" in (room.home.delivery(file.case_id) / "report.txt").read_text()


def test_a_reason_is_kept_with_the_review_the_alert_the_audit_and_the_report(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax") as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, sign_all(file))
        assert signed.review is not None
        assert [item.reason for item in signed.review.not_told] == ["nobody is on the ward of a test"]
        assert signed.alerts[0].acknowledged is not None
        assert signed.alerts[0].acknowledged.not_told == "nobody is on the ward of a test"
        assert "Nobody was told: nobody is on the ward" in document_of(signed).alerts[0]
        (link,) = room.store.audit.of(file.case_id)
        assert signed.alerts[0].id in link.detail


def test_a_finding_that_the_reader_leaves_out_needs_no_other_reason(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax", "Pleural Effusion") as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, left_out(file, "Pneumothorax"))
        (alert,) = signed.alerts
        assert alert.acknowledged is not None
        assert alert.acknowledged.not_told == "not there: a skin fold"


def test_leaving_out_another_finding_excuses_nothing(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax", "Pleural Effusion") as room:
        file = room.read(put_case(room))
        with pytest.raises(UsageError, match="nobody was told"):
            room.decide(file.case_id, left_out(file, "Pleural Effusion"))


def test_sending_back_and_rejecting_need_neither(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax") as room:
        file = room.read(put_case(room))
        again = room.decide(file.case_id, silent(file, "revise"))
        assert again.status == "awaiting_review"
        rejected = room.decide(file.case_id, silent(again, "reject"))
        assert rejected.status == "rejected"
        assert rejected.alerts[0].acknowledged is None


def test_what_is_told_within_days_may_wait_for_the_report(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Lung Lesion") as room:
        file = room.read(put_case(room))
        assert [alert.category for alert in file.alerts] == [3]
        assert room.decide(file.case_id, silent(file)).status == "signed"


def test_a_reason_for_a_result_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with critical_room(tmp_path, "Pneumothorax") as room:
        file = room.read(put_case(room))
        strange = silent(file).model_copy(update={"not_told": (NotTold(alert_id="a-none", reason="x"),)})
        with pytest.raises(UsageError, match="no critical result a-none"):
            room.decide(file.case_id, strange)


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_empty_reason_is_none(reason: str) -> None:
    with pytest.raises(ValidationError):
        NotTold(alert_id="a-1", reason=reason)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"told": " "}, "name who was told"),
        ({"by": ""}, "name who was told"),
        ({"told_at": NOW + timedelta(hours=1)}, "in the future"),
        ({"found_at": NOW + timedelta(hours=1)}, "in the future"),
        ({"told_at": NOW - timedelta(hours=2), "found_at": NOW - timedelta(hours=1)}, "before it is found"),
    ],
)
def test_a_communication_that_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    whole = {"by": "Dr A", "told": "Dr Ward", "how": "phone", "read_back": True, "now": NOW, **given}
    with pytest.raises(UsageError, match=said):
        acknowledgement(**whole)  # type: ignore[arg-type]


def test_a_time_without_a_zone_is_utc() -> None:
    made = acknowledgement("Dr A", "Dr B", "message", False, NOW, told_at=datetime(2026, 1, 2, 3, 0))
    assert made.told_at == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def left_out(file: CaseFile, label: str) -> Review:
    assert file.draft is not None
    (finding,) = [finding for finding in file.findings if finding.label == label]
    decided = tuple(
        StatementReview(statement_id=s.id, action="reject", reason="a skin fold")
        if finding.id in s.finding_ids
        else StatementReview(statement_id=s.id, action="accept")
        for s in file.draft.statements
    )
    return silent(file).model_copy(update={"statements": decided})


@pytest.mark.parametrize("status", ["absent", "not_assessed"])
def test_a_finding_that_the_reader_denies_needs_no_other_reason(tmp_path: Path, status: str) -> None:
    with critical_room(tmp_path, "Pneumothorax", "Pleural Effusion") as room:
        file = room.read(put_case(room))
        (finding,) = [finding for finding in file.findings if finding.label == "Pneumothorax"]
        assert file.draft is not None
        denied = FindingReview(finding_id=finding.id, status=status, reason="a skin fold")  # type: ignore[arg-type]
        kept = [s for s in silent(file).statements if finding.id not in _about(file, s.statement_id)]
        review = silent(file).model_copy(update={"statements": tuple(kept), "findings": (denied,)})
        (alert,) = room.decide(file.case_id, review).alerts
        assert alert.acknowledged is not None
        assert alert.acknowledged.not_told == "not there: a skin fold"


def _about(file: CaseFile, statement_id: str) -> tuple[str, ...]:
    assert file.draft is not None
    return next(s.finding_ids for s in file.draft.statements if s.id == statement_id)
