"""CIDEr-D (Vedantam et al., CVPR 2015) by the scorer of pycocoevalcap, in pure Python; 0 to 10.

How rare a phrase is, is counted over the references at hand: a figure of other reports cannot be compared with it, and
of a single report there is none. The interval keeps these counts.
"""

from collections.abc import Sequence
from importlib.metadata import version

from overread.evals.metrics._metric import (
    Given,
    Measured,
    Metric,
    MetricCard,
    NotScored,
    Pair,
    averaged,
    not_installed,
)
from overread.evals.metrics._words import TOKENS, words

CARD = MetricCard(
    name="cider",
    title="CIDEr-D",
    kind="text",
    better="higher",
    source="Vedantam et al., CVPR 2015; pycocoevalcap",
    needs="pycocoevalcap",
)
PACKAGE = "overread[metrics-coco]"


class Cider:
    """The mean over reports, by phrases of up to four words."""

    card = CARD

    def missing(self) -> str | None:
        """Say whether pycocoevalcap is not installed."""
        return not_installed("pycocoevalcap", package=PACKAGE)

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured] | NotScored:
        """Give CIDEr-D; not of one report."""
        from pycocoevalcap.cider.cider_scorer import CiderScorer

        if len(pairs) < 2:
            return NotScored("how rare a phrase is, is counted over several references; there is one")
        scorer = CiderScorer(n=4, sigma=6.0)
        for pair in pairs:
            scorer += (" ".join(words(pair.candidate)), [" ".join(words(pair.reference))])
        _, scores = scorer.compute_score()
        identity = f"pycocoevalcap {version('pycocoevalcap')}, n 4, sigma 6, {TOKENS}, 0 to 10"
        return [averaged("CIDEr-D", [float(score) for score in scores], identity)]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Cider()
