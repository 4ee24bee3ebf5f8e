"""What one model is worth against another on the same films: AUROC by label and in the mean, differences in pairs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.data import LABELS
from training.measures import resampled

FEWEST = 15
"""Films with and without a label from which it counts."""
MACRO = "mean"
Scores = NDArray[np.float32]


class Said(NamedTuple):
    """What is known of n films."""

    labels: NDArray[np.float32]
    """(n, labels), NaN where it is not known."""
    patients: NDArray[Any]
    """(n,): films of one patient are drawn together."""


def counted(known: Said) -> list[int]:
    """List the labels that enough films have, and enough have not."""
    return [
        label
        for label in range(len(LABELS))
        if min((known.labels[:, label] == 1).sum(), (known.labels[:, label] == 0).sum()) >= FEWEST
    ]


def areas(known: Said, scores: Scores, rows: NDArray[np.int64], labels: list[int]) -> NDArray[np.float64]:
    """Give the AUROC of each label on some rows, then their mean; NaN where a draw holds one kind only."""
    found = []
    for label in labels:
        mine = rows[~np.isnan(known.labels[rows, label])]
        truth = known.labels[mine, label]
        both = 0 < truth.sum() < truth.size
        found.append(float(roc_auc_score(truth, scores[mine, label])) if both else np.nan)
    return np.array([*found, np.nanmean(found)])


def gains(known: Said, before: Scores, after: Scores) -> dict[str, dict[str, float]]:
    """Give, of each counted label and of their mean, both AUROCs and the gain with its 95 % interval over patients.

    `before` and `after` (n, labels) are any scores of the same films.
    """
    labels, everyone = counted(known), np.arange(len(known.patients))
    first, second = (areas(known, scores, everyone, labels) for scores in (before, after))
    drawn = [
        areas(known, after, rows, labels) - areas(known, before, rows, labels) for rows in resampled(known.patients)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975), axis=0)
    names = [*(LABELS[label] for label in labels), MACRO]
    positive = [*((known.labels[:, label] == 1).sum() for label in labels), len(labels)]
    return {
        name: {
            "positive": int(positive[place]),
            "before": round(float(first[place]), 4),
            "after": round(float(second[place]), 4),
            "gain": round(float(second[place] - first[place]), 4),
            "low": round(float(low[place]), 4),
            "high": round(float(high[place]), 4),
        }
        for place, name in enumerate(names)
    }


def told(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Give a line for each label."""
    return "\n".join(
        f"{name:28} {item['positive']:4.0f}  {item['before']:.3f}  {item['after']:.3f}  "
        f"{item['gain']:+.3f} ({item['low']:+.3f} to {item['high']:+.3f})"
        for name, item in figures.items()
    )
