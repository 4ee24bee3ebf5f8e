"""What one model is worth against another on the same films."""

import numpy as np

from tests.needs import require

require("training")

from training.data import LABELS
from training.gains import MACRO, Said, counted, gains, told

COUNT = 60


def known() -> Said:
    labels = np.full((COUNT, len(LABELS)), np.nan, np.float32)
    labels[:, 0] = np.arange(COUNT) % 2
    labels[:, 1] = np.arange(COUNT) % 3 == 0
    labels[:14, 2] = 1
    labels[14:, 2] = 0
    return Said(labels, np.arange(COUNT) // 2)


def scores(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(COUNT, len(LABELS))).astype(np.float32)


def test_labels_that_too_few_films_have_do_not_count() -> None:
    assert counted(known()) == [0, 1]


def test_the_same_scores_gain_nothing_and_are_sure_of_it() -> None:
    for figure in gains(known(), scores(0), scores(0)).values():
        assert (figure["gain"], figure["low"], figure["high"]) == (0.0, 0.0, 0.0)


def test_a_model_that_knows_one_label_gains_it_and_half_in_the_mean() -> None:
    before, after = scores(0), scores(0)
    after[:, 0] = known().labels[:, 0]
    found = gains(known(), before, after)
    first = found[LABELS[0]]
    assert first["after"] == 1.0
    assert first["low"] > 0.2
    assert abs(found[MACRO]["gain"] - first["gain"] / 2) < 1e-3
    assert found[LABELS[1]]["gain"] == 0.0
    assert len(told(found).splitlines()) == 3
