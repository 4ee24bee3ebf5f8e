"""What a metric is: it takes pairs of a reference and a candidate, and gives figures that can be drawn again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from overread.errors import UsageError
from overread.ports import ChatBackend
from overread.settings import Settings

Floats = NDArray[np.float64]
Figure = Callable[[Floats], float]
"""Gives a figure from the weights (n,) of all pairs; NaN where there is none."""
Kind = Literal["text", "score", "mask", "boxes", "ranking", "point"]
Better = Literal["higher", "lower"]
EXTRA = "overread[metrics]"


@dataclass(frozen=True)
class Pair:
    """A reference with what was said of the same thing.

    By kind: `text` str and str; `score` bool and a probability; `mask` bool arrays [rows, columns]; `boxes` (n, 4) and
    (m, 5), corners x0 y0 x1 y1 and a score; `ranking` a set of ids and ids, best first; `point` (n, 4) and (x, y).
    """

    id: str
    cluster: str
    """The patient or study: intervals are drawn over these."""
    reference: Any = field(repr=False)
    candidate: Any = field(repr=False)
    spacing: float | None = None
    """Millimetres of a pixel, of masks; None where nobody says."""


@dataclass(frozen=True)
class MetricCard:
    """What a metric says of itself."""

    name: str
    title: str
    kind: Kind
    better: Better
    source: str
    """The paper, and what computes it here."""
    needs: str = ""
    """What it needs that does not come with Overread; empty for nothing."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Option to what it is."""


class Measured(NamedTuple):
    """One figure of a metric."""

    name: str
    samples: tuple[float | None, ...]
    """Of each pair; None is unscored, which is not 0. Empty for a figure that only many pairs have."""
    figure: Figure
    identity: str
    """What computed it: package, version, settings."""
    better: Better = "higher"
    unscored: int = 0
    """Pairs that count nowhere in the figure."""
    errors: int = 0
    """Of the unscored those where the judge failed."""


class NotScored(NamedTuple):
    """A metric that gives no figure, and why."""

    why: str


class Metric(Protocol):
    """Compares pairs of one kind: what `build` of a file in `evals/metrics/` gives."""

    @property
    def card(self) -> MetricCard:
        """Say what it is."""

    def missing(self) -> str | None:
        """Say what is not here that it needs, and how to get it; None when it can be computed."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured] | NotScored:
        """Give its figures over the pairs, in their order."""


@dataclass(frozen=True)
class Given:
    """What a metric is built from."""

    settings: Settings
    options: Mapping[str, str] = field(default_factory=dict)
    judge: Callable[[], ChatBackend] | None = None
    """The language model that judges; None where none was named."""

    def checked(self, card: MetricCard) -> Mapping[str, str]:
        """Give the options; raises `UsageError` for one that the metric does not have."""
        if unknown := set(self.options) - set(card.options):
            known = ", ".join(card.options) or "none"
            raise UsageError(f"the metric '{card.name}' has no option '{min(unknown)}'; it has: {known}")
        return self.options


def not_installed(*modules: str, package: str = EXTRA) -> str | None:
    """Say which of the modules is not installed, and what installs it."""
    absent = [module for module in modules if find_spec(module) is None]
    return f"needs {', '.join(absent)}: pip install '{package}'" if absent else None


def mean_of(samples: Sequence[float | None]) -> Figure:
    """Give the weighted mean of what was scored."""
    known = np.asarray([value is not None for value in samples])
    values = np.asarray([value or 0.0 for value in samples], np.float64)

    def figure(weight: Floats) -> float:
        total = float(weight[known].sum())
        return float((weight * values)[known].sum() / total) if total else float("nan")

    return figure


def averaged(name: str, samples: Sequence[float | None], identity: str, better: Better = "higher") -> Measured:
    """Give a figure that is the mean of its samples."""
    unscored = sum(value is None for value in samples)
    return Measured(name, tuple(samples), mean_of(samples), identity, better, unscored)
