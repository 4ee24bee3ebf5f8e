"""Plots of what was measured of voters that score: reliability, risk against coverage, and figures by threshold.

A panel for each label of each voter. Everything in them is out of fold: said of a film by what the others taught.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from overread.errors import Unavailable
from overread.evals._calibration import BINS, reliability, risk_coverage
from overread.measuring.statistics import operating_curve, predictive_values
from overread.measuring.tables import Held

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RELIABILITY, RISK, THRESHOLDS = "reliability.png", "risk_coverage.png", "thresholds.png"
PLOTS = (RELIABILITY, RISK, THRESHOLDS)
EXTRA = "plots"
COLUMNS = 4
PANEL = (2.9, 2.5)
"""Inches."""
DOTS = 110
"""An inch."""
A_BIN = 15
"""Films that a bin of reliability has at least, and films from which a share of those kept is drawn."""

Panels = Mapping[str, Mapping[str, Held]]
"""Voter to label."""


def require_plots() -> None:
    """Raise `Unavailable` where matplotlib is not installed."""
    _figure_class()


def plots_of(panels: Panels, prevalence: Mapping[str, float]) -> dict[str, bytes]:
    """Draw each plot as PNG, by its file's name; none without a voter that scores.

    Raises `Unavailable` where matplotlib is not installed.
    """
    if not any(panels.values()):
        return {}

    def by_threshold(axis: "Axes", label: str, held: Held) -> None:
        _by_threshold(axis, held, prevalence[label])

    return {
        RELIABILITY: _drawn(panels, "probability given", "share present", lambda axis, _, held: _reliable(axis, held)),
        RISK: _drawn(
            panels, "coverage: share kept, surest first", "share wrong", lambda axis, _, held: _risk(axis, held)
        ),
        THRESHOLDS: _drawn(panels, "threshold on the probability", "share", by_threshold),
    }


def _drawn(panels: Panels, across: str, up: str, draw: Callable[["Axes", str, Held], None]) -> bytes:
    wanted = [(voter, label, held) for voter, labels in panels.items() for label, held in labels.items()]
    columns = min(COLUMNS, len(wanted))
    rows = -(-len(wanted) // columns)
    figure = _figure_class()(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis, (voter, label, held) in zip(axes, wanted, strict=False):
        draw(axis, label, held)
        positive = int(held.truth.sum())
        axis.set_title(f"{label}\n{voter}, {positive} + / {held.truth.size - positive} −", fontsize=8)
        axis.tick_params(labelsize=7)
    for axis in axes[len(wanted) :]:
        axis.set_axis_off()
    figure.supxlabel(across, fontsize=9)
    figure.supylabel(up, fontsize=9)
    named = {name: handle for axis in axes for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named, loc="outside upper center", ncols=len(named), fontsize=8, frameon=False)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    return stream.getvalue()


def _reliable(axis: "Axes", held: Held) -> None:
    count = max(2, min(BINS, held.truth.size // A_BIN))
    given, present, _ = np.array(reliability(held.truth, held.said.chances, count)).T
    axis.plot([0, 1], [0, 1], color="0.75", linewidth=1, label="calibrated")
    axis.plot(given, present, marker="o", markersize=3, linewidth=1, label="bins of equal counts")
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _risk(axis: "Axes", held: Held) -> None:
    coverage, risk = risk_coverage(held.said.said != held.truth, held.said.margin)
    coverage, risk = coverage[A_BIN - 1 :], risk[A_BIN - 1 :]  # of fewer a share says nothing
    axis.plot(coverage, risk, linewidth=1.2, label="share wrong of those kept")
    axis.axhline(float(risk[-1]), color="0.75", linewidth=1, label="share wrong of all")
    axis.set(xlim=(0, 1.02), ylim=(0, max(0.1, float(risk.max()) * 1.05)))


def _by_threshold(axis: "Axes", held: Held, prevalence: float) -> None:
    cut, sensitivity, specificity = np.array(operating_curve(held.truth, held.said.chances)).T
    pairs = [predictive_values(*rates, prevalence)[0] for rates in zip(sensitivity, specificity, strict=True)]
    worth = [np.nan if value is None else value for value in pairs]
    axis.plot(cut, sensitivity, linewidth=1.2, label="sensitivity")
    axis.plot(cut, specificity, linewidth=1.2, label="specificity")
    axis.plot(cut, worth, linewidth=1.2, linestyle="--", label="positive predictive value")
    axis.axvline(held.point.threshold, color="0.6", linewidth=1, label="operating point")
    if held.point.low < held.point.high:
        axis.axvspan(held.point.low, held.point.high, color="0.9", label="abstains")
    axis.set(ylim=(-0.02, 1.02))


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Unavailable(f"plots need matplotlib: pip install 'overread[{EXTRA}]'") from None
    return Figure
