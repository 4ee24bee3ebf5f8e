"""Paired tests: McNemar's of right and wrong, and a bootstrap over clusters of a figure's difference."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest

from overread.evals._intervals import clustered, weighted_mean

Floats = NDArray[np.float64]
Figure = Callable[[Floats], float]


class Paired(BaseModel):
    """The second beside the first on the same items: `difference` is second less first, with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    first: str
    second: str
    part: str
    measure: str
    difference: float
    low: float
    high: float
    items: int
    clusters: int
    only_first: int | None = None
    """Items that the first alone has right; None for a figure that no item has by itself."""
    only_second: int | None = None
    p: float | None = None
    """Of McNemar's exact test, two-sided, which takes items as independent; the interval does not."""


def mcnemar(only_first: int, only_second: int) -> float:
    """Give the two-sided p of McNemar's exact test (McNemar 1947): a binomial one over the discordant pairs."""
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0


def paired_rights(
    first: str, second: str, part: str, ours: Sequence[bool], theirs: Sequence[bool], clusters: Sequence[str],
    measure: str = "accuracy",
) -> Paired:  # fmt: skip
    """Compare right and wrong (n,) of two voices on the same items of clusters (n,)."""
    only_first = sum(a and not b for a, b in zip(ours, theirs, strict=True))
    only_second = sum(b and not a for a, b in zip(ours, theirs, strict=True))
    values = np.asarray(theirs, np.float64) - np.asarray(ours, np.float64)
    found = _difference(first, second, part, measure, weighted_mean(values), clusters)
    return found.model_copy(
        update={"only_first": only_first, "only_second": only_second, "p": round(mcnemar(only_first, only_second), 6)}
    )


def paired_values(
    first: str, second: str, part: str, measure: str, ours: Sequence[float], theirs: Sequence[float],
    clusters: Sequence[str],
) -> Paired:  # fmt: skip
    """Compare values (n,) that each item has by itself."""
    values = np.asarray(theirs, np.float64) - np.asarray(ours, np.float64)
    return _difference(first, second, part, measure, weighted_mean(values), clusters)


def paired_figures(
    first: str, second: str, part: str, measure: str, ours: Figure, theirs: Figure, clusters: Sequence[str]
) -> Paired | None:
    """Compare figures that only many items have, such as an AUROC, by the same draws; None where there is none."""
    found = _difference(first, second, part, measure, lambda weight: theirs(weight) - ours(weight), clusters)
    return None if np.isnan(found.difference) else found


def _difference(
    first: str, second: str, part: str, measure: str, figure: Figure, clusters: Sequence[str]
) -> Paired:  # fmt: skip
    value, low, high = clustered(figure, clusters)
    return Paired(
        first=first,
        second=second,
        part=part,
        measure=measure,
        difference=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        items=len(clusters),
        clusters=len(set(clusters)),
    )
