"""Figures with 95 % bootstrap intervals and counts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

DRAWS = 400
FEWEST = 5
"""Below this many positives or negatives an AUROC is not given."""
TRUSTED_FROM = 10
CURVE_POINTS = 25

Figure = dict[str, Any]


def interval(values: Sequence[float], seed: int = 0) -> Figure:
    """Give the mean with its bootstrap interval over items, and the worst item."""
    array = np.asarray(values, float)
    if not array.size:
        return {"value": None, "n": 0}
    draw = np.random.default_rng(seed)
    means = array[draw.integers(0, array.size, (DRAWS, array.size))].mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"value": _r(array.mean()), "low": _r(low), "high": _r(high), "n": int(array.size), "worst": _r(array.min())}


def resampled(groups: NDArray[Any], seed: int = 0) -> Iterator[NDArray[np.int64]]:
    """Draw rows for a bootstrap over groups, such as patients: all rows (n,) of a group are drawn together."""
    _, group = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    draw = np.random.default_rng(seed)
    for _ in range(DRAWS // 2):
        yield np.concatenate([members[chosen] for chosen in draw.integers(0, len(members), len(members))])


def paired(
    truth: NDArray[Any],
    score: NDArray[Any],
    figure: Callable[[NDArray[Any], NDArray[Any]], float],
    groups: NDArray[Any] | None = None,
) -> Figure:
    """Give a figure of (truth, score) with its bootstrap interval over groups (n,); None where too few of either kind.

    Without groups each row is one.
    """
    positive, negative = int((truth == 1).sum()), int((truth == 0).sum())
    counts = {"positive": positive, "negative": negative}
    if min(positive, negative) < FEWEST:
        return {"value": None, **counts}
    found = [
        figure(truth[chosen], score[chosen])
        for chosen in resampled(np.arange(truth.size) if groups is None else groups)
        if 0 < truth[chosen].sum() < chosen.size
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return {"value": _r(figure(truth, score)), "low": _r(low), "high": _r(high), **counts}


def auroc(truth: NDArray[Any], score: NDArray[Any], groups: NDArray[Any] | None = None) -> Figure:
    """Give the area under the ROC curve, as `paired` does; `truth` (n,) is 0 or 1, without NaN."""
    return paired(truth, score, lambda t, s: float(roc_auc_score(t, s)), groups)


def area_within(truth: NDArray[Any], score: NDArray[Any], strata: NDArray[Any]) -> float:
    """Give the AUROC of pairs from one stratum (n,), such as a fold: scores of two models are not compared.

    NaN where no stratum has both kinds.
    """
    pairs = right = 0.0
    for stratum in np.unique(strata):
        inside = strata == stratum
        positive = float(truth[inside].sum())
        count = positive * (inside.sum() - positive)
        if count:
            pairs += count
            right += count * float(roc_auc_score(truth[inside], score[inside]))
    return right / pairs if pairs else float("nan")


def calibration_error(truth: NDArray[Any], chance: NDArray[Any], bins: int = 10) -> float:
    """Give the expected calibration error, 0 to 1, of probabilities (n,) over bins of equal counts."""
    order = np.array_split(np.argsort(chance), bins)
    return _r(sum(abs(truth[b].mean() - chance[b].mean()) * b.size for b in order if b.size) / truth.size)


def reliability(truth: NDArray[Any], chance: NDArray[Any], bins: int = 10) -> list[tuple[float, float]]:
    """Give (mean probability, observed share) for bins of equal counts."""
    return [(_r(chance[b].mean()), _r(truth[b].mean())) for b in np.array_split(np.argsort(chance), bins) if b.size]


def decisions(truth: NDArray[Any], said: NDArray[Any], where: str) -> Figure | None:
    """Give sensitivity, specificity, balanced accuracy and F1 of yes or no (n,); None below ten of either kind."""
    positive, negative = truth == 1, truth == 0
    if min(positive.sum(), negative.sum()) < TRUSTED_FROM:
        return None
    sensitivity, specificity = float(said[positive].mean()), float(1 - said[negative].mean())
    return {
        "balanced_accuracy": _r((sensitivity + specificity) / 2),
        "sensitivity": _r(sensitivity),
        "specificity": _r(specificity),
        "f1": _r(f1(truth, said)),
        "positive": int(positive.sum()),
        "negative": int(negative.sum()),
        "where": where,
    }


def curve(truth: NDArray[Any], chance: NDArray[Any]) -> list[list[float]]:
    """Give [threshold, sensitivity, specificity], thresholds ascending, CURVE_POINTS at most; from one on is positive.

    `truth` (n,) is 0 or 1 and holds both, `chance` (n,) any score. Thresholds are quantiles of the positives' scores
    and of the negatives', as many of either: where few have a label, those of all would leave that end bare.
    """
    positive, negative = chance[truth == 1], chance[truth == 0]
    shares = np.linspace(0, 1, CURVE_POINTS // 2)
    cuts = np.r_[np.quantile(positive, shares), np.quantile(negative, shares)]
    # A cut is rounded down to what is written, so that the film that it was taken from stays at or above it.
    return [
        [float(cut), _r((positive >= cut).mean()), _r((negative < cut).mean())]
        for cut in np.unique(np.floor(cuts * 1e5) / 1e5)
    ]


def prevalence(labels: NDArray[Any], names: Sequence[str]) -> dict[str, float]:
    """Give the share of images that have each label, of those that state it; (n, labels), NaN where one does not.

    A label that no image states, or that all state alike, has none.
    """
    shares = {name: labels[~np.isnan(labels[:, place]), place] for place, name in enumerate(names)}
    return {name: _r(known.mean()) for name, known in shares.items() if known.size and 0 < known.mean() < 1}


def f1(truth: NDArray[Any], said: NDArray[Any]) -> float:
    """Give the F1 of the positive class, 0 to 1; 0 where it is never right. NaN marks an unknown truth."""
    hit = float(((truth == 1) & (said == 1)).sum())
    return 0.0 if hit == 0 else 2 * hit / float((truth == 1).sum() + ((said == 1) & ~np.isnan(truth)).sum())


def macro_f1(truth: NDArray[Any], said: NDArray[Any]) -> float:
    """Give the mean F1 over labels of (films, labels); NaN marks an unknown truth."""
    return float(np.mean([f1(truth[:, label], said[:, label]) for label in range(truth.shape[1])]))


def macro_figures(truth: NDArray[Any], said: NDArray[Any], seed: int = 0) -> dict[str, Figure]:
    """Give the macro F1 of (films, labels) and its margin over always saying present, with intervals over films."""

    def figures(rows: NDArray[Any]) -> tuple[float, float]:
        found = macro_f1(truth[rows], said[rows])
        return found, found - macro_f1(truth[rows], np.ones_like(said[rows]))

    count = len(truth)
    draw = np.random.default_rng(seed)
    found = np.array([figures(draw.integers(0, count, count)) for _ in range(DRAWS)])
    bounds = np.quantile(found, [0.025, 0.975], axis=0)
    names = ("macro f1", "margin over always present")
    return {
        name: {"value": _r(value), "low": _r(bounds[0, place]), "high": _r(bounds[1, place]), "n": count}
        for place, (name, value) in enumerate(zip(names, figures(np.arange(count)), strict=True))
    }


def _r(value: float) -> float:
    return round(float(value), 4)
