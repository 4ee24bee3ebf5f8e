"""`overread status`: what there is, what waits, who answers, in one look."""

from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table
from rich.text import Text

from overread.cli.printing import print_json, print_table
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.settings import Settings

SERVER_SECONDS = 1.0
"""How long a model server may take to say that it is there; all are asked at once."""


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show cases by state, what waits and how long, model servers, disk, versions, and recent errors by type."""
    seen = look(session_of(context).settings())
    if as_json:
        print_json(seen)
        return
    table = Table("what", "now", box=None, pad_edge=False)
    for what, now, style in _lines(seen):
        table.add_row(what, Text(now, style=style))
    print_table(table)


def look(settings: "Settings") -> dict[str, Any]:
    """Give all that the command tells, as it prints it with --json; ages in seconds, None where nothing waits."""
    from contextlib import closing
    from datetime import UTC, datetime

    from overread.machine import commit, libraries
    from overread.observing.queues import queues_of
    from overread.store.counts import recent_errors
    from overread.store.database import open_database

    # Not the whole home: its other stores need libraries of pictures and of passwords.
    url = settings.database.get_secret_value() if settings.database else None
    with closing(open_database(settings.home, url)) as database:
        now = queues_of(database, settings.home, datetime.now(UTC))
        errors = recent_errors(database)
        where = database.shown
    counts = now.counts
    return {
        "at": now.at.isoformat(timespec="seconds"),
        "cases": dict(counts.cases),
        "review": {"waiting": counts.cases.get("awaiting_review", 0), "oldest_seconds": now.age(counts.waiting_since)},
        "alerts": {"open": now.alerts, "oldest_seconds": now.age(now.alerted_since), "untold_notices": now.untold},
        "outbox": dict(counts.outbox),
        "arrivals": counts.arrivals,
        "servers": _servers(settings),
        "disk": {"home": str(settings.home), "free_bytes": now.free_bytes},
        "store": where,
        "versions": {"overread": _version(), "commit": commit(), **libraries()},
        "errors": errors,
    }


def _version() -> str:
    from overread._version import __version__

    return __version__


def _servers(settings: "Settings") -> list[dict[str, Any]]:
    """Ask each server of the profile's models whether it is there; models in a process of ours have none."""
    from overread.serving import state
    from overread.settings import load_profile

    found: dict[tuple[str, str | None], None] = {}
    for spec in load_profile(settings.profile, settings).roles.values():
        if spec.backend == "vllm":
            server = None if spec.url else state.server_of(settings.home, spec.model)
            found[spec.model, spec.url or (server.url if server else None)] = None
    if not found:
        return []
    from concurrent.futures import ThreadPoolExecutor

    from overread.serving import health_check

    def asked(one: tuple[str, str | None]) -> dict[str, Any]:
        model, url = one
        address = url and url.rstrip("/").removesuffix("/v1")
        answers = bool(address) and health_check.healthy(str(address), SERVER_SECONDS)
        return {"model": model, "url": url, "answers": answers}

    with ThreadPoolExecutor(len(found)) as pool:
        return list(pool.map(asked, found))


def _lines(seen: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give what, how it is, and in which style."""
    review, alerts = seen["review"], seen["alerts"]
    lines = [
        ("cases", _counted(seen["cases"]) or "none", ""),
        ("waiting for a review", f"{review['waiting']}{_oldest(review)}", ""),
        ("critical results open", f"{alerts['open']}{_oldest(alerts)}", "bold red" if alerts["open"] else ""),
    ]
    if alerts["untold_notices"]:
        lines.append(("notices that reached nobody", str(alerts["untold_notices"]), "bold red"))
    failed = "failed" in seen["outbox"]
    lines += [
        ("outbox", _counted(seen["outbox"]) or "nothing to send", "bold red" if failed else ""),
        ("arrivals to read", str(seen["arrivals"]), ""),
    ]
    for server in seen["servers"]:
        said = "answers" if server["answers"] else "does not answer"
        lines.append(
            (
                f"server {server['model']}",
                f"{said}  {server['url'] or 'not started'}",
                "" if server["answers"] else "bold red",
            )
        )
    lines.append(("disk", f"{seen['disk']['free_bytes'] / 2**30:.1f} GiB free at {seen['disk']['home']}", ""))
    lines.append(("store", seen["store"], ""))
    lines.append(("versions", ", ".join(f"{name} {value}" for name, value in seen["versions"].items() if value), ""))
    lines += [(f"recent error  {what}", str(number), "yellow") for what, number in seen["errors"].items()]
    return lines


def _counted(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in numbers.items())


def _oldest(waiting: dict[str, Any]) -> str:
    seconds = waiting["oldest_seconds"]
    return "" if seconds is None else f", the oldest {_span(seconds)}"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
