"""Nested cross-validation by patient: what is chosen for a fold is chosen without it.

For each of three folds of patients, calibration, threshold and the band that abstains come from the other two; the
fold's films are then scored and decided. A probe for comparison has its penalty chosen inside the other two as well.
What ships is fitted in the same way to all films. Phantoms of the validation split help to calibrate; those of the test
split never do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.classifier_features import NO_FOLD, Seen
from training.folds import COUNT
from training.label_heads import REAL_ENOUGH, operating_points, platt
from training.probe import Basis, Linear, Matrix

PENALTIES = (5e-4, 2e-3)
"""Inverse strengths to choose from: smaller keeps the probe simpler."""
SHARES = {"nih-cxr14": 1.0, "kermany": 0.3, "hannover": 0.3, "covid-chestxray": 0.3}
"""Weight of a film; children and COVID films must not rule."""
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """Where a label operates, as probabilities."""

    threshold: float
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """What makes a logit calibrated."""

    slope: float
    shift: float

    def of(self, logits: Matrix) -> Matrix:
        """Give calibrated logits (n,)."""
        return np.asarray(self.slope * logits + self.shift, np.float32)


@dataclass(frozen=True)
class Measured:
    """A label by nested cross-validation: nobody who spoke, scaled or decided had seen the film's patient."""

    chance: Matrix
    """(n,): probability; NaN where the image is not usable or took part in the fit."""
    said: Matrix
    """(n,): 1 at or above the threshold, else 0; NaN as above."""


def weights_of(seen: Seen, rows: Rows) -> NDArray[np.float64]:
    """Weigh images (m,) so that real films and phantoms count alike, and sources as SHARES says."""
    sources = seen.sources[rows]
    weights = np.array([SHARES.get(name, 1.0) for name in sources])
    drawn = sources == "phantom"
    for kind in (drawn, ~drawn):
        if kind.any():
            weights[kind] *= len(weights) / (2 * weights[kind].sum()) if (~kind).any() else 1.0
    return weights


def probe_logits(seen: Seen, basis: Basis, label: int) -> Matrix | None:
    """Give what a linear probe of the ImageNet trunk says of every real film (n,), NaN for phantoms.

    A film is judged by a probe without its fold. None where real films teach the label too little.
    """
    truth = seen.taught[:, label]
    real = seen.usable & ~np.isnan(truth) & (seen.folds != NO_FOLD)
    if min((truth[real] == 1).sum(), (truth[real] == 0).sum()) < REAL_ENOUGH:
        return None
    seats = basis.project(seen.frozen)
    weights = np.array([SHARES.get(name, 1.0) for name in seen.sources])
    logits = np.full(len(truth), np.nan, np.float32)

    def fitted(rows: Rows, penalty: float) -> Linear:
        return basis.fit(seats[rows], truth[rows], weights[rows], penalty)

    def best(rows: Rows) -> float:
        """Choose the penalty by what each of the rows' folds says of the others."""
        found: dict[float, list[float]] = {penalty: [] for penalty in PENALTIES}
        for fold in np.unique(seen.folds[rows]):
            taught, held = rows & (seen.folds != fold), rows & (seen.folds == fold)
            for penalty in PENALTIES:
                said = fitted(taught, penalty).logit(seen.frozen[held])
                found[penalty].append(roc_auc_score(truth[held], said))
        return max(PENALTIES, key=lambda penalty: float(np.mean(found[penalty])))

    for fold in range(COUNT):
        taught = real & (seen.folds != fold)
        probe = fitted(taught, best(taught))
        held = seen.folds == fold
        logits[held] = probe.logit(seen.frozen[held])
    return logits


def scale_of(seen: Seen, logits: Matrix, label: int, rows: Rows) -> Scale:
    """Calibrate logits (n,) on some rows (Platt 1999)."""
    return Scale(*platt(logits[rows], seen.labels[rows, label], weights_of(seen, rows)))


def points_of(seen: Seen, logits: Matrix, label: int, rows: Rows) -> Points:
    """Choose where to operate from calibrated logits (n,) on some rows."""
    truth, weights = seen.labels[rows, label], weights_of(seen, rows)
    return Points(*operating_points(logits[rows].astype(np.float64), truth, weights))


def calibrating(seen: Seen, label: int, *, without: int | None, phantoms_only: bool) -> Rows:
    """Mark the rows (n,) that may calibrate: films outside a fold, and phantoms of the validation split."""
    films = (seen.folds != NO_FOLD) & (seen.folds != without)
    drawn = seen.splits == "val"
    return np.asarray(seen.counted(label) & (drawn if phantoms_only else films | drawn))


def measure(seen: Seen, heard: Matrix, label: int, *, phantoms_only: bool) -> Measured:
    """Score and decide every image without what was fitted to it; the logits `heard` (n,) are unseen as well."""
    chance = np.full(len(heard), np.nan, np.float32)
    said = chance.copy()
    for fold in (*range(COUNT), None):
        rows = calibrating(seen, label, without=fold, phantoms_only=phantoms_only)
        logits = scale_of(seen, heard, label, rows).of(heard)
        points = points_of(seen, logits, label, rows)
        held = seen.usable & (seen.splits == "test" if fold is None else seen.folds == fold)
        chance[held] = 1 / (1 + np.exp(-logits[held]))
        said[held] = chance[held] >= points.threshold
    return Measured(chance, said)
