"""Compare proposed with current on the same items: the difference of a figure, paired, with its interval."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from overread.errors import UsageError
from overread.evals._intervals import clustered
from overread.evals.change_plan.plan import Criterion, Group
from overread.evals.metrics._metric import Floats, Measured, Metric, NotScored, Pair
from overread.evals.metrics._reading import Cells

UNKNOWN = "unknown"
Outcome = Literal["passed", "failed", "too_few", "no_figure"]


class Check(BaseModel):
    """One criterion on one part of the items; a difference above 0 is better, whichever way the figure runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    figure: str
    margin: float
    outcome: Outcome
    patients: int
    current: float | None = None
    proposed: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def why(self) -> str:
        """Say in words what did not hold."""
        where = f"{self.figure} of {self.part}"
        if self.difference is None or self.low is None or self.high is None:
            return f"{where}: {'too few patients' if self.outcome == 'too_few' else 'no figure'} ({self.patients})"
        interval = f"{self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f}), margin {self.margin:.3f}"
        return f"{where} {'is worse' if self.high < 0 else 'is not shown to be good enough'}: {interval}"


class Current:
    """A metric's figures of what is in use: to see them is no look at the proposed."""

    def __init__(self, metric: Metric, pairs: Sequence[Pair]) -> None:
        self.metric = metric
        self.pairs = pairs
        self.figures = _measured(metric, pairs)

    def require(self, criterion: Criterion) -> None:
        """Raise `UsageError` where the criterion names a figure that the metric does not give."""
        _named(self.figures, criterion)


class Compared:
    """A metric's figures of both sides, over the same items."""

    def __init__(self, current: Current, proposed: Sequence[Pair]) -> None:
        self._sides = (current.figures, _measured(current.metric, proposed))
        self.clusters = np.asarray([pair.cluster for pair in current.pairs])

    def check(self, criterion: Criterion, part: str, inside: NDArray[np.bool_], fewest: int = 2) -> Check:
        """Test a criterion on the items inside (n,); whole patients are drawn, the same for both sides."""
        clusters = self.clusters[inside]
        patients = len(set(clusters.tolist()))
        told = {"part": part, "figure": criterion.figure, "margin": criterion.margin, "patients": patients}
        if patients < fewest:
            return Check(**told, outcome="too_few")
        current, proposed = (_named(side, criterion) for side in self._sides)
        sign = 1.0 if current.better == "higher" else -1.0

        def difference(weight: Floats) -> float:
            whole = np.zeros(inside.size)
            whole[inside] = weight
            return sign * (proposed.figure(whole) - current.figure(whole))

        value, low, high = clustered(difference, clusters.tolist())
        if np.isnan(value):
            return Check(**told, outcome="no_figure")
        held = low > 0 if criterion.superior else low >= -criterion.margin
        ones = inside.astype(np.float64)
        return Check(
            **told,
            outcome="passed" if held else "failed",
            current=round(current.figure(ones), 4),
            proposed=round(proposed.figure(ones), 4),
            difference=round(value, 4),
            low=round(low, 4),
            high=round(high, 4),
        )


def parts_of(group: Group, pairs: Sequence[Pair], rows: Mapping[str, Cells]) -> dict[str, NDArray[np.bool_]]:
    """Divide items by a column; raises `UsageError` for one that is not there, and for words where numbers belong."""
    if not any(group.column in row for row in rows.values()):
        raise UsageError(f"the references have no column '{group.column}', which the plan's subgroups name")
    names = np.asarray([_part(group, rows[pair.id].get(group.column)) for pair in pairs])
    return {f"{group.column} {name}": names == name for name in sorted(set(names.tolist()))}


def _part(group: Group, value: object) -> str:
    text = str(value if value is not None else "").strip()
    if not text or not group.edges:
        return text or UNKNOWN
    try:
        number = float(text)
    except ValueError:
        raise UsageError(f"the column '{group.column}' has '{text}', which is no number") from None
    edges = sorted(group.edges)
    place = int(np.searchsorted(edges, number, side="right"))
    if place == 0:
        return f"below {edges[0]:g}"
    return f"{edges[place - 1]:g} to below {edges[place]:g}" if place < len(edges) else f"{edges[-1]:g} and more"


def _measured(metric: Metric, pairs: Sequence[Pair]) -> Sequence[Measured]:
    found = metric.measure(pairs)
    if isinstance(found, NotScored):
        raise UsageError(f"{metric.card.name} gives no figure: {found.why}")
    return found


def _named(side: Sequence[Measured], criterion: Criterion) -> Measured:
    for one in side:
        if one.name == criterion.figure:
            return one
    names = ", ".join(one.name for one in side)
    raise UsageError(f"the metric '{criterion.metric}' gives no figure '{criterion.figure}' here; it gives: {names}")
