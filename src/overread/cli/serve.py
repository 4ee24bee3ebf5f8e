"""`overread serve`: model servers are started, watched and stopped."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from overread.cli.printing import note, plain, print_json, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of
from overread.errors import ServingError

if TYPE_CHECKING:
    from overread.serving.launch import Orders
    from overread.serving.preflight import Preflight
    from overread.serving.records import Server
    from overread.settings import Settings


def build() -> typer.Typer:
    """Build the group `serve`: `up`, `status` and `down`."""
    app = typer.Typer(help="Start, watch and stop model servers.", no_args_is_help=True)
    app.command("up")(up)
    app.command("status")(status)
    app.command("down")(down)
    return app


def up(
    context: typer.Context,
    profile: Profile = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port of the first server; others follow.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print the plan and start nothing.")] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay until a signal, for systemd and containers.")
    ] = False,
) -> None:
    """Start the servers of a profile and wait until each has answered."""
    settings = session_of(context).settings(profile=profile)
    from overread.cli.serving_tables import print_plan
    from overread.serving import control
    from overread.serving.preflight import run_preflight

    if plan:
        print_plan(run_preflight(settings, port), settings)
        return
    with control.alone(settings.home):
        if _already_up(settings):
            return
        checked = run_preflight(settings, port)
        print_plan(checked, settings)
        _make_environment(checked, settings)
        orders = _order(checked, settings)
        if not foreground:
            _start(settings)
            return
    _stay(orders, settings)


def _already_up(settings: "Settings") -> bool:
    """Say so when the profile is up; clean up after a supervisor that was killed; refuse another profile."""
    from overread.errors import ServingRefused
    from overread.serving import control, state

    found = control.running(settings.home)
    if found is None:
        if state.marks_path(settings.home).exists():
            ended = control.stop(settings.home, settings.serving.stop_seconds)
            note(f"a supervisor was killed before; {ended} servers that it left were ended")
        return False
    if found.profile != settings.profile:
        raise ServingRefused(
            f"profile '{found.profile}' is up; 'overread serve down' first, then 'serve up' for '{settings.profile}'"
        )
    say(f"profile '{found.profile}' is already up; 'overread serve status' shows its servers")
    return True


def _make_environment(checked: "Preflight", settings: "Settings") -> None:
    from overread.serving import environment, fetching

    folder = environment.folder_of(checked.kind, settings)
    with _telling() as tell:
        made = environment.ensure(folder, checked.kind, lambda line: tell(f"vLLM's environment: {line}"))
        fetching.fetch([placement.entry for placement in checked.plan.placements], folder, tell)
    if made.size:
        note(f"environment  {folder}, made in {made.seconds:.0f} s, {made.size / 1e9:.1f} GB")


def _order(checked: "Preflight", settings: "Settings") -> "Orders":
    from overread.serving import control, preflight

    orders = preflight.orders(checked, settings)
    control.write_orders(orders, settings)
    return orders


def _start(settings: "Settings") -> None:
    """Start the supervisor and wait; whatever ends the wait early ends the servers too."""
    from overread.serving import control

    began = time.monotonic()
    try:
        with _ended_by_sigterm(), _telling() as tell:
            supervisor = control.start(settings.home)
            found = control.await_healthy(settings.home, supervisor, lambda server: tell(_progress(server)))
    except BaseException:
        control.stop(settings.home, settings.serving.stop_seconds)
        raise
    for server in found.servers:
        say(f"{server.model}  {server.url}")
    note(f"up after {time.monotonic() - began:.0f} s; stop with 'overread serve down'")


def _stay(orders: "Orders", settings: "Settings") -> None:
    """Be the supervisor until a signal; a server that failed for good ends it, for whoever restarts this process."""
    from overread.serving.control import failure
    from overread.serving.supervisor import Supervisor

    failed = Supervisor(settings.home, orders, lambda server: note(_progress(server))).run(until_failed=True)
    if failed:
        raise ServingError(failure(failed))


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the servers that run; exit 1 unless every one is healthy."""
    settings = session_of(context).settings()
    from overread.cli.serving_tables import print_status
    from overread.serving import state
    from overread.serving.status import read_status

    found = state.read(settings.home)
    if found is None:
        _say_nothing_runs(as_json)
        raise typer.Exit(1)
    seen = read_status(settings.home, found)
    if as_json:
        print_json(seen.model_dump(mode="json"))
    else:
        print_status(seen)
    if not seen.healthy:
        raise typer.Exit(1)


def _say_nothing_runs(as_json: bool) -> None:
    if as_json:
        print_json({"profile": None, "supervisor": None, "healthy": False, "servers": []})
    else:
        say("no servers run; start them: overread serve up --profile …")


def down(context: typer.Context) -> None:
    """Stop the servers, also those that a killed supervisor left."""
    settings = session_of(context).settings()
    from overread.serving import control

    with control.alone(settings.home):
        ended = control.stop(settings.home, settings.serving.stop_seconds)
    say(f"{ended} servers stopped" if ended else "no servers ran")


def _progress(server: "Server") -> str:
    why = f": {server.detail}" if server.detail and server.state != "starting" else ""
    return f"{server.model}  {server.state}{why}"


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the wait as Ctrl-C does, so that nothing half started stays."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Show the last thing that happened: in place on a terminal, line by line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield note
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("")
        yield lambda line: progress.update(task, description=escape(plain(line)))
