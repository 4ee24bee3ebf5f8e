"""The table of commands. Each command's work is imported when it runs, so that `--help` is quick."""

from typing import Annotated

import typer

from overread._version import __version__
from overread.cli.ask import ask
from overread.cli.audit import build as audit
from overread.cli.batch import batch
from overread.cli.calibrate import calibrate
from overread.cli.capacity import capacity
from overread.cli.config import config
from overread.cli.deid import deid
from overread.cli.doctor import doctor
from overread.cli.escalate import escalate
from overread.cli.evaluate import evaluate
from overread.cli.export import export
from overread.cli.federate import build as federate
from overread.cli.find import find
from overread.cli.hl7 import build as hl7
from overread.cli.imagine import imagine
from overread.cli.label import label
from overread.cli.mcp import mcp
from overread.cli.models import build as models
from overread.cli.outbox import build as outbox
from overread.cli.peers import peers
from overread.cli.pool import build as pool
from overread.cli.prognosis import prognosis
from overread.cli.protocols import protocols
from overread.cli.prune import prune
from overread.cli.ratings import build as ratings
from overread.cli.read import read
from overread.cli.receive import receive
from overread.cli.replay import replay
from overread.cli.reports import build as reports
from overread.cli.review import build as review
from overread.cli.review_app import page
from overread.cli.score import score
from overread.cli.serve import build as serve
from overread.cli.session import Session, parse_overrides
from overread.cli.status import status
from overread.cli.tool import tool
from overread.cli.user import build as user
from overread.cli.worker import worker

HELP = "Draft the preliminary read of a chest radiograph, show the evidence, and stop until a person has over-read it."


def build() -> typer.Typer:
    """Register every command under its name."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    app.command("read")(read)
    app.command("tool")(tool)
    app.command("ask")(ask)
    app.command("find")(find)
    app.command("mcp")(mcp)
    app.add_typer(review(), name="review")
    app.add_typer(user(), name="user")
    app.add_typer(audit(), name="audit")
    app.command("batch")(batch)
    app.command("worker")(worker)
    app.command("receive")(receive)
    app.add_typer(hl7(), name="hl7")
    app.command("replay")(replay)
    app.command("eval")(evaluate)
    app.command("score")(score)
    app.add_typer(ratings(), name="ratings")
    app.command("label")(label)
    app.command("imagine")(imagine)
    app.command("calibrate")(calibrate)
    app.add_typer(pool(), name="pool")
    app.add_typer(federate(), name="federate")
    app.command("prognosis")(prognosis)
    app.command("app")(page)
    app.command("escalate")(escalate)
    app.add_typer(models(), name="models")
    app.add_typer(serve(), name="serve")
    app.command("export")(export)
    app.add_typer(outbox(), name="outbox")
    app.command("protocols")(protocols)
    app.command("peers")(peers)
    app.add_typer(reports(), name="reports")
    app.command("deid")(deid)
    app.command("status")(status)
    app.command("prune")(prune)
    app.command("capacity")(capacity)
    app.command("config")(config)
    app.command("doctor")(doctor)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"overread {__version__}")
        raise typer.Exit


def root(
    context: typer.Context,
    settings: Annotated[
        list[str] | None, typer.Option("-c", metavar="KEY=VALUE", help="Set a setting; dots nest. Repeat for more.")
    ] = None,
    log_format: Annotated[
        str | None, typer.Option("--log-format", metavar="text|json", help="How log lines are written.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Keep the `-c` values for the command that follows; raises `UsageError` for one that is not `KEY=VALUE`."""
    # --debug is read by the boundary from the arguments: it must hold before there is a context.
    given = parse_overrides(settings or [])
    context.obj = Session(given if log_format is None else {**given, "log_format": log_format}, debug=debug)
