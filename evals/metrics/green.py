"""GREEN-like score (Ostmeier et al. 2024): matched findings over matched findings and significant errors.

A language model of the user's choice counts, in the six kinds of error of ReXVal (Yu et al. 2023); the prompt is
Overread's own, so the figures are not those of the GREEN model.
"""

from collections.abc import Sequence
from typing import Any

from overread.evals._report_errors import ERRORS
from overread.evals.metrics._judging import Judged, Scores
from overread.evals.metrics._metric import Given, Metric, MetricCard, Pair
from overread.ports import ChatRequest
from overread.prompting import load

CARD = MetricCard(
    name="green",
    title="GREEN-like error counts",
    kind="text",
    better="higher",
    source="Ostmeier et al., EMNLP findings 2024; own prompt",
    needs="a judge",
)
MOST = 30
"""Of one count."""
_COUNT = {"type": "integer", "minimum": 0, "maximum": MOST}
_BOTH = {
    "type": "object",
    "properties": {"significant": _COUNT, "insignificant": _COUNT},
    "required": ["significant", "insignificant"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"matched": _COUNT, **dict.fromkeys(ERRORS, _BOTH)},
    "required": ["matched", *ERRORS],
    "additionalProperties": False,
}


class ErrorCounts:
    """Asks for the counts."""

    names = ("GREEN-like",)

    def __init__(self) -> None:
        self.prompt = load("judge_errors")

    def requests(self, pair: Pair) -> Sequence[ChatRequest]:
        """Ask once."""
        text = self.prompt.render(reference=pair.reference, candidate=pair.candidate)
        return [ChatRequest(prompt=text, schema=SCHEMA, max_tokens=400)]

    def scores(self, pair: Pair, answers: Sequence[Any]) -> Scores:
        """Give the share; None where nothing was matched and nothing is wrong."""
        counts = answers[0]
        wrong = sum(counts[kind]["significant"] for kind in ERRORS)
        total = counts["matched"] + wrong
        return {self.names[0]: counts["matched"] / total if total else None}


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Judged(CARD, ErrorCounts(), given)
