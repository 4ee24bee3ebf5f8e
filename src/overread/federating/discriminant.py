"""Heads from sums alone: linear discriminants, whose fit to all hospitals' films is exactly that of all films pooled.

log odds = w . x + b with w = C^-1 (m1 - m0): C the covariance of all films, shrunk towards a ball (Friedman 1989), m1
and m0 the means of films with and without the label. The scores are read by a calibration of their own.
"""

from typing import NamedTuple

import numpy as np

from overread.federating.sums import Floats, Moments
from overread.measuring.statistics import FOLDS
from overread.reasoning.trust import FEWEST

SHRINKAGE = 1.0
"""The ball's variance, in mean variances of a feature: `training.federated_eval` shows 0.3 to 3 alike."""


class Heads(NamedTuple):
    """Heads of all labels; NaN where a label has fewer than ten films of a kind."""

    weight: Floats
    """(LABELS, d)."""
    bias: Floats
    """(LABELS,)."""


def heads_of(sums: Moments, without: int | None = None) -> Heads:
    """Fit to all folds, or to all but one."""
    rows = np.arange(FOLDS) != (-1 if without is None else without)
    films, first, second, known, of_label = (part[rows].sum(0) for part in sums)
    mean = first / max(films, 1.0)
    spread = second / max(films, 1.0) - np.outer(mean, mean)
    ball = SHRINKAGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    means = of_label / np.maximum(known, 1.0)[:, :, None]
    weight = np.linalg.solve(spread + ball, (means[:, 1] - means[:, 0]).T).T
    middle = np.einsum("ld,ld->l", weight, means.mean(1))
    bias = np.log(np.maximum(known[:, 1], 1.0) / np.maximum(known[:, 0], 1.0)) - middle
    few = known.min(1) < FEWEST
    weight[few], bias[few] = np.nan, np.nan
    return Heads(weight, bias)


def fold_heads(sums: Moments) -> Heads:
    """Fit those that measure: (FOLDS, LABELS, d) and (FOLDS, LABELS), each to all folds but its own."""
    every = [heads_of(sums, fold) for fold in range(FOLDS)]
    return Heads(np.stack([one.weight for one in every]), np.stack([one.bias for one in every]))
