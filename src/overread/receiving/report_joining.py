"""Find the case of each report that was signed elsewhere, and compare it with the draft."""

from overread.imaging import PatientIdentity
from overread.imaging.identity import differing
from overread.receiving.report_comparison import compare
from overread.records import WhyApart
from overread.store.home import Home
from overread.store.reports_elsewhere import SignedElsewhere

UNREAD = frozenset({"received", "running", "refused", "failed"})
"""Statuses of a case that has no draft; one that was rejected has one."""


def join_reports(home: Home) -> int:
    """Join what has no case yet, or one that was replaced; give how many have one now. Done twice it is done once."""
    joined = 0
    for row in home.reports_elsewhere.open():
        case_id, why = _case_of(home, row.report)
        file = home.cases.file(case_id) if case_id else None
        home.reports_elsewhere.join(row, case_id, why, compare(file, row.report) if file else None)
        joined += case_id is not None and case_id != row.case_id
    return joined


def _case_of(home: Home, report: SignedElsewhere) -> tuple[str | None, WhyApart | None]:
    """Give the newest read of the one study that a report is of, or why there is none."""
    if not report.study_uid and not report.accession_number:
        return None, "no_number"
    found = home.reports_elsewhere.candidates(report)
    if not found:
        return None, "no_case"
    theirs = PatientIdentity.model_validate(report.identity)
    ours = [each for each in found if not differing(_identity(home, each.case_id), theirs)]
    if not ours:
        return None, "another_patient"
    if len({each.study_uid for each in ours}) > 1:
        return None, "several_cases"
    drafted = [each for each in ours if each.status not in UNREAD]
    return (drafted[0].case_id, None) if drafted else (None, "no_draft")


def _identity(home: Home, case_id: str) -> PatientIdentity:
    known = home.cases.identity(case_id)
    return PatientIdentity() if known is None else PatientIdentity.model_validate(known)
