"""`overread receive`: studies that come in by themselves, each up to its review."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import complain, note, print_json, print_table, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of
from overread.cli.stopping import STOPPED, stopping

if TYPE_CHECKING:
    from overread.peers.records import Peer
    from overread.receiving.receiver import Tally
    from overread.receiving.source import Source
    from overread.records import CaseFile, Received
    from overread.settings import Settings

FAILED = 1


def receive(
    context: typer.Context,
    watch: Annotated[
        Path | None, typer.Option("--watch", metavar="DIR", help="A folder; each sub folder, zip or file is a study.")
    ] = None,
    orthanc: Annotated[
        str | None, typer.Option("--orthanc", metavar="NAME|URL", help="An Orthanc: what it receives.")
    ] = None,
    dicomweb: Annotated[
        str | None,
        typer.Option("--dicomweb", metavar="NAME|URL", help="A DICOMweb server: studies of today and yesterday."),
    ] = None,
    study: Annotated[
        str | None, typer.Option("--study", metavar="UID", help="Of --dicomweb: this one study, and end.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y%m%d", "%Y-%m-%d"], help="Of --dicomweb: the studies of this day."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Take what is ready by now, and end.")] = False,
    to_review: Annotated[
        bool, typer.Option("--to-review/--take-in", help="Read each up to its review, or only take it in.")
    ] = True,
    complete: Annotated[
        str | None, typer.Option("--complete", metavar="UID", help="Do not wait for the rest of this study; and end.")
    ] = None,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="Of --orthanc, the first time: not what it has already.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write a folder for each case too.")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Receive studies from a watch folder, an Orthanc or a DICOMweb server, with their orders and priors."""
    from overread.composition import open_room
    from overread.errors import UsageError
    from overread.peers.book import load_peers
    from overread.receiving.hl7_order import Hl7Orders
    from overread.receiving.intake import Intake
    from overread.receiving.late_orders import LateOrders
    from overread.receiving.named import orders_of, priors_of
    from overread.receiving.receiver import Events, Receiver

    if sum(each is not None for each in (watch, orthanc, dicomweb)) != 1:
        raise UsageError("give one of --watch DIR, --orthanc NAME|URL, --dicomweb NAME|URL")
    if (study or day) and dicomweb is None:
        raise UsageError("--study and --day are of --dicomweb")
    settings = session_of(context).settings(profile=profile)
    peers = load_peers(settings.peers)
    source = _source(settings, peers, watch, orthanc, dicomweb, study, day and day.date(), from_now)
    events = Events() if as_json else Events(_tell, note)
    with stopping("the study in work is finished first") as stop, open_room(settings) as room:
        orders = (Hl7Orders(room.home.hl7), *orders_of(settings, peers))
        intake = Intake(room, orders, priors_of(source, settings, peers))
        late = LateOrders(room, orders, asked=len(orders) > 1)
        receiver = Receiver(room, source, intake, events=events, late=late, out=out, to_review=to_review)
        if complete is not None and not receiver.force(complete):
            raise UsageError(f"{source.where} has no study of that UID; --complete takes a Study Instance UID")
        if not (once or study or complete or as_json):
            note(f"receiving from {source.where}; Ctrl-C ends it")
        tally = receiver.run(stop.event, once=once or study is not None or complete is not None)
    _print(tally, as_json=as_json)
    if stop.signal:
        raise typer.Exit(STOPPED + stop.signal)
    if tally.outcomes["failed"]:
        raise typer.Exit(FAILED)


def _source(
    settings: "Settings",
    peers: "Mapping[str, Peer]",
    watch: Path | None,
    orthanc: str | None,
    dicomweb: str | None,
    study: str | None,
    day: date | None,
    from_now: bool,
) -> "Source":
    from overread.peers.records import DicomWeb, OrthancServer
    from overread.receiving.dicomweb import DicomWebSource
    from overread.receiving.named import server_of
    from overread.receiving.orthanc import Orthanc
    from overread.receiving.watch_folder import WatchFolder

    chosen = settings.receiving
    if watch is not None:
        return WatchFolder(watch, chosen.quiet_seconds)
    if orthanc is not None:
        server = server_of(orthanc, OrthancServer, "orthanc", peers)
        return Orthanc(server, chosen.modalities, settings.limits, from_now=from_now)
    web = server_of(dicomweb or "", DicomWeb, "dicomweb", peers)
    return DicomWebSource(web, chosen.modalities, settings.limits, chosen.quiet_seconds, study=study, day=day)


def _tell(received: "Received", file: "CaseFile | None") -> None:
    """Say in one line what became of a study, and what to do next where somebody should."""
    from overread.records import LOUD

    status = f", {file.status.replace('_', ' ')}" if file is not None else ""
    parts = [f"{received.case_id or 'no case'}  {received.outcome.replace('_', ' ')}{status}"]
    if received.became == "told":
        parts.append("signed before; its signer is told")
    if received.before is not None:
        how = "adds to" if received.became == "addendum" else "takes the place of"
        parts.append(f"{how} {received.before}")
    if received.views_missing:
        parts.append(f"without its {' and '.join(received.views_missing)} view")
    if received.order is not None:
        parts.append(f"order {received.order}")
    if received.priors:
        parts.append(f"{received.priors} priors")
    if received.reason is not None:
        parts.append(received.reason.replace("_", " "))
    say("; ".join(parts))
    apart = received.outcome == "late_order" and received.order != "attached"
    if received.outcome in LOUD or apart:
        complain(f"{received.outcome.replace('_', ' ')}: {received.error or 'look at it in the worklist'}")


def _print(tally: "Tally", *, as_json: bool) -> None:
    from rich.table import Table

    if as_json:
        print_json({"outcomes": dict(sorted(tally.outcomes.items())), "waiting": tally.waiting})
        return
    table = Table("outcome", "studies", box=None, pad_edge=False)
    for outcome, count in sorted(tally.outcomes.items()):
        table.add_row(outcome.replace("_", " "), str(count))
    table.add_row("still waiting", str(tally.waiting))
    print_table(table)
