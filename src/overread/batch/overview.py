"""A batch on one page: how long cases took, what became of them, what was refused and which tools failed.

The page holds no name of an input, so it may be shown to those who may not see patients' data.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.batch.summary import SummaryLine

BINS = 24


class Bar(NamedTuple):
    """Cases that took from `low` up to `high` seconds."""

    low: float
    high: float
    cases: int


class ToolCost(NamedTuple):
    """What a tool took over the batch, in seconds."""

    tool: str
    cases: int
    median: float
    total: float


def write_overview(lines: Sequence[SummaryLine], path: Path) -> None:
    """Write the page, which loads nothing from elsewhere."""
    environment = Environment(loader=PackageLoader("overread.batch"), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("overview.html.jinja")
    seconds = [line.seconds for line in lines]
    page = template.render(
        cases=len(lines),
        statuses=_counted(line.status.replace("_", " ") for line in lines),
        reasons=_counted(line.reason.replace("_", " ") for line in lines if line.reason),
        errors=_counted(line.error for line in lines if line.status == "failed" and line.error),
        failed_tools=_counted(tool for line in lines for tool in line.failed_tools),
        tools=tool_costs(lines),
        bars=bars(seconds),
        median=statistics.median(seconds) if seconds else None,
        longest=max(seconds, default=None),
    )
    path.write_text(page, encoding="utf-8")


def bars(seconds: Sequence[float]) -> list[Bar]:
    """Count times of cases in `BINS` steps from 0 to the longest; none without a case."""
    if not seconds:
        return []
    counts, edges = np.histogram(seconds, bins=BINS, range=(0.0, max([*seconds, 1e-3])))
    return [
        Bar(float(low), float(high), int(count)) for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]


def tool_costs(lines: Sequence[SummaryLine]) -> list[ToolCost]:
    """Sum up what each tool took, the longest total first."""
    took: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        for tool, seconds in line.tool_seconds.items():
            took[tool].append(seconds)
    costs = [ToolCost(tool, len(each), statistics.median(each), sum(each)) for tool, each in took.items()]
    return sorted(costs, key=lambda cost: -cost.total)


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    return Counter(words).most_common()
