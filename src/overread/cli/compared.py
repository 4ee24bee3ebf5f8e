"""Print paired comparisons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from overread.cli.printing import print_table

if TYPE_CHECKING:
    from overread.evals._paired import Paired

SMALLEST = 0.0001


def tell_compared(compared: "Sequence[Paired]") -> None:
    """Print each comparison with its interval and McNemar's p; nothing where nothing was compared."""
    if not compared:
        return
    table = Table(
        "part", "first", "second", "measure", "second less first (95 %)", "only 1st / 2nd", "McNemar p",
        box=None, pad_edge=False,
    )  # fmt: skip
    for one in compared:
        difference = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
        only = "–" if one.only_first is None else f"{one.only_first} / {one.only_second}"
        p = "–" if one.p is None else f"{one.p:.4f}" if one.p >= SMALLEST else f"< {SMALLEST}"
        table.add_row(one.part, one.first, one.second, one.measure, difference, only, p)
    print_table(table)
