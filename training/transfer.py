"""How far phantoms stand in for real films: heads fitted on one kind of image, tried on the other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.data import LABELS
from training.embeddings import Table
from training.label_heads import SCALE, domain_weights, known
from training.measures import auroc

LEAST = 15
TAUGHT_BY = ("phantoms", "real films", "both")


def transfer(table: Table, labels: list[str]) -> dict[str, Any]:
    """Give AUROC by label, by what the head was fitted on, and by what it was tried on (NIH films, phantoms).

    The tower is the same and has seen both kinds: this measures the heads' part of the gap, not the tower's.
    """
    found: dict[str, Any] = {}
    for name in labels:
        train, truth = known(table, LABELS.index(name), "train")
        held, wanted = known(table, LABELS.index(name), "test")
        drawn = train.sources == "phantom"
        if min(truth[drawn].sum(), truth[~drawn].sum()) < LEAST:
            continue
        rows = {}
        for taught, chosen in zip(TAUGHT_BY, (drawn, ~drawn, np.ones(len(drawn), bool)), strict=True):
            scores = _scores(train.where(chosen), truth[chosen], held)
            rows[taught] = {
                source: auroc(wanted[held.sources == source], scores[held.sources == source])
                for source in ("nih-cxr14", "phantom")
            }
        if rows["both"]["nih-cxr14"]["value"] is not None:
            found[name] = rows
    return found


def _scores(train: Table, truth: NDArray[Any], held: Table) -> NDArray[Any]:
    model = LogisticRegression(C=0.3, max_iter=200)
    model.fit(SCALE * train.embeddings, truth, sample_weight=domain_weights(train, truth))
    return np.asarray(model.decision_function(SCALE * held.embeddings))
