"""`overread reports listen | subscribe`: a FHIR server tells of reports that were signed there."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, say
from overread.cli.session import session_of
from overread.cli.stopping import STOPPED, stopping
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.peers.records import FhirServer
    from overread.receiving.report_polling import Polled
    from overread.settings import Settings


def listen(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The FHIR server; without it `reports_push.source`.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address; without it that of the settings.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 0 for any that is free.")] = None,
) -> None:
    """Listen for notifications of a FHIR R4 subscription; 200 is in the store. SIGTERM or Ctrl-C end it."""
    from contextlib import closing

    from overread.receiving.report_desk import ReportDesk
    from overread.receiving.report_listener import ReportListener
    from overread.store.home import open_home

    settings = session_of(context).listening("reports_push", host, port)
    push, server = settings.reports_push, _server(settings, name)
    with stopping("notifications in work are answered first") as stop, closing(open_home(settings)) as home:
        ReportListener(
            ReportDesk(home, server, settings.receiving.reports_category),
            push,
            listening=lambda number: note(f"listening for '{server.name}' at {push.host}:{number}; Ctrl-C ends it"),
            taken=_tell,
        ).run(stop.event)
    if stop.signal:
        raise typer.Exit(STOPPED + stop.signal)


def subscribe(
    context: typer.Context,
    endpoint: Annotated[str, typer.Argument(metavar="URL", help="Where the server reaches `overread reports listen`.")],
    name: Annotated[
        str | None, typer.Option("--at", metavar="NAME", help="The FHIR server; without it `reports_push.source`.")
    ] = None,
    payload: Annotated[
        bool, typer.Option("--payload/--empty", help="Send the report along, or only that there is one.")
    ] = True,
    off: Annotated[bool, typer.Option("--off", help="Turn the subscription of this address off.")] = False,
) -> None:
    """Register a Subscription (R4, rest-hook) at a FHIR server, with our secret in its header; twice is once."""
    from overread.receiving.report_subscription import subscribe as register
    from overread.settings import safe_address

    settings = session_of(context).settings()
    push, server = settings.reports_push, _server(settings, name)
    if push.secret is None:
        raise UsageError("set 'reports_push.secret' first: OVERREAD_REPORTS_PUSH__SECRET")
    try:
        address = endpoint if push.allow_plain and endpoint.startswith("http://") else safe_address(endpoint)
    except ValueError as error:
        raise UsageError(f"{endpoint}: {error}") from None
    secret, category = push.secret.get_secret_value(), settings.receiving.reports_category
    found = register(server, address, secret, category, payload=payload, off=off)
    say(f"{server.name}: Subscription/{found} is {'off' if off else 'requested'}")


def _server(settings: "Settings", name: str | None) -> "FhirServer":
    from overread.peers.book import load_peers, peer_named
    from overread.peers.records import FhirServer

    chosen = name or settings.reports_push.source
    if chosen is None:
        raise UsageError("name a FHIR server, or set 'reports_push.source'")
    peer = peer_named(load_peers(settings.peers), chosen)
    if not isinstance(peer, FhirServer):
        raise UsageError(f"the remote system '{peer.name}' is of kind {peer.kind}; 'fhir' is needed")
    return peer


def _tell(polled: "Polled") -> None:
    say(f"{polled.source}: {polled.noted['new']} new, {polled.noted['amended']} amended")
