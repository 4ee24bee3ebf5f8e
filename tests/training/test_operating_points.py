"""A label that is told well decides; one that is told badly abstains near its threshold."""

import numpy as np

from tests.needs import require

require("training")


from training.label_heads import ABSTAINED_SHARE, operating_points


def points(distance: float) -> tuple[float, float, float, float]:
    """Give (threshold, low, high, share that abstains) of two normal classes so far apart, 1 positive in 10."""
    draw = np.random.default_rng(0)
    truth = (np.arange(2000) % 10 == 0).astype(np.float32)
    logits = draw.normal(size=2000) + distance * truth - 4.0
    threshold, low, high = operating_points(logits, truth, np.ones(2000))
    chance = 1 / (1 + np.exp(-logits))
    return threshold, low, high, float(np.mean((chance > low) & (chance < high)))


def test_classes_that_do_not_overlap_leave_nothing_to_abstain_from() -> None:
    threshold, low, high, share = points(12.0)
    assert low == threshold == high
    assert share == 0.0
    assert 1 / (1 + np.exp(4.0 - 3.0)) < threshold < 1 / (1 + np.exp(4.0 - 9.0))


def test_classes_that_overlap_much_abstain_near_the_threshold_and_no_more_often_than_allowed() -> None:
    threshold, low, high, share = points(1.0)
    assert low < threshold < high
    assert 0.1 < share <= ABSTAINED_SHARE + 0.01


def test_the_better_a_label_is_told_the_fewer_films_abstain() -> None:
    shares = [points(distance)[3] for distance in (1.0, 3.0, 4.5)]
    assert shares[0] > shares[1] > shares[2]
