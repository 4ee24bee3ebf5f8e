"""Signed case files in a few words, for the examples that each rule declares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from overread.records import Alert, CaseFile, Evidence, Finding, Status
    from overread.records.study import Laterality

REVIEW = "r" * 64


def signed_file(
    findings_text: Sequence[str],
    impression_text: Sequence[str] = (),
    *,
    findings: Sequence["Finding"] = (),
    evidence: Sequence["Evidence"] = (),
    alerts: Sequence["Alert"] = (),
) -> "CaseFile":
    """Make a case file whose report says these sentences, signed."""
    from overread.records import CaseFile, FinalReport, FinalStatement, Manifest
    from overread.testing.doubles import make_case
    from overread.testing.doubles.makers import STARTED

    case = make_case()
    final = FinalReport(
        sections={
            "findings": tuple(FinalStatement(text=text, citations=()) for text in findings_text),
            "impression": tuple(FinalStatement(text=text, citations=()) for text in impression_text),
        },
        signed_by="Dr A",
        signed_at=STARTED,
        draft_digest="d" * 64,
        review_digest=REVIEW,
    )
    return CaseFile(
        case_id=case.case_id,
        status="signed",
        case=case,
        evidence=tuple(evidence),
        findings=tuple(findings),
        alerts=tuple(alerts),
        final=final,
        manifest=Manifest(overread_version="0", graph_version=1, profile="scripted"),
    )


def finding(label: str, status: "Status", side: "Laterality | None" = None, evidence: Sequence[str] = ()) -> "Finding":
    """Make the finding that the evidence added up to."""
    from overread.reasoning.vocabulary import TERMS
    from overread.records import Finding

    return Finding(
        id=f"f-{label}",
        code=TERMS[label].code,
        label=label,
        status=status,
        laterality=side,
        evidence_ids=tuple(evidence),
        reason="said so",
    )


def alert(
    label: str, category: Literal[1, 2, 3], side: "Laterality | None" = None, *, acknowledged: bool = False
) -> "Alert":
    """Make a critical result, taken note of or not."""
    from overread.records import Acknowledgement, Alert
    from overread.testing.doubles.makers import STARTED

    seen = Acknowledgement(by="Dr A", at=STARTED, told="Dr B") if acknowledged else None
    return Alert(
        id=f"a-{label}",
        label=label,
        laterality=side,
        category=category,
        message=f"{label} seen.",
        evidence_ids=(),
        raised_at=STARTED,
        acknowledged=seen,
    )
