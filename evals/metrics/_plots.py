"""Plots of probabilities, as SVG that a page holds: reliability, and risk over coverage."""

import base64
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from overread.evals._calibration import BINS, reliability, risk_coverage
from overread.evals.metrics._metric import Pair, not_installed
from overread.evals.metrics._predicted import Predicted, predicted
from overread.evals.metrics.risk_coverage import margin_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A_BIN = 15
"""Pairs that a bin of reliability has at least, and from which a share of those kept is drawn."""
SIZE = (4.2, 3.4)
"""Inches."""


def plots_of(pairs: Sequence[Pair], threshold: float = 0.5) -> dict[str, str]:
    """Give each plot's title its `data:` address; none without matplotlib, of few pairs, or of no probabilities."""
    table = predicted(pairs)
    if not_installed("matplotlib") or len(pairs) < 2 * A_BIN or not table.probable:
        return {}
    return {
        "Reliability": _drawn("probability given", "share present", lambda axis: _reliable(axis, table)),
        "Risk over coverage": _drawn(
            "share kept, surest first", "share wrong", lambda axis: _risk(axis, table, threshold)
        ),
    }


def _drawn(across: str, up: str, draw: "Callable[[Axes], None]") -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # Words as outlines, and the same ids each time: the same figures give the same file.
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": across}):
        figure: Any = Figure(figsize=SIZE, layout="constrained")
        axis = figure.subplots()
        draw(axis)
        axis.set(xlabel=across, ylabel=up)
        axis.legend(fontsize=8, frameon=False)
        stream = BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _reliable(axis: "Axes", table: Predicted) -> None:
    count = max(2, min(BINS, table.truth.size // A_BIN))
    given, present, _ = np.array(reliability(table.truth, table.score, count)).T
    axis.plot([0, 1], [0, 1], color="0.75", linewidth=1, label="calibrated")
    axis.plot(given, present, marker="o", markersize=3, linewidth=1, label="bins of equal counts")
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _risk(axis: "Axes", table: Predicted, threshold: float) -> None:
    wrong = (table.score >= threshold) != table.truth
    coverage, risk = risk_coverage(wrong, margin_of(table.score, threshold))
    coverage, risk = coverage[A_BIN - 1 :], risk[A_BIN - 1 :]  # of fewer a share says nothing
    axis.plot(coverage, risk, linewidth=1.2, label=f"said present from {threshold:g}")
    axis.axhline(float(risk[-1]), color="0.75", linewidth=1, label="all kept")
    axis.set(xlim=(0, 1.02), ylim=(0, max(0.1, float(risk.max()) * 1.05)))
