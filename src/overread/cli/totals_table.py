"""What a batch or a worker read, as a table."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from overread.batch.totals import Totals


def print_totals(totals: "Totals") -> None:
    """Print how many cases there were of each status, how fast they were read, and in how much memory."""
    table = Table("what", "figure", box=None, pad_edge=False)
    for status, count in sorted(totals.by_status.items()):
        table.add_row(status.replace("_", " "), str(count))
    rate = "–" if totals.per_minute is None else f"{totals.per_minute:.1f} a minute"
    table.add_row("read in this run", f"{totals.cases} in {totals.wall_seconds:.1f} s, {rate}")
    if totals.p50 is not None and totals.p95 is not None:
        table.add_row("seconds a case", f"p50 {totals.p50:.2f}, p95 {totals.p95:.2f}")
    told = (("processors", totals.processor_joules), ("GPUs", totals.gpu_joules))
    energy = [f"{what} {joules:.1f} J" for what, joules in told if joules is not None]
    if energy:
        table.add_row("energy a case", f"{', '.join(energy)}, the whole machine")
    table.add_row("peak memory", f"{totals.peak_mib:.0f} MiB a process")
    Console().print(table)
