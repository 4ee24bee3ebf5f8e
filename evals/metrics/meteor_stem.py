"""METEOR by words and stems alone (Banerjee and Lavie 2005), by nltk: without WordNet, which would be a download.

It is not METEOR of the papers, which also matches synonyms: it is named METEOR-stem, and lies below it.
"""

from collections.abc import Sequence
from importlib.metadata import version

from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged, not_installed
from overread.evals.metrics._words import TOKENS, words

CARD = MetricCard(
    name="meteor_stem",
    title="METEOR-stem",
    kind="text",
    better="higher",
    source="Banerjee and Lavie, ACL workshop 2005; nltk, without synonyms",
    needs="nltk",
)


class _NoSynonyms:
    """Stands where nltk wants WordNet: no word has another that means the same."""

    def synsets(self, _word: str) -> tuple[()]:
        return ()


class MeteorStem:
    """The mean over reports."""

    card = CARD

    def missing(self) -> str | None:
        """Say whether nltk is not installed."""
        return not_installed("nltk")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give METEOR-stem."""
        from nltk.translate.meteor_score import meteor_score

        none = _NoSynonyms()
        scores = [float(meteor_score([words(pair.reference)], words(pair.candidate), wordnet=none)) for pair in pairs]
        return [averaged("METEOR-stem", scores, f"nltk {version('nltk')}, exact and Porter stems, {TOKENS}")]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return MeteorStem()
