"""Whether a case has a report that may be sent, how far it is, and of when it is."""

from datetime import datetime

from overread.export._output import Export
from overread.records import CaseFile, VersionStatus

_NO_REPORT = {
    "received": "nothing has read it yet",
    "running": "it is being read",
    "refused": "it was refused at the gate; there is no report",
    "rejected": "its draft was rejected; there is no report",
    "failed": "its reading failed; there is no report",
    "replaced": "a later read of the same study took its place",
}


def why_no_report(file: CaseFile) -> str | None:
    """Say why a case has no report to send, or None where it has a draft that waits or a signed report."""
    why = _NO_REPORT.get(file.status) if file.final is None or file.status == "replaced" else None
    if why is None and file.final is None and file.draft is None:
        why = "there is no draft"
    return f"case {file.case_id} has nothing to send: {why}" if why else None


def report_status(file: CaseFile) -> VersionStatus:
    """Give how far the report is, in the words of FHIR's DiagnosticReport.status; a draft is preliminary."""
    if file.final is None:
        return "preliminary"
    return file.newest.status if file.newest is not None and not file.newest.preliminary else "final"


def report_time(export: Export) -> datetime:
    """Give when the report became what it is: its newest signature, or the end of the tools that its draft rests on."""
    file = export.file
    if file.final is not None:
        newest = file.newest
        return newest.at if newest is not None and not newest.preliminary else file.final.signed_at
    if file.preliminary is not None:
        return file.preliminary.at
    return max((run.ended for run in file.manifest.tool_runs), default=None) or export.clock()
