"""What leaves a hospital: sums over its films, as whole numbers that Flower's secure aggregation adds to the bit.

SecAgg+ (Bell et al., CCS 2020, as Flower has it) rounds what it adds to 2**22 steps between -8 and 8, at random where a
number lies between two. A sum is brought to whole numbers of 2**-20 and sent as two halves, each of which is a step.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.federating.site_films import SiteFilms
from overread.measuring.statistics import FOLDS
from overread.pooling.share import BINS, bins_of
from overread.reasoning.vocabulary import LABELS

Floats = NDArray[np.float64]
HALF = 20
CLIP, STEPS = 8.0, 2**22
STEP = 2 * CLIP / STEPS
COUNTS = (len(LABELS), 2, BINS)


class Moments(NamedTuple):
    """Sums over films, fold by fold."""

    films: Floats
    """(FOLDS,)."""
    first: Floats
    """(FOLDS, d): of features."""
    second: Floats
    """(FOLDS, d, d): of their products."""
    known: Floats
    """(FOLDS, LABELS, 2): films without and with the label."""
    of_label: Floats
    """(FOLDS, LABELS, 2, d): their features."""


def moments_of(site: SiteFilms) -> Floats:
    """Sum a hospital's films; flat, each product once."""
    return np.concatenate([_one_fold(site, fold) for fold in range(FOLDS)])


def _one_fold(site: SiteFilms, fold: int) -> Floats:
    x = site.embeddings[site.fold == fold].astype(np.float64)
    labels = site.labels[site.fold == fold]
    product = (x.T @ x)[np.triu_indices(x.shape[1])]
    chosen = np.stack([value == labels.T for value in (0, 1)], 1).astype(np.float64)
    return np.concatenate([[len(x)], x.sum(0), product, chosen.sum(2).ravel(), (chosen @ x).ravel()])


def moments_from(flat: Floats) -> Moments:
    """Take the sum of hospitals' sums apart; raises `ValueError` where it is of no whole number of features."""
    width = flat.size // FOLDS
    names = len(LABELS)
    d = next((d for d in range(1, 8193) if size_of(d) == width), None)
    if d is None or flat.size != width * FOLDS:
        raise ValueError("these are no sums of films")
    ends = np.cumsum([1, d, d * (d + 1) // 2, 2 * names])
    films, first, product, known, of_label = np.split(flat.reshape(FOLDS, width), ends, axis=1)
    second = np.zeros((FOLDS, d, d))
    rows, columns = np.triu_indices(d)
    second[:, rows, columns] = second[:, columns, rows] = product
    return Moments(films[:, 0], first, second, known.reshape(FOLDS, names, 2), of_label.reshape(FOLDS, names, 2, d))


def size_of(d: int) -> int:
    """Count the numbers of one fold of films with d features."""
    return 1 + d + d * (d + 1) // 2 + 2 * len(LABELS) * (1 + d)


def counts_of(site: SiteFilms, weight: Floats, bias: Floats) -> Floats:
    """Count how often films without and with each label got a score in each bin, flat (COUNTS).

    Heads (FOLDS, LABELS, d) and (FOLDS, LABELS): a film is scored by those that its fold did not teach; NaN is no head.
    """
    counts = np.zeros(COUNTS)
    odds = np.einsum("nd,nld->nl", site.embeddings.astype(np.float64), weight[site.fold]) + bias[site.fold]
    for label in range(len(LABELS)):
        rows = (site.labels[:, label] >= 0) & ~np.isnan(odds[:, label])
        chances = 1.0 / (1.0 + np.exp(-np.clip(odds[rows, label], -60.0, 60.0)))
        np.add.at(counts[label], (site.labels[rows, label].astype(int), bins_of(chances)), 1)
    return counts.ravel()


def to_wire(sums: Floats) -> Floats:
    """Give sums (n,) as steps (2, n) of the secure sum; raises `ValueError` beyond 2**20."""
    if not np.isfinite(sums).all() or np.abs(sums).max(initial=0.0) >= 2**20:
        raise ValueError("a sum is too large to be added; a hospital gives a million films at most")
    whole = np.rint(sums * 2**HALF).astype(np.int64)
    return np.stack([whole >> HALF, whole & (2**HALF - 1)]).astype(np.float64) * STEP


def from_wire(mean: Floats, sites: int) -> Floats:
    """Give the sum (n,) of what hospitals sent, from its mean (2, n) over them."""
    high, low = np.rint(mean * sites / STEP)
    return np.asarray(high + low / 2**HALF, np.float64)
