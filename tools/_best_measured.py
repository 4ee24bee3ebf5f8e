"""Which of the models that know a label answers for it: the one with the best measured AUROC on this kind of study."""

from collections.abc import Mapping
from typing import Any

from overread import weights
from overread.errors import Unavailable
from overread.ports import BackendCard
from overread.reasoning.trust import is_measured

Figures = Mapping[str, float]
"""Label to measured AUROC; a label that was not measured is missing, never 0."""


def figures_beside(model: BackendCard, voter: str, *, synthetic: bool) -> Figures:
    """Read what the card beside a model says of one of its voters; nothing where the model has no folder or card."""
    try:
        folder = weights.folder_of(model)
    except Unavailable:
        return {}
    return figures_in(weights.beside(folder, "card.json") or {}, voter, synthetic=synthetic)


def figures_in(card: Mapping[str, Any], voter: str, *, synthetic: bool) -> Figures:
    """Give a voter's AUROCs: those on phantoms for a phantom, those on radiographs for a patient."""
    table = (card.get("trust_phantom" if synthetic else "trust") or {}).get(voter) or {}
    return {
        label: float(entry["auroc"])
        for label, entry in table.items()
        if is_measured(entry) and entry.get("auroc") is not None
    }


def best_by_network(network: Figures, clip: Figures) -> frozenset[str]:
    """Name the labels that the network answers for: measured, and at least as good as the CLIP's answer."""
    return frozenset(label for label, auroc in network.items() if auroc >= clip.get(label, 0.0))
