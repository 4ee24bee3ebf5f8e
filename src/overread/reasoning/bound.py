"""From where on what a voter states is wrong at most so often: a bound that held-out films bear out, not an estimate.

Learn then test (Angelopoulos, Bates, Candès, Jordan, Lei 2021, arXiv 2110.01052), for one voter and one label: going
down from the strictest threshold of its curve, the hypothesis that more than `risk` of what is stated from here on is
wrong is tested with the exact binomial tail; the lowest threshold before the first test that fails is kept. With
probability 1 - DOUBT over the films that were measured, at most `risk` of the statements from there on are wrong, on
studies like those films; a site whose studies differ measures its own (`overread calibrate`).
"""

from functools import lru_cache
from typing import Literal

from scipy.special import bdtr

from overread.records import Performance

DOUBT = 0.1
"""Probability that the films by chance promise too much."""


def supported_word(said: Literal["present", "absent"], measured: Performance, risk: float) -> bool:
    """Say whether what a voter with one operating point states is wrong at most so often."""
    if measured.sensitivity is None or measured.specificity is None:
        return False
    wrong, stated = _counts(said, measured, measured.sensitivity, measured.specificity)
    return _holds(wrong, stated, risk)


def supported_score(said: Literal["present", "absent"], probability: float, measured: Performance, risk: float) -> bool:
    """Say whether a score lies where what such scores state is wrong at most so often."""
    limit = limit_of(said, measured, risk)
    if limit is None:
        return False
    return probability >= limit if said == "present" else probability < limit


@lru_cache(maxsize=1024)
def limit_of(said: Literal["present", "absent"], measured: Performance, risk: float) -> float | None:
    """Give the threshold of the curve from which (of absence: below which) the bound holds; None = nowhere."""
    points = measured.curve if said == "absent" else measured.curve[::-1]
    kept = None
    for point in points:
        wrong, stated = _counts(said, measured, point.sensitivity, point.specificity)
        if stated < _fewest(risk):
            continue
        if not _holds(wrong, stated, risk):
            return kept
        kept = point.threshold
    return kept


def _counts(
    said: Literal["present", "absent"], measured: Performance, sensitivity: float, specificity: float
) -> tuple[int, int]:
    """Give how many films were wrongly called so, and how many were called so."""
    if said == "present":
        wrong, right = (1 - specificity) * measured.negative, sensitivity * measured.positive
    else:
        wrong, right = (1 - sensitivity) * measured.positive, specificity * measured.negative
    return round(wrong), round(wrong) + round(right)


def _holds(wrong: int, stated: int, risk: float) -> bool:
    return stated > 0 and float(bdtr(wrong, stated, risk)) <= DOUBT


def _fewest(risk: float) -> int:
    """Give the least number of films that could bear the bound out, were every one right."""
    number = 1
    while (1 - risk) ** number > DOUBT:
        number += 1
    return number
