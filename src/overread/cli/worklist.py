"""Show the worklist and a case in a terminal, straight from the store: no model and no graph is loaded."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Column, Table
from rich.text import Text

from overread.cli.printing import print_table, say

if TYPE_CHECKING:
    from collections.abc import Collection

    from overread.outputs.statement_view import WithheldView
    from overread.records import CaseFile
    from overread.settings import Settings
    from overread.store.home import Home
    from overread.store.list_query import ListQuery, Scope
    from overread.store.worklist import ListedCase

OPEN = ("awaiting_review", "received", "running", "failed")
MOST = 1000
"""Cases that one list shows, unless it is limited further."""


@dataclass(frozen=True)
class Listed:
    """What a list gave, and what it left out."""

    rows: list[dict[str, Any]]
    left_out: int = 0
    critical_hidden: int = 0


def open_statuses(*, everything: bool, named: Sequence[str]) -> tuple[str, ...]:
    """Give the states to list: those that were named, all, or those that somebody has to do something about."""
    from typing import get_args

    from overread.records import CaseStatus

    return tuple(named) or (get_args(CaseStatus) if everything else OPEN)


def query_of(*, limit: int | None = None, **filters: Any) -> "ListQuery":
    """Make a query of what was typed; raises `UsageError` with the option that is wrong."""
    from pydantic import ValidationError

    from overread.errors import UsageError
    from overread.store.list_query import ListQuery

    try:
        return ListQuery(size=min(limit or MOST, MOST), **filters)
    except ValidationError as error:
        first = error.errors()[0]
        name = {"statuses": "status", "size": "limit"}.get(str(first["loc"][0]), first["loc"][0])
        raise UsageError(f"--{name}: {first['msg']}") from None


def list_rows(settings: "Settings", query: "ListQuery", me: str) -> Listed:
    """Give the worklist; an empty one for a store that is not there yet."""
    from overread.store.home import open_home
    from overread.store.list_query import Scope

    if settings.database is None and not settings.home.is_dir():
        return Listed([])
    # Whoever runs the program in a terminal can read the store itself: names are searched, and not printed.
    scope = Scope(me, named=True, limits=settings.worklist_limits.by_priority())
    with closing(open_home(settings)) as home:
        page, study_of, escalated = home.worklist.page(query, scope), home.cases.row, home.notices.escalated()
        rows = [_row(row, study_of(row.case_id).study_uid, scope, home, escalated) for row in page.rows]
    return Listed(rows, page.total - len(rows), page.critical_hidden + page.critical_elsewhere)


def _row(
    row: "ListedCase", study_uid: str, scope: "Scope", home: "Home", escalated: "Collection[str]"
) -> dict[str, Any]:
    from overread.escalation.state import critical_state
    from overread.outputs.waiting_text import clock_of
    from overread.store.listing import WAITING, exam_of
    from overread.store.notices import UNTOLD

    alerts = home.cases.alerts(row.case_id) if row.alerts else ()
    now, held = datetime.now(UTC), row.assignment
    waits = row.status in WAITING
    return {
        "case_id": row.case_id,
        "status": row.status,
        "priority": row.priority,
        "alerts": [alert.label for alert in alerts],
        "critical": critical_state(alerts, escalated),
        "untold": sum(notice.state in UNTOLD for notice in home.notices.of(row.case_id)) if alerts else 0,
        "profile": row.profile,
        "study_uid": study_uid,
        "accession": row.case.order.accession_number,
        "exam": exam_of(row.case),
        "synthetic": row.case.study.synthetic,
        "created_at": row.created_at.isoformat(),
        "waiting": clock_of(row.created_at, scope.limits.get(row.priority), now).words if waits else None,
        "assignee": held.assignee if held and held.holds(now) else None,
        "lease_until": held.lease_until.isoformat() if held and held.lease_until and held.holds(now) else None,
        "error": row.error,
        "next_step": row.next_step,
        "replaced_by": row.replaced_by,
        "report": row.report.status if row.report else None,
        "report_version": row.report.version if row.report else None,
    }


def worklist_table(rows: list[dict[str, Any]]) -> None:
    """Print the rows of `list_rows` as a table, or one line when there are none."""
    case = Column("case", no_wrap=True)
    table = Table(
        case, "status", "priority", "critical", "accession", "exam", "arrived", "time", "with", box=None, pad_edge=False
    )
    for row in rows:
        table.add_row(
            row["case_id"],
            _state(row),
            Text(row["priority"], style="bold red" if row["priority"] == "STAT" else ""),
            Text(_critical(row), style="" if row["critical"] == "acknowledged" else "bold red"),
            Text(row["accession"] or "–"),
            Text.assemble(*([("SYNTHETIC ", "bold magenta")] if row["synthetic"] else []), row["exam"]),
            f"{datetime.fromisoformat(row['created_at']).astimezone():%Y-%m-%d %H:%M}",
            Text(row["waiting"] or "done", style="bold red" if "overdue" in (row["waiting"] or "") else ""),
            Text(row["assignee"] or "–"),
        )
    if rows:
        print_table(table)
    else:
        say("No case is waiting.")


def _state(row: dict[str, Any]) -> str:
    """Say a case's state, and what its report is where it is not simply final."""
    plain: str = row["status"].replace("_", " ")
    return plain if row["report"] in (None, "final") else f"{plain} ({row['report']})"


def _critical(row: dict[str, Any]) -> str:
    """Say a case's critical results, how it stands with them, and how many notices may have reached nobody."""
    if not row["alerts"]:
        return ""
    untold = f", {row['untold']} may have reached nobody" if row["untold"] and row["critical"] != "acknowledged" else ""
    return f"{', '.join(row['alerts'])} ({row['critical']}{untold})"


def case_lines(file: "CaseFile") -> Iterator[tuple[str, str]]:
    """Lay a case out for the terminal: lines with their style; statements carry a number and their id."""
    from overread.outputs.document import document_of

    document = document_of(file)
    yield f"{document.title}  {file.case_id}  {file.status.replace('_', ' ')}", "bold"
    yield from ((banner, "bold yellow") for banner in document.banners)
    yield from ((f"CRITICAL  {alert}", "bold red") for alert in document.alerts)
    numbers = itertools.count(1)
    for section in document.sections:
        yield f"\n{section.title}", "bold"
        for line, number in zip(section.statements, numbers, strict=False):
            marks = " ".join(f"[{mark}]" for mark in line.numbers)
            yield f"{number:3}  {line.text} {marks}" + ("" if document.kind == "final" else f"  ({line.id})"), ""
    if file.status == "awaiting_review":
        yield "\nFindings", "bold"
        yield from ((f"     {line}", "") for line in _decidable(file))
    for heading, items in (
        ("Withheld", tuple(_withheld(item) for item in document.withheld)),
        ("Open conflicts", document.conflicts),
        ("Tools that failed", document.failures),
        ("Notes", document.notes),
    ):
        if items:
            yield f"\n{heading}", "bold"
        yield from ((f"     {item}", "") for item in items)
    yield from notice_lines(file)
    yield "\nEvidence", "bold"
    yield from (
        (f"[{source.number}] {source.value} · {source.maker} · {source.place}", "dim") for source in document.cited
    )
    if file.draft_digest and file.status == "awaiting_review":
        yield (
            f"\nDraft {file.draft_digest[:12]}: overread review sign {file.case_id} --draft {file.draft_digest[:12]}",
            "",
        )
    yield from ((f"\nAddendum  {item}", "") for item in document.addenda)
    yield document.closing, "bold"
    if document.versions:
        yield "\nVersions of this report", "bold"
    yield from ((f"     {line}", "") for line in document.versions)


def notices_of(file: "CaseFile", home: "Home", settings: "Settings") -> Iterator[tuple[str, str]]:
    """Say who was told of a case's critical results when, and who is next; nothing where the ladder is not climbed."""
    from overread.escalation.ladder import load_ladder
    from overread.escalation.state import next_step, notice_lines

    notices = home.notices.of(file.case_id)
    if not notices:
        return
    ladder = load_ladder(settings.escalation_file)
    yield "\nNotices of critical results", "bold"
    for alert in file.alerts:
        yield f"     {alert.label} ({alert.id})", ""
        for line in notice_lines(alert, notices, ladder):
            yield f"       {line.at:%H:%M} UTC {line.text}", "bold red" if line.loud else ""
        if coming := next_step(alert, ladder, datetime.now(UTC)):
            yield f"       {coming}", ""


def plain_lines(file: "CaseFile") -> Iterator[str]:
    """Give the report as plain text, as it is signed now or else drafted: headings, sentences and addenda alone."""
    from overread.records import report_text

    newest = file.newest if file.final else None
    sections = file.signed_sections or (file.draft.sections if file.draft else {})
    text = newest.text if newest else report_text(file.draft, sections)
    yield from text.rstrip("\n").split("\n")


def _decidable(file: "CaseFile") -> Iterator[str]:
    """Name what `--finding` and `--resolve` take."""
    from overread.reasoning.reviewing import said

    for finding in file.findings:
        if finding.status != "not_assessed":
            yield f"{finding.label}: {said(finding)}  ({finding.id})"
    for conflict in file.conflicts:
        if conflict.resolution == "open":
            yield f"Conflict: {conflict.rule.replace('_', ' ')}  ({conflict.id})"


def notice_lines(file: "CaseFile") -> Iterator[tuple[str, str]]:
    """Say what was noticed about a signed report, and how much was looked for; nothing before it is signed."""
    check = file.after_signature
    if check is None:
        return
    count = len(check.notices)
    yield f"\nAfter the signature: {count} notice{'' if count == 1 else 's'}, by {len(check.rules_run)} rules", "bold"
    for notice in check.notices:
        yield f"     {notice.kind.replace('_', ' ')}: {notice.message}", "yellow"
        if notice.statement is not None:
            yield f"       {(notice.section or 'addendum').capitalize()}: {notice.statement}", "dim"
    if check.notices:
        yield "     The report stands as it was signed. What is wrong in it is put right by an addendum.", ""


def _withheld(item: "WithheldView") -> str:
    return f"{item.text} – {'; '.join(objection.message for objection in item.objections)}"
