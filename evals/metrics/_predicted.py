"""Pairs of a truth and a probability, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.evals.metrics._metric import Floats, Pair

NEAREST = 1e-12
"""To 0 and 1 where log odds are taken."""


class Predicted(NamedTuple):
    """Truth bool (n,) and score float (n,)."""

    truth: NDArray[np.bool_]
    score: Floats

    @property
    def probable(self) -> bool:
        """Say whether every score can be a probability."""
        return bool(((self.score >= 0) & (self.score <= 1)).all())


NO_PROBABILITY = "a score below 0 or above 1 is no probability; AUROC and average precision take any score"


def predicted(pairs: Sequence[Pair]) -> Predicted:
    """Give the pairs as arrays, in their order."""
    truth = np.asarray([pair.reference for pair in pairs], np.bool_)
    return Predicted(truth, np.asarray([pair.candidate for pair in pairs], np.float64))


def log_odds(chance: Floats) -> Floats:
    """Give log odds (n,) of probabilities (n,)."""
    inside = np.clip(chance, NEAREST, 1.0 - NEAREST)
    return np.asarray(np.log(inside / (1.0 - inside)), np.float64)
