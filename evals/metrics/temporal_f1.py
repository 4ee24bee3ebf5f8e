"""Temporal entity F1 (Zhang et al., Libra, 2024): words of change in both reports, as sets.

The keywords are those of change over time of Bannur et al. (CVPR 2023); the paper's second source, entities of a
radiology model of stanza that would be a download, is left out. Both without such a word agree: 1; one without: 0.
"""

import re
from collections.abc import Sequence

from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard(
    name="temporal_f1",
    title="Temporal F1",
    kind="text",
    better="higher",
    source="Zhang et al., Libra, 2024; Bannur et al., CVPR 2023; keywords alone",
)
KEYWORDS = frozenset(
    re.split(
        r"\s+",
        "bigger change cleared constant decrease decreased decreasing elevated elevation enlarged enlargement enlarging"
        " expanded greater growing improved improvement improving increase increased increasing larger new persistence"
        " persistent persisting progression progressive reduced removal resolution resolved resolving smaller stability"
        " stable stably unaltered unchanged unfolded worse worsen worsened worsening",
    )
)


class TemporalF1:
    """The mean over reports of all, and over those whose reference speaks of change."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the F1 of all reports, and of those that compare."""
        scores = [_f1(named(pair.reference), named(pair.candidate)) for pair in pairs]
        compared = [score if named(pair.reference) else None for score, pair in zip(scores, pairs, strict=True)]
        identity = f"{len(KEYWORDS)} keywords, no entity model"
        return [
            averaged("Temporal F1", scores, identity),
            averaged("Temporal F1, references that compare", compared, identity),
        ]


def named(text: str) -> frozenset[str]:
    """Give the words of change in a text."""
    return KEYWORDS & frozenset(re.findall(r"[a-z]+", text.lower()))


def _f1(truth: frozenset[str], said: frozenset[str]) -> float:
    total = len(truth) + len(said)
    return 2 * len(truth & said) / total if total else 1.0


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return TemporalF1()
