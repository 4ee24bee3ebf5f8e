"""What was measured on this machine of exactly the weights that answer: figures, operating points, prompts.

`overread models measure` writes it into the operator's own catalogue. It is found by the digest of the weights, so that
other weights under the same name inherit nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overread import weights
from overread.ports import BackendCard
from overread.precision import settled
from overread.records import Score
from overread.settings import Settings
from overread.tools._best_measured import Figures, figures_in
from overread.tools._zero_shot import PromptPair, pairs_beside, pairs_in

FINEST = 5e-5
"""Half of the last digit that a probability has: nearer to 0 or 1 a score is not known to be."""


@dataclass(frozen=True)
class MeasuredHere:
    """The card that was measured here, empty where nobody measured."""

    card: Mapping[str, Any]

    def calibrated(self, score: Score, voter: str) -> Score:
        """Give a score as it was calibrated here, with its operating point; one that was not measured is unchanged."""
        point = ((self.card.get("calibration") or {}).get(voter) or {}).get(score.label)
        if point is None:
            return score
        chance = chance_of(score.probability, float(point["slope"]), float(point["intercept"]))
        low, high = (float(edge) for edge in point["band"])
        update = {
            "probability": chance,
            "threshold": float(point["threshold"]),
            "band": (low, high) if low < high else None,
            "calibrated": True,
        }
        return Score.model_validate({**score.model_dump(), **update})

    def over(self, figures: Figures, voter: str) -> Figures:
        """Give the AUROCs measured here in place of those that came with the model."""
        return {**figures, **figures_in(self.card, voter, synthetic=False)}

    def pairs(self, model: BackendCard) -> tuple[PromptPair, ...]:
        """Give the prompts that came with a model and were measured, else those that were measured here."""
        own = pairs_in(self.card.get("prompts") or {}, self.card)
        known = {pair.label for pair in pairs_beside(model)}
        return (*pairs_beside(model), *(pair for pair in own if pair.label not in known))


def measured_here(model: BackendCard, settings: Settings, *, synthetic: bool = False) -> MeasuredHere:
    """Find what was measured here of the weights that answer; on a phantom nothing of it holds."""
    if synthetic:
        return MeasuredHere({})
    return MeasuredHere(weights.measured_card(settings.own_catalogue, model.weights_digest) or {})


def chance_of(probability: float, slope: float, intercept: float) -> float:
    """Give sigmoid(slope * logit(p) + intercept), 0 to 1 with four digits."""
    return settled(1.0 / (1.0 + math.exp(-min(60.0, max(-60.0, slope * logit_of(probability) + intercept)))))


def logit_of(probability: float) -> float:
    """Give ln(p / (1 - p)) of a probability as far as its digits go."""
    inside = min(max(probability, FINEST), 1.0 - FINEST)
    return math.log(inside / (1.0 - inside))


def of_voter(score: Score, tool: str) -> str:
    """Name the voter of a score as `reasoning.trust.voter` does."""
    return tool if score.method == "head" else f"{tool}.{score.method}"
