"""The report of a prior that was sent: which text it is, where from, and what is to be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from overread.errors import Unreadable
from overread.imaging import Narrative, PatientIdentity, ReadResult, read_report
from overread.imaging.identity import differing
from overread.imaging.wire_format import REPORT_LIMIT, ReportProblem
from overread.labeler.prior_report import PriorFlag, read_prior_report
from overread.records import Prior, ReportOrigin
from overread.settings import Limits

WHY_NOT: Mapping[ReportProblem, str] = {
    "empty": "it is empty",
    "too_long": f"it is longer than {REPORT_LIMIT:,} characters",
    "not_plain_text": "it is neither plain text (UTF-8) nor a structured report",
    "not_verified": "it is a structured report that nobody has verified",
}
FLAGGED: Mapping[PriorFlag, str] = {
    "too_long": "is too long to be read; it is shown as it is.",
    "foreign_language": "is not in English; it is shown as it is and was not read.",
    "injection": "holds words that speak to a program; they are shown, and nothing acts on them.",
    "contradicts_itself": "contradicts itself.",
}


@dataclass(frozen=True)
class Told:
    """A prior with its report, and what is to be told of the report."""

    prior: Prior
    notes: tuple[str, ...] = ()
    of_another_patient: str | None = None
    """An identity alert, when the report is of somebody else."""


def told_by(prior: Prior, read: ReadResult, given: Path | None, named: str, limits: Limits) -> Told:
    """Attach the report that was given with a prior, else the one that lies with its images; `named` is the prior.

    Raises `UsageError` for a path that is no file.
    """
    found = read.reports if given is None else (_given(given, limits),)
    usable = list({item.text: item for item in found if not item.problem}.values())
    whose = "A prior's report" if named == "A prior" else f"The report of {named.lower()}"
    if not usable:
        return Told(prior, tuple(f"{whose} was not used: {WHY_NOT[item.problem]}." for item in found if item.problem))
    if len(usable) > 1:
        return Told(prior, (f"{whose} was not used: several lie with its images; give the one that is meant.",))
    report = usable[0]
    if apart := differing(read.identity or PatientIdentity(), report.identity or PatientIdentity()):
        alert = f"Identity alert: {whose[0].lower()}{whose[1:]} is of another patient (another {', '.join(apart)})"
        return Told(prior, of_another_patient=f"{alert} and was not used.")
    if report.study_uid not in (None, prior.study.uid):
        return Told(prior, (f"{whose} was not used: it is of another study.",))
    prior = prior.model_copy(update={"report": report.text, "report_origin": _origin(report, given)})
    return Told(prior, tuple(f"{whose} {FLAGGED[flag]}" for flag in read_prior_report(prior).flags))


def _given(path: Path, limits: Limits) -> Narrative:
    """Read a report; what cannot be read at all is told like any that is no text."""
    try:
        return read_report(path, limits)
    except Unreadable:
        return Narrative(name=path.name, source="text", problem="not_plain_text")


def _origin(report: Narrative, given: Path | None) -> ReportOrigin:
    if report.source == "structured_report":
        return "structured_report"
    return "folder" if given is None else "sent"
