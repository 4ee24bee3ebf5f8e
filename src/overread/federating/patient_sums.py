"""What a hospital's patients give to a training with noise: a vector each, of norm 1 at most, and their sum.

The norm bounds what one patient, with all their films, can move. Vectors are whole numbers of 2**-20 of it, rounded
towards 0, so that none is longer for it. Whatever the coordinator sends, the bound holds.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.errors import ModelRefused
from overread.federating.noise import Whole
from overread.federating.site_films import SiteFilms
from overread.federating.sums import HALF, Floats
from overread.pooling.share import BINS, bins_of
from overread.reasoning.vocabulary import LABELS

ONE = 2**HALF
"""A patient's norm, in whole numbers."""
GRADIENT = 0.5
"""Norm at which a patient's gradient is cut, over all labels."""
BIAS = 0.3
"""What stands for 1 beside features that are brought to norm 1 about their mean."""
HALVES = 2
"""Each half of the patients teaches heads of its own, whose scores of the other half are counted."""
CELLS = 8
"""Steps of scores: each has noise of its own, and with few patients a finer one shows nothing else."""
LIGHT = 0.25
"""A film without a label counts so much of one with it: there are many of them, and noise is alike for both."""
COUNTED = 1.5
"""Norm of a patient's counts: more labels are cut."""
AT_ONCE = 256
"""Patients whose gradients are in memory together."""


class Frame(NamedTuple):
    """In what coordinates heads are trained: u = (x - mean) * stretch, and a bias."""

    mean: Floats
    """(d,)."""
    stretch: float

    @classmethod
    def about(cls, mean: Floats) -> "Frame":
        """Give that of a mean of unit-norm features: their mean square about it is what is left of 1."""
        return cls(mean, float(max(1.0 - float(mean @ mean), 0.02) ** -0.5))

    def seen(self, x: Floats) -> Floats:
        """Give features (n, d) as (n, d + 1)."""
        return np.column_stack([(x - self.mean) * self.stretch, np.full(len(x), BIAS)])

    def heads(self, trained: Floats) -> tuple[Floats, Floats]:
        """Give weights (..., d) and biases (...) that score features as they come, the mean 0: of no share of films."""
        weight = trained[..., :-1] * self.stretch
        return weight, -weight @ self.mean


def half_of(site: SiteFilms) -> NDArray[np.int64]:
    """Say by which of two halves of the patients films (n,) teach: by each patient's own draw alone."""
    return np.asarray(site.patient % HALVES)


def means_of(site: SiteFilms) -> Whole:
    """Sum 1 and the mean features of each patient: (1 + d,)."""
    x = site.embeddings.astype(np.float64)
    vectors = np.column_stack([np.ones(len(x)), x]) / np.sqrt(2.0)
    return _summed(site.patient, lambda rows: vectors[rows], vectors.shape[1])


def gradients_of(site: SiteFilms, frame: Frame, trained: Floats) -> Whole:
    """Sum what each patient would change of their half's heads: flat (HALVES, LABELS, d + 1), as `trained`."""
    u = frame.seen(site.embeddings.astype(np.float64))
    if trained.shape != (HALVES, len(LABELS), u.shape[1]):
        raise ModelRefused("the coordinator's heads are of other features than this hospital's films")
    half = half_of(site)
    odds = np.einsum("nd,nld->nl", u, trained[half])
    missed = np.where(site.labels >= 0, site.labels - 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0))), 0.0)

    def vectors(rows: NDArray[np.intp]) -> Floats:
        return (missed[rows][:, :, None] * u[rows][:, None, :]).reshape(len(rows), -1) / GRADIENT

    taught = [np.flatnonzero(half == one) for one in range(HALVES)]
    width = trained[0].size
    return np.concatenate(
        [_summed(site.patient[rows], lambda few, rows=rows: vectors(rows[few]), width) for rows in taught]  # type: ignore[misc]
    )


def counts_apart(site: SiteFilms, weight: Floats, bias: Floats) -> Whole:
    """Count scores by the heads (HALVES, LABELS, d) that the other half taught: flat (LABELS, 2, CELLS).

    One film of each patient and label counts.
    """
    other = HALVES - 1 - half_of(site)
    odds = np.einsum("nd,nld->nl", site.embeddings.astype(np.float64), weight[other]) + bias[other]
    chances = 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
    names, number = np.unique(site.patient, return_inverse=True)
    vectors = np.zeros((len(names), len(LABELS), 2, CELLS))
    for label in range(len(LABELS)):
        known = np.flatnonzero(site.labels[:, label] >= 0)
        kept = known[np.unique(site.patient[known], return_index=True)[1]]
        truth = site.labels[kept, label].astype(np.intp)
        cells = bins_of(chances[kept, label]) * CELLS // BINS
        vectors[number[kept], label, truth, cells] = np.where(truth == 1, 1.0, LIGHT) / COUNTED
    return np.asarray(_whole(vectors.reshape(len(names), -1)).sum(0), np.int64)


def counts_from(told: Floats) -> Floats:
    """Give counts (LABELS, 2, CELLS) of a sum of `counts_apart` over ONE."""
    counts = told.reshape(len(LABELS), 2, CELLS) * COUNTED
    counts[:, 0] /= LIGHT
    return counts


def _summed(patient: NDArray[np.int64], of: Callable[[NDArray[np.intp]], Floats], width: int) -> Whole:
    """Sum over patients the mean of their films' vectors, of which `of` gives those of some rows."""
    total = np.zeros(width, np.int64)
    for rows, number, films in _few_at_once(patient):
        vectors = np.zeros((len(films), width))
        np.add.at(vectors, number, of(rows))
        total += _whole(vectors / films[:, None]).sum(0)
    return total


def _few_at_once(patient: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], Floats]]:
    """Give rows of few patients, the place of each row's patient among them, and how many films each has."""
    order = np.argsort(patient, kind="stable")
    first = np.flatnonzero(np.diff(patient[order], prepend=-1))
    for start in range(0, len(first), AT_ONCE):
        end = first[start + AT_ONCE] if start + AT_ONCE < len(first) else len(order)
        rows = order[first[start] : end]
        _, number, films = np.unique(patient[rows], return_inverse=True, return_counts=True)
        yield rows, number, films.astype(np.float64)


def _whole(vectors: Floats) -> Whole:
    """Cut vectors (n, m) at norm 1, and round them; one that is no number gives nothing."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    cut = np.where(np.isfinite(length), vectors / np.maximum(length * (1.0 + 1e-12), 1.0), 0.0)
    return np.asarray(np.trunc(cut * ONE), np.int64)
