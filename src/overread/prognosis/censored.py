"""How good chances of an event by a day are where some were followed for less: they count as long as they were seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.prognosis.cox import Truths
from overread.tools._outlook_heads import Floats

BINS = 5


def survival(days: Floats, event: Truths, at: Floats, *, before: bool = False, weights: Floats | None = None) -> Floats:
    """Give the share without event (Kaplan and Meier 1958) after each of some days, or just before it."""
    weights = np.ones(days.size) if weights is None else weights
    times = np.unique(days[event])
    risk = np.array([weights[days >= time].sum() for time in times])
    fell = np.array([weights[event & (days == time)].sum() for time in times])
    left = np.concatenate([[1.0], np.cumprod(1.0 - np.divide(fell, risk, out=np.zeros(times.size), where=risk > 0))])
    return np.asarray(left[np.searchsorted(times, at, side="left" if before else "right")], np.float64)


@dataclass(frozen=True)
class Pairs:
    """Which pairs of films tell an order: the first had its event while the second was still without, another patient.

    (n, n); `uno` weighs a pair by how likely such a time was to be seen at all.
    """

    known: NDArray[np.float32]
    uno: NDArray[np.float32]

    @classmethod
    def of(cls, days: Floats, event: Truths, patient: NDArray[np.intp], until: float) -> "Pairs":
        """Compare events up to a day."""
        later = (days[None, :] > days[:, None]) | ((days[None, :] == days[:, None]) & ~event[None, :])
        first = event & (days <= until)
        known = first[:, None] & later & (patient[:, None] != patient[None, :])
        seen = survival(days, ~event, days, before=True)
        weight = np.divide(1.0, seen**2, out=np.zeros(days.size), where=seen > 0)
        return cls(known.astype(np.float32), (known * weight[:, None]).astype(np.float32))

    def right(self, said: Floats) -> NDArray[np.float32]:
        """Say of every pair whether the first was put higher (n, n); equal ones count half."""
        higher, equal = said[:, None] > said[None, :], said[:, None] == said[None, :]
        return np.asarray(higher + 0.5 * equal, np.float32)


def concordance(pairs: NDArray[np.float32], right: NDArray[np.float32], weights: Floats) -> float:
    """Give the share of pairs (n, n) in the right order, films weighted (n,); NaN without a pair.

    With `Pairs.known` it is Harrell's (1996), with `Pairs.uno` that of Uno et al. (2011).
    """
    total = weights @ pairs @ weights
    return float(weights @ (pairs * right) @ weights / total) if total > 0 else float("nan")


def brier(days: Floats, event: Truths, chance: Floats, horizon: float) -> Floats:
    """Give each film's squared error by the horizon (n,), by the inverse chance of being seen (Graf et al. 1999)."""
    at = np.minimum(days, horizon)
    seen = np.where(days > horizon, survival(days, ~event, at), survival(days, ~event, at, before=True))
    kept = (days > horizon) | event
    wrong = np.where(days > horizon, chance, 1.0 - chance) ** 2
    return np.asarray(np.divide(wrong * kept, seen, out=np.zeros(days.size), where=seen > 0), np.float64)


def calibration(days: Floats, event: Truths, chance: Floats, horizon: float) -> list[tuple[float, float, int]]:
    """Give mean chance said, share that had the event by the horizon (Kaplan and Meier), and films, of equal bins."""
    bins = [part for part in np.array_split(np.argsort(chance, kind="stable"), BINS) if part.size]
    at = np.array([horizon])
    return [
        (float(chance[one].mean()), 1.0 - float(survival(days[one], event[one], at)[0]), int(one.size)) for one in bins
    ]
