"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004) by rouge-score: F-measures, stemmed.

ROUGE-L is of the whole text as one sequence; ROUGE-Lsum, which needs a sentence model to be downloaded, is not given.
"""

from collections.abc import Sequence
from importlib.metadata import version

from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged, not_installed

CARD = MetricCard(
    name="rouge",
    title="ROUGE-1, ROUGE-2, ROUGE-L",
    kind="text",
    better="higher",
    source="Lin, ACL workshop 2004; rouge-score",
    needs="rouge-score",
)
NAMES = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}


class Rouge:
    """The mean over reports of their F-measures."""

    card = CARD

    def missing(self) -> str | None:
        """Say whether rouge-score is not installed."""
        return not_installed("rouge_score")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the three F-measures."""
        from rouge_score.rouge_scorer import RougeScorer

        scorer = RougeScorer(list(NAMES), use_stemmer=True)
        scores = [scorer.score(pair.reference, pair.candidate) for pair in pairs]
        identity = f"rouge-score {version('rouge-score')}, F-measure, stemmed"
        return [averaged(name, [each[key].fmeasure for each in scores], identity) for key, name in NAMES.items()]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Rouge()
