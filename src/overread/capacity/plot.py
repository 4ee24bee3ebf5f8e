"""Waits and utilisation against studies a year, a line for each number of machines."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from overread.capacity.demand import MOST, Demand
from overread.capacity.sizing import Load, Site, load_of
from overread.errors import Unavailable
from overread.records import Priority

EXTRA = "plots"
POINTS = 60
"""Demands on a line."""
SIZE = (10.0, 4.2)
"""Inches."""
DOTS = 110
"""An inch."""


def require_plot() -> None:
    """Raise `Unavailable` where matplotlib is not installed."""
    _figure_class()


def plot_of(site: Site, demand: Demand, machines: Sequence[int], studies: Sequence[int]) -> bytes:
    """Draw a PNG around the demands of `studies`; a wait is that of the least urgent priority, in the busiest hour.

    Raises `Unavailable` where matplotlib is not installed.
    """
    across = np.geomspace(max(1, min(studies) / 10), min(MOST, max(studies) * 3), POINTS).round().astype(int)
    figure = _figure_class()(figsize=SIZE, layout="constrained")
    waiting, used = figure.subplots(1, 2)
    last = max(site.ordered(demand), key=lambda priority: site.allowed[priority])
    for number in sorted(set(machines)):
        loads = [load_of(site, demand.model_copy(update={"studies": int(one)}), number) for one in across]
        name = f"{number} machine{'s' * (number > 1)}"
        steady = [load for load in loads if load.waits is not None]
        waiting.plot([load.studies for load in steady], [_seconds(load, last) for load in steady], label=name)
        used.plot(across, [min(1.0, load.peak_utilisation) for load in loads], label=name)
    waiting.axhline(site.targets[last], color="0.5", linestyle=":", label="target")
    waiting.set(xscale="log", yscale="symlog", xlabel="studies a year", ylabel="seconds", ylim=(0, None))
    waiting.set_title(f"wait of {site.share:.0%} of {last} cases, busiest hour", fontsize=10)
    used.set(xscale="log", xlabel="studies a year", ylabel="share of the places in work", ylim=(0, 1.05))
    used.set_title("utilisation, busiest hour", fontsize=10)
    waiting.legend(fontsize=8, frameon=False)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    return stream.getvalue()


def _seconds(load: Load, priority: Priority) -> float:
    assert load.waits is not None
    return load.waits[priority].quantile


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Unavailable(f"plots need matplotlib: pip install 'overread[{EXTRA}]'") from None
    return Figure
