"""CRIMSON-like signed score, -1 to 1: findings weighed by what they mean for the patient, false ones taken off.

After the `crimson-score` package (2026, MIT): the weights, the credit for a partly right finding, and the squeezed
negative side are its own; a language model of the user's choice lists the findings by Overread's own prompt, so the
figures are not those of the CRIMSON model.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from overread.evals.metrics._judging import Judged, Scores
from overread.evals.metrics._metric import Given, Metric, MetricCard, Pair
from overread.ports import ChatRequest
from overread.prompting import load

CARD = MetricCard(
    name="crimson",
    title="CRIMSON-like signed score",
    kind="text",
    better="higher",
    source="crimson-score 0.2 (2026); own prompt",
    needs="a judge",
)
WEIGHTS: Mapping[str, float] = {"urgent": 1.0, "actionable": 0.5, "minor": 0.25, "benign": 0.0}
ATTRIBUTE = 0.5
"""Weight of a significant error of side, size or course: what it takes off the credit of its finding."""
MOST = 20
"""Findings of a report."""


def _listed(**further: Any) -> dict[str, Any]:
    properties = {"finding": {"type": "string", "maxLength": 120}, "weight": {"enum": list(WEIGHTS)}, **further}
    one = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "array", "items": one, "maxItems": MOST}


SCHEMA = {
    "type": "object",
    "properties": {
        "findings": _listed(said={"enum": ["full", "partial", "missing"]}),
        "false_findings": _listed(),
    },
    "required": ["findings", "false_findings"],
    "additionalProperties": False,
}


class FindingMatches:
    """Asks for the findings and what became of them."""

    names = ("CRIMSON-like",)

    def __init__(self) -> None:
        self.prompt = load("judge_findings")

    def requests(self, pair: Pair) -> Sequence[ChatRequest]:
        """Ask once."""
        text = self.prompt.render(reference=pair.reference, candidate=pair.candidate)
        return [ChatRequest(prompt=text, schema=SCHEMA, max_tokens=1200)]

    def scores(self, pair: Pair, answers: Sequence[Any]) -> Scores:
        """Give the signed score."""
        return {self.names[0]: signed(answers[0])}


def signed(answer: Mapping[str, Any]) -> float:
    """Give the score of the findings listed: 1 all and nothing else, 0 as much false as right, to -1 far more false."""
    whole = sum(WEIGHTS[one["weight"]] for one in answer["findings"])
    right = sum(_credit(WEIGHTS[one["weight"]], one["said"]) for one in answer["findings"])
    false = sum(WEIGHTS[one["weight"]] for one in answer["false_findings"])
    if not whole:
        return -false / (1 + false) if false else 1.0
    if right >= false:
        return (right - false) / whole
    return -(false - right) / (1 + false - right)


def _credit(weight: float, said: str) -> float:
    if said == "partial":
        return weight * weight / (weight + ATTRIBUTE)
    return weight if said == "full" else 0.0


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Judged(CARD, FindingMatches(), given)
