"""Show the worklist and a case in a terminal, straight from the store: no model and no graph is loaded."""

import itertools
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from overread.outputs.statement_view import WithheldView
    from overread.records import CaseFile, CaseStatus
    from overread.settings import Settings
    from overread.store.cases import CaseRow
    from overread.store.home import Home

OPEN: "tuple[CaseStatus, ...]" = ("awaiting_review", "received", "running", "failed")
URGENCY = {"STAT": 0, "urgent": 1, "routine": 2}


def list_rows(settings: "Settings", *, everything: bool) -> list[dict[str, Any]]:
    """Give the worklist, most urgent first, then oldest first; an empty one for a store that is not there yet."""
    from overread.store.home import open_home

    if settings.database is None and not settings.home.is_dir():
        return []
    with closing(open_home(settings)) as home:
        rows = home.cases.rows(None if everything else OPEN)
        ordered = sorted(rows, key=lambda row: (URGENCY[row.priority], row.created_at))
        escalated = home.notices.escalated()
        return [_row(row, home, escalated) for row in ordered]


def _row(row: "CaseRow", home: "Home", escalated: "Collection[str]") -> dict[str, Any]:
    from overread.escalation.state import critical_state
    from overread.store.notices import UNTOLD

    alerts = home.cases.alerts(row.case_id)
    return {
        "case_id": row.case_id,
        "status": row.status,
        "priority": row.priority,
        "alerts": [alert.label for alert in alerts],
        "critical": critical_state(alerts, escalated),
        "untold": sum(notice.state in UNTOLD for notice in home.notices.of(row.case_id)) if alerts else 0,
        "profile": row.profile,
        "study_uid": row.study_uid,
        "created_at": _aware(row.created_at).isoformat(),
        "error": row.error,
        "replaced_by": row.replaced_by,
    }


def _aware(moment: datetime) -> datetime:
    """SQLite keeps no time zone; what the store writes is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def worklist_table(rows: list[dict[str, Any]]) -> None:
    """Print the rows of `list_rows` as a table, or one line when there are none."""
    case = Column("case", no_wrap=True)
    table = Table(case, "status", "priority", "critical", "read with", "arrived", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["case_id"],
            row["status"].replace("_", " "),
            Text(row["priority"], style="bold red" if row["priority"] == "STAT" else ""),
            Text(_critical(row), style="" if row["critical"] == "acknowledged" else "bold red"),
            row["profile"],
            f"{datetime.fromisoformat(row['created_at']):%Y-%m-%d %H:%M}",
        )
    console = Console()
    console.print(table if rows else "No case is waiting.")


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
    yield document.closing, "bold"


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
            yield f"       {line.text}", "bold red" if line.loud else ""
        if coming := next_step(alert, ladder, datetime.now(UTC)):
            yield f"       {coming}", ""


def plain_lines(file: "CaseFile") -> Iterator[str]:
    """Give the report as plain text: headings in capitals and its sentences, nothing else."""
    from overread.outputs.statement_view import section_views

    for place, section in enumerate(section_views(file)):
        yield from ("",) if place else ()
        yield section.title.upper()
        yield from (statement.text for statement in section.statements)


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
            yield f"       {(notice.section or '').capitalize()}: {notice.statement}", "dim"
    if check.notices:
        yield "     The report stands as it was signed. What is wrong in it is put right by an addendum.", ""


def _withheld(item: "WithheldView") -> str:
    return f"{item.text} – {'; '.join(objection.message for objection in item.objections)}"
