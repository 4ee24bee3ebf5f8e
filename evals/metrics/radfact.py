"""RadFact-like precision and recall (Bannur et al., MAIRA-2, 2024): is each sentence entailed by the other report?

A language model of the user's choice judges; the prompt is Overread's own, so the figures are not those of the paper.
"""

from collections.abc import Sequence
from typing import Any

from overread.evals.metrics._judging import Judged, Scores
from overread.evals.metrics._metric import Given, Metric, MetricCard, Pair
from overread.labeler import sentences
from overread.ports import ChatRequest
from overread.prompting import load

CARD = MetricCard(
    name="radfact",
    title="RadFact-like entailment",
    kind="text",
    better="higher",
    source="Bannur et al., MAIRA-2, 2024; own prompt",
    needs="a judge",
)
TOKENS_A_SENTENCE = 12


class Entailment:
    """Asks of each sentence of either report whether the other says the same."""

    names = ("RadFact-like F1", "RadFact-like precision", "RadFact-like recall")

    def __init__(self) -> None:
        self.prompt = load("judge_entailment")

    def requests(self, pair: Pair) -> Sequence[ChatRequest]:
        """Ask of the candidate's sentences, then of the reference's."""
        sides = ((pair.reference, pair.candidate), (pair.candidate, pair.reference))
        return [self._request(report, _sentences(other)) for report, other in sides]

    def scores(self, pair: Pair, answers: Sequence[Any]) -> Scores:
        """Give the shares that are entailed, and their harmonic mean; None where a side has no sentence."""
        precision, recall = (_share(answer["verdicts"]) for answer in answers)
        if precision is None or recall is None:
            return dict.fromkeys(self.names)
        both = precision + recall
        return dict(zip(self.names, (2 * precision * recall / both if both else 0.0, precision, recall), strict=True))

    def _request(self, report: str, said: Sequence[str]) -> ChatRequest:
        verdicts = {"type": "array", "items": {"type": "boolean"}, "minItems": len(said), "maxItems": len(said)}
        schema = {
            "type": "object",
            "properties": {"verdicts": verdicts},
            "required": ["verdicts"],
            "additionalProperties": False,
        }
        text = self.prompt.render(report=report, sentences=said)
        return ChatRequest(prompt=text, schema=schema, max_tokens=64 + TOKENS_A_SENTENCE * len(said))


def _sentences(text: str) -> list[str]:
    return [span.text for span in sentences(text)]


def _share(verdicts: Sequence[bool]) -> float | None:
    return sum(verdicts) / len(verdicts) if verdicts else None


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Judged(CARD, Entailment(), given)
