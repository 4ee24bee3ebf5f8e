"""What a batch would do, as a table."""

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.table import Table

from overread.cli.printing import print_table

if TYPE_CHECKING:
    from overread.batch.forecast import Forecast


def print_forecast(found: "Forecast", workers: int) -> None:
    """Print what would be read, what is done already, and how long it will take."""
    table = Table("what", "figure", box=None, pad_edge=False)
    table.add_row("in the summary already", str(found.in_summary))
    table.add_row("of a content that is on file", str(found.known))
    table.add_row("to read", str(found.to_read))
    for priority, count in sorted(found.by_priority.items()):
        table.add_row(f"  {priority}", str(count))
    table.add_row("will take", _time(found, workers))
    print_table(table)


def _time(found: "Forecast", workers: int) -> str:
    if found.seconds is None:
        return "unknown: no case of this profile was read here by a batch or worker yet"
    about = timedelta(seconds=round(found.seconds))
    return f"about {about}, {workers or 1} at once, by the median of {found.measured} earlier cases"
