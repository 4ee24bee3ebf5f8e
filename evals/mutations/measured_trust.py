"""Without measured trust every tool is believed in everything it says."""

from dataclasses import replace

from overread.evals.mutations._mutation import Mutation
from overread.graphs._services import Services
from overread.reasoning.vocabulary import LABELS
from overread.records import Trust

BELIEVED = 0.99


def _credulous(services: Services) -> Services:
    voters = {*services.tools, "classification.network", "classification.zero_shot"}
    figures = {voter: dict.fromkeys(LABELS, BELIEVED) for voter in voters}
    return replace(services, trust=Trust.of_figures(figures))


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("measured_trust", "every tool is believed, measured or not", services=_credulous)
