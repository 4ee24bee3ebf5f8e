"""The classifier's heads: what calibrates a probe that validation films teach too is said out of fold."""

import numpy as np
import pytest

from tests.needs import require

require("training")

from sklearn.metrics import roc_auc_score

from training.classifier import Speaker, mean_of, probe_of
from training.clip_data import VIEWS
from training.data import LABELS
from training.embeddings import Table
from training.label_heads import ONE_SOURCE
from training.probe import FOLDS, Basis, Linear

FILMS, WIDTH = 400, 300
EDEMA = LABELS.index("Edema")


def noise() -> Table:
    """Give films whose labels have nothing to do with their features; half train, half validate."""
    draw = np.random.default_rng(0)
    labels = np.full((FILMS, len(LABELS)), np.nan, np.float32)
    labels[:, EDEMA] = draw.integers(2, size=FILMS)
    return Table(
        draw.normal(size=(FILMS, 2 * WIDTH)).astype(np.float32),
        labels,
        np.full(FILMS, VIEWS.index("PA")),
        np.full(FILMS, "nih-cxr14"),
        np.repeat(["train", "val"], FILMS // 2),
    )


def test_a_validation_film_is_judged_by_a_fit_without_its_fold() -> None:
    table = noise()
    folds = np.arange(FILMS) % FOLDS
    speaker = probe_of(table, Basis.of(table.embeddings[:, :WIDTH]), EDEMA, folds)
    assert speaker is not None
    held = table.splits == "val"
    truth = table.labels[held, EDEMA]
    by_heart = roc_auc_score(truth, speaker.linear.logit(table.embeddings)[held])
    assert by_heart > 0.8
    assert roc_auc_score(truth, speaker.logits[held]) == pytest.approx(0.5, abs=0.12)


def test_a_label_that_only_one_source_has_gets_no_probe() -> None:
    table = noise()
    label = LABELS.index(next(iter(ONE_SOURCE)))
    table.labels[:, label] = table.labels[:, EDEMA]
    folds = np.arange(FILMS) % FOLDS
    assert probe_of(table, Basis.of(table.embeddings[:, :WIDTH]), label, folds) is None


def test_the_mean_of_two_speakers_says_the_mean_of_what_they_say() -> None:
    table = noise()
    draw = np.random.default_rng(1)
    each = [Linear(draw.normal(size=2 * WIDTH).astype(np.float32), float(draw.normal())) for _ in range(2)]
    mean = mean_of([Speaker(one, one.logit(table.embeddings)) for one in each])
    assert np.allclose(mean.linear.logit(table.embeddings), mean.logits, atol=1e-3)
