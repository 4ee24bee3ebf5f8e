"""Figures of scores and decisions against the truth, with intervals over patients.

Arrays are of films: `truth` bool (n,), `score` float (n,), `patient` int (n,) from 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from overread.evals._intervals import clustered

DRAWS = 400
FOLDS = 5
ABSTAINED_SHARE, OVERLAP = 0.15, 0.02
"""Most films that may abstain; share of each class beyond which it no longer overlaps the other."""
LEAST_SLOPE = 1e-3
"""A score that ranks the wrong way round says next to nothing; it is not turned round."""
NEAREST = 1e-12
"""To 0 and 1 where log odds are taken."""
MOST_POINTS = 25
"""Points of an operating curve."""

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Patients = NDArray[np.intp]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval over patients."""

    value: float
    low: float
    high: float

    def as_data(self) -> dict[str, float]:
        """Give it with four digits."""
        return {"value": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


@dataclass(frozen=True)
class Point:
    """How a raw logit becomes a probability, and where it operates."""

    slope: float
    intercept: float
    threshold: float
    """Probability of the best balanced accuracy."""
    low: float
    high: float
    """Between these probabilities a film abstains."""

    def chances(self, logits: Floats) -> Floats:
        """Give the calibrated probabilities (n,), 0 to 1, of logits (n,)."""
        return _sigmoid(self.slope * logits + self.intercept)


def balanced_accuracy(truth: Truth, said: Truth, weight: Floats | None = None) -> float:
    """Give the mean of sensitivity and specificity; NaN without both kinds."""
    sensitivity, specificity = rates(truth, said, weight)
    return (sensitivity + specificity) / 2


def rates(truth: Truth, said: Truth, weight: Floats | None = None) -> tuple[float, float]:
    """Give sensitivity and specificity, 0 to 1; NaN for the one that has no film."""
    counts = np.ones(truth.size) if weight is None else weight
    positive, negative = (counts * truth).sum(), (counts * ~truth).sum()
    sensitivity = (counts * (truth & said)).sum() / positive if positive else float("nan")
    specificity = (counts * (~truth & ~said)).sum() / negative if negative else float("nan")
    return float(sensitivity), float(specificity)


def over_patients(figure: Callable[[Floats], float], patient: Patients, seed: int = 0) -> Interval:
    """Give a figure of film weights (n,) with its interval: patients are drawn with replacement, with their films."""
    return Interval(*clustered(figure, patient, seed, DRAWS))


def folds(truth: Truth, patient: Patients, seed: int = 0) -> NDArray[np.intp]:
    """Give each film its fold (n,): no patient is in two, and patients with a positive film are spread evenly."""
    count = int(patient.max()) + 1
    ill = np.bincount(patient, weights=truth, minlength=count) > 0
    order = np.random.default_rng(seed).permutation(count)
    order = np.concatenate([order[ill[order]], order[~ill[order]]])
    of_patient = np.empty(count, np.intp)
    of_patient[order] = np.arange(count) % FOLDS
    return of_patient[patient]


def fit(truth: Truth, logits: Floats) -> Point:
    """Fit slope and intercept (Platt 1999, with his targets) and the operating point; the slope stays positive."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = float(logits.mean()), float(logits.std()) or 1.0
    scaled = (logits - middle) / spread

    def loss(pair: Floats) -> tuple[float, Floats]:
        line = pair[0] * scaled + pair[1]
        value = (np.logaddexp(0, line) - target * line).mean()
        error = (_sigmoid(line) - target) / truth.size
        return float(value), np.array([(error * scaled).sum(), error.sum()])

    bounds = [(LEAST_SLOPE, None), (None, None)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    slope = float(found[0]) / spread
    intercept = float(found[1]) - slope * middle
    threshold, low, high = _operating(truth, _sigmoid(slope * logits + intercept))
    return Point(slope, intercept, threshold, low, high)


class OutOfFold(NamedTuple):
    """What is said of each film (n,) by calibration and threshold of the other patients' films."""

    chances: Floats
    """Probabilities, 0 to 1."""
    said: Truth
    """True for present."""
    margin: Floats
    """Log odds over those of the threshold: the further from 0, the surer. A rare finding has a low threshold, over
    which there is more room than under it: in probabilities its absence would never be sure."""


def out_of_fold(truth: Truth, logits: Floats, patient: Patients) -> OutOfFold:
    """Give what is said of each film when calibration and threshold were fitted without its patient."""
    fold = folds(truth, patient)
    chances, margin = np.empty(truth.size), np.empty(truth.size)
    said = np.empty(truth.size, np.bool_)
    for held in np.unique(fold):
        inside = fold == held
        point = fit(truth[~inside], logits[~inside])
        chances[inside] = point.chances(logits[inside])
        said[inside] = chances[inside] >= point.threshold
        margin[inside] = _log_odds(chances[inside]) - _log_odds(np.asarray(point.threshold))
    return OutOfFold(chances, said, margin)


def operating_curve(truth: Truth, chances: Floats) -> list[list[float]]:
    """Give [threshold, sensitivity, specificity] of "present from this probability on", thresholds ascending.

    At most `MOST_POINTS`, at quantiles of `chances` (n,) with four digits. Sensitivity never rises, specificity never
    falls along it. Both kinds of film must be there.
    """
    levels = np.quantile(chances, np.linspace(0.0, 1.0, MOST_POINTS), method="nearest")
    cuts = np.unique(np.floor(levels * 1e4) / 1e4)
    points = ((float(cut), *rates(truth, chances >= cut)) for cut in cuts)
    return [[round(figure, 4) for figure in point] for point in points]


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float | None, float | None]:
    """Give positive and negative predictive value, 0 to 1 (Bayes); None for what is never said."""
    hit, false_alarm = sensitivity * prevalence, (1.0 - specificity) * (1.0 - prevalence)
    clear, miss = specificity * (1.0 - prevalence), (1.0 - sensitivity) * prevalence
    positive = hit / (hit + false_alarm) if hit + false_alarm > 0.0 else None
    negative = clear / (clear + miss) if clear + miss > 0.0 else None
    return positive, negative


def _operating(truth: Truth, chance: Floats) -> tuple[float, float, float]:
    """Give threshold and band: the best balanced accuracy, and where the classes overlap, a share of films at most."""
    lowest = float(np.quantile(chance[truth], OVERLAP))
    highest = float(np.quantile(chance[~truth], 1 - OVERLAP))
    if lowest >= highest:
        middle = (lowest + highest) / 2
        return middle, middle, middle
    levels = np.unique(chance)
    cuts = (levels[1:] + levels[:-1]) / 2
    if not cuts.size:
        return float(levels[0]), float(levels[0]), float(levels[0])
    worth = [balanced_accuracy(truth, chance >= cut) for cut in cuts]
    best = float(cuts[int(np.argmax(worth))])
    reach = float(np.quantile(np.abs(chance - best), ABSTAINED_SHARE))
    return best, max(lowest, best - reach), min(highest, best + reach)


def _log_odds(chance: Floats) -> Floats:
    inside = np.clip(chance, NEAREST, 1.0 - NEAREST)
    return np.asarray(np.log(inside / (1.0 - inside)), np.float64)


def _sigmoid(line: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(line, -60.0, 60.0))), np.float64)
