"""`overread reports`: what was signed in the reporting system, and in what it differs from the drafts."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.reports_push import listen, subscribe
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.peers.records import FhirServer
    from overread.settings import Settings
    from overread.store.reports_elsewhere import ReportRow

COLUMNS = ("id", "source", "status", "version", "case_id", "apart", "differs", "agreed", "noticed")


def build() -> typer.Typer:
    """Build the group `reports`."""
    app = typer.Typer(help="Reports that were signed in other systems, beside our drafts.", no_args_is_help=True)
    app.command("poll")(poll)
    app.command("listen")(listen)
    app.command("subscribe")(subscribe)
    app.command("list")(listed)
    app.command("show")(show)
    return app


def poll(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="FHIR servers; without it `receiving.reports_from`.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Not from where the last look ended.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask FHIR servers for reports that were signed there, join them to cases and compare; again changes nothing."""
    from contextlib import closing

    from overread.receiving.report_joining import join_reports
    from overread.receiving.report_polling import poll as ask
    from overread.store.home import open_home

    settings = session_of(context).settings()
    servers = _servers(settings, names or settings.receiving.reports_from)
    day = since.replace(tzinfo=UTC) if since else None
    with closing(open_home(settings)) as home:
        category = settings.receiving.reports_category
        polled = [ask(home, server, category, datetime.now(UTC), day) for server in servers]
        joined = join_reports(home)
    rows = [{"source": each.source, **{key: each.noted[key] for key in ("new", "amended")}} for each in polled]
    if as_json:
        print_json({"polled": rows, "joined": joined})
        return
    for row in rows:
        say(f"{row['source']}: {row['new']} new, {row['amended']} amended")
    say(f"{joined} joined to a case")


def listed(
    context: typer.Context,
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only those without a case.")] = False,
    differing: Annotated[bool, typer.Option("--differing", help="Only those that differ from the draft.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the newest version of each report, with its case and in how many labels it differs from the draft."""
    from contextlib import closing

    from rich.table import Table

    from overread.receiving.report_joining import join_reports
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        join_reports(home)  # what came as HL7 since, and what a study came for since
        found = home.reports_elsewhere.rows(unmatched=unmatched)
    rows = [_row(row) for row in found if not differing or (row.comparison and row.comparison.discrepancies)]
    if as_json:
        print_json(rows)
        return
    table = Table(*(name.replace("_", " ") for name in COLUMNS), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("–" if row[name] is None else str(row[name]) for name in COLUMNS))
    if rows:
        print_table(table)
    else:
        note("nothing")


def show(
    context: typer.Context,
    report: Annotated[str, typer.Argument(metavar="ID", help="As listed.")],
    as_json: AsJson = False,
) -> None:
    """Show in what a report differs from the draft, label by label, in each of its versions; its words stay here."""
    from contextlib import closing

    from overread.receiving.report_joining import join_reports
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        join_reports(home)
        found = home.reports_elsewhere.versions(report)
    if not found:
        raise UsageError(f"no report {report}; see 'overread reports list'")
    if as_json:
        print_json([_whole(row) for row in found])
        return
    for row in found:
        _tell(row)


def _servers(settings: "Settings", names: "list[str] | tuple[str, ...]") -> "list[FhirServer]":
    from overread.peers.book import load_peers, peer_named
    from overread.peers.records import FhirServer

    if not names:
        raise UsageError("name a FHIR server, or set 'receiving.reports_from'")
    found = [peer_named(load_peers(settings.peers), name) for name in names]
    servers = [each for each in found if isinstance(each, FhirServer)]
    if other := next((each for each in found if not isinstance(each, FhirServer)), None):
        raise UsageError(f"the remote system '{other.name}' is of kind {other.kind}; reports are asked of 'fhir'")
    return servers


def _row(row: "ReportRow") -> dict[str, Any]:
    made = row.comparison
    compared = made is not None and made.unread is None
    return {
        "id": row.id,
        "source": row.report.source,
        "status": row.report.status,
        "version": row.version,
        "case_id": row.case_id,
        "apart": row.why_apart,
        "differs": len(made.discrepancies) if made and compared else None,
        "agreed": made.agreed if made and compared else None,
        "unread": made.unread if made else None,
        "noticed": f"{row.noticed_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _whole(row: "ReportRow") -> dict[str, Any]:
    made = row.comparison
    return {**_row(row), "discrepancies": [each.model_dump(mode="json") for each in made.discrepancies] if made else []}


def _tell(row: "ReportRow") -> None:
    from rich.table import Table

    whose = f"case {row.case_id}" if row.case_id else f"no case: {(row.why_apart or 'not looked for yet')}"
    say(f"{row.id}  version {row.version}, {row.report.status}, {whose.replace('_', ' ')}")
    made = row.comparison
    if made is None or made.unread:
        say(f"  not compared{': ' + made.unread.replace('_', ' ') if made and made.unread else ''}")
        return
    table = Table("label", "differs", "draft", "signed report", box=None, pad_edge=False)
    for each in made.discrepancies:
        ours = " ".join(filter(None, (each.ours or "not looked for", each.our_side)))
        theirs = " ".join(filter(None, (each.theirs or "not spoken of", each.their_side)))
        table.add_row(each.label, each.differs.replace("_", " "), ours, theirs)
    if made.discrepancies:
        print_table(table)
    say(f"  {made.agreed} labels agree")
