"""The two tables of `overread serve`: what is planned, and what runs."""

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from overread.cli.printing import plain, print_table, say

if TYPE_CHECKING:
    from overread.serving.preflight import Preflight
    from overread.serving.records import Placement, ServingPlan
    from overread.serving.status import ServerStatus, ServingStatus
    from overread.settings import Settings

STYLES = {"healthy": "green", "failed": "bold red"}


def print_plan(checked: "Preflight", settings: "Settings") -> None:
    """Print which model goes where, how much memory it takes, and on what terms it may be used."""
    from overread.serving import environment

    table = Table("model", "weights", "on", "memory", "KV cache", "port", "licence", box=None, pad_edge=False)
    for placement, port in zip(checked.plan.placements, checked.ports, strict=True):
        table.add_row(*(Text(plain(cell)) for cell in _planned(placement, port, checked.plan)))
    print_table(table)
    folder = environment.folder_of(checked.kind, settings)
    there = "is there" if environment.ready(folder, checked.kind) else "will be made"
    say(f"vLLM {environment.VERSION} ({checked.kind}) in {folder}: {there}", style="dim")


def _planned(placement: "Placement", port: int, plan: "ServingPlan") -> tuple[str, ...]:
    entry = placement.entry
    names = {device.index: device.name for device in plan.devices}
    where = ", ".join(f"GPU {index} {names.get(index, '')}".strip() for index in placement.devices) or "CPU"
    share = f" ({placement.share:.0%})" if placement.share is not None else ""
    return (
        entry.name,
        f"{entry.source}@{entry.revision[:12]}" if entry.revision else entry.source,
        where,
        f"{placement.memory / 1e9:.1f} GB{share}",
        f"{placement.kv_tokens} tokens" if placement.kv_tokens else "–",
        str(port),
        entry.licence.name,
    )


def print_status(seen: "ServingStatus") -> None:
    """Print the servers, and what is wrong with each that is not healthy."""
    table = Table(
        *("model", "weights", "port", "health", "restarts", "KV cache", "running", "waiting", "tokens/s", "memory"),
        box=None,
        pad_edge=False,
    )
    for one in seen.servers:
        health = "healthy" if one.well else "gives no answer" if one.server.state == "healthy" else one.server.state
        model, *rest = _running(one)
        table.add_row(
            model, *rest[:2], Text(health, style=STYLES.get(health, "yellow")), *(Text(cell) for cell in rest[2:])
        )
    print_table(table)
    if seen.supervisor == "killed":
        say(f"the supervisor (pid {seen.supervisor_pid}) was killed: nothing restarts these servers; "
            "'overread serve down' ends them, 'overread serve up' starts anew", style="bold red")  # fmt: skip
    for one in seen.servers:
        if one.server.detail:
            say(f"{one.server.model}: {one.server.detail}; log {one.server.log}", style="yellow")


def _running(seen: "ServerStatus") -> tuple[str, ...]:
    return (
        seen.server.model,
        seen.server.weights_digest[:12],
        str(seen.server.port),
        str(seen.server.restarts),
        "–" if seen.kv_cache is None else f"{seen.kv_cache:.1%}",
        "–" if seen.running is None else str(seen.running),
        "–" if seen.waiting is None else str(seen.waiting),
        "–" if seen.tokens_per_second is None else f"{seen.tokens_per_second:.0f}",
        f"{seen.memory / 1e9:.2f} GB",
    )
