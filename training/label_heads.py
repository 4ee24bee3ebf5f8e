"""Fit a label's linear head on frozen embeddings: calibrated, with its threshold and the band that abstains."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from training.clip_data import VIEWS
from training.data import LABELS
from training.embeddings import Table

REAL_ENOUGH, PHANTOM_ENOUGH = 20, 60
"""Training positives below which a label is not taught by real films, or at all by phantoms."""
STRENGTHS = (0.3, 3.0, 30.0)
ABSTAINED_SHARE, OVERLAP = 0.15, 0.02
"""Most of the validation films that may abstain; share of each class beyond which it no longer overlaps the other."""
LEAST_SEEN = 0.58
"""Validation AUROC (mean of real films and phantoms) below which a label was not learnt and gets no head."""
ONE_SOURCE = frozenset({"COVID-19"})
"""Labels whose positives all come from one source: a head would read the source, not the disease."""
LEAST_SLOPE = 1e-3
"""A score that ranks the wrong way round on validation films says next to nothing; it is not turned round."""
SCALE = 10.0
"""Embeddings are multiplied by this before fitting, so that the penalty acts on values near 1."""


@dataclass
class Head:
    """One label's head in embedding space, calibrated, with its operating points."""

    name: str
    weight: NDArray[np.float64]
    bias: float
    threshold: float
    low: float
    high: float
    evidence: str
    positives: dict[str, int]
    negatives: dict[str, int]

    def score(self, embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give (n,) calibrated probabilities of (n, d) unit embeddings."""
        return np.asarray(1 / (1 + np.exp(-(embeddings @ self.weight + self.bias))))


def domain_weights(table: Table, truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weigh rows (n,) so that real films and phantoms count alike, and so that each domain keeps its own prevalence."""
    phantom = table.sources == "phantom"
    weights = np.ones(len(truth))
    for chosen in (phantom, ~phantom):
        if chosen.any():
            weights[chosen] = len(truth) / (2.0 * chosen.sum()) if (~chosen).any() else 1.0
    return weights


def known_rows(table: Table, label: int, split: str) -> NDArray[np.bool_]:
    """Mark the rows (n,) of a split whose label is known, shipped-licence and frontal rows only."""
    usable = ~np.isnan(table.labels[:, label]) & (table.splits == split) & (table.views != VIEWS.index("LATERAL"))
    return np.asarray(usable & ~np.char.endswith(table.sources, "(NC)"))


def known(table: Table, label: int, split: str) -> tuple[Table, NDArray[np.float32]]:
    """Give those rows, and the label of each."""
    chosen = table.where(known_rows(table, label, split))
    return chosen, chosen.labels[:, label]


def fit_label(table: Table, label: int) -> Head | None:
    """Fit, calibrate and set the operating points of a label; None where too few positives teach it."""
    train, truth = known(table, label, "train")
    real = train.sources != "phantom"
    counts = {"real": int(truth[real].sum()), "phantom": int(truth[~real].sum())}
    if LABELS[label] in ONE_SOURCE or (counts["real"] < REAL_ENOUGH and counts["phantom"] < PHANTOM_ENOUGH):
        return None
    held, wanted = known(table, label, "val")
    if counts["real"] < REAL_ENOUGH:
        train, truth = train.where(~real), truth[~real]
        drawn = held.sources == "phantom"
        held, wanted = held.where(drawn), wanted[drawn]
    fitted = max(
        (_fit(train, truth, strength) for strength in STRENGTHS),
        key=lambda model: _quality(model, held, wanted),
    )
    if _quality(fitted, held, wanted) < LEAST_SEEN:
        return None
    logits = fitted.decision_function(SCALE * held.embeddings)
    slope, shift = platt(logits, wanted, domain_weights(held, wanted))
    weight = slope * SCALE * fitted.coef_[0]
    bias = slope * float(fitted.intercept_[0]) + shift
    threshold, low, high = operating_points(slope * logits + shift, wanted, domain_weights(held, wanted))
    negatives = {
        "real": int((truth[train.sources != "phantom"] == 0).sum()),
        "phantom": int((truth[train.sources == "phantom"] == 0).sum()),
    }
    evidence = (
        "real films and phantoms"
        if counts["real"] >= REAL_ENOUGH and counts["phantom"]
        else "real films"
        if counts["real"] >= REAL_ENOUGH
        else "phantoms only"
    )
    return Head(LABELS[label], weight, bias, threshold, low, high, evidence, counts, negatives)


def platt(logits: NDArray[Any], truth: NDArray[np.float32], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Give slope and intercept that make logits (n,) as sure as they are right (Platt 1999); the slope stays positive.

    `truth` is 0 or 1 throughout: unknown rows are left out before.
    """
    model = LogisticRegression(C=1e3).fit(logits[:, None], truth, sample_weight=weights)
    return max(float(model.coef_[0, 0]), LEAST_SLOPE), float(model.intercept_[0])


def _fit(train: Table, truth: NDArray[np.float32], strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength / 10, max_iter=200)
    return model.fit(SCALE * train.embeddings, truth, sample_weight=domain_weights(train, truth))


def seen_by(sources: NDArray[np.str_], truth: NDArray[np.float32], logits: NDArray[Any]) -> float:
    """Give the AUROC of logits (n,), the mean of real films' and phantoms'; 0 where neither has both kinds."""
    found = [
        float(roc_auc_score(truth[chosen], logits[chosen]))
        for chosen in (sources == "phantom", sources != "phantom")
        if 2 <= truth[chosen].sum() < chosen.sum()
    ]
    return float(np.mean(found)) if found else 0.0


def _quality(model: LogisticRegression, held: Table, truth: NDArray[np.float32]) -> float:
    return seen_by(held.sources, truth, model.decision_function(SCALE * held.embeddings))


def operating_points(
    logits: NDArray[np.float64], truth: NDArray[np.float32], weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Give (threshold, low, high) as probabilities: best balanced accuracy, and the band between which films abstain.

    The band is where the classes overlap, from the lowest positives to the highest negatives, and holds at most
    ABSTAINED_SHARE of the films. Where they do not overlap, the threshold lies halfway between, and nothing abstains.
    """
    lowest = float(np.quantile(logits[truth == 1], OVERLAP))
    highest = float(np.quantile(logits[truth == 0], 1 - OVERLAP))
    if lowest >= highest:
        low = best = high = (lowest + highest) / 2
    else:
        best = _best_cut(logits, truth, weights)
        reach = float(np.quantile(np.abs(logits - best), ABSTAINED_SHARE))
        low, high = max(best - reach, min(best, lowest)), min(best + reach, max(best, highest))
    low, middle, high = (float(1 / (1 + np.exp(-value))) for value in (low, best, high))
    return middle, low, high


def _best_cut(logits: NDArray[np.float64], truth: NDArray[np.float32], weights: NDArray[np.float64]) -> float:
    cuts = np.unique(np.quantile(logits, np.linspace(0.02, 0.98, 97)))
    positive, negative = weights * (truth == 1), weights * (truth == 0)
    scores = [
        ((logits >= cut) * positive).sum() / positive.sum() + ((logits < cut) * negative).sum() / negative.sum()
        for cut in cuts
    ]
    return float(cuts[int(np.argmax(np.convolve(scores, np.ones(5) / 5, mode="same")))])
