"""What a model was trained on, as its card says."""

from overread import weights
from overread.errors import Unavailable


def taught_by(model: str | None) -> frozenset[str] | None:
    """Name the sets that a model was trained on, in lower case; None for a model without a card that says so."""
    if model is None:
        return None
    try:
        card = weights.beside(weights.folder(model), "card.json") or {}
    except Unavailable:
        return None
    sources = card.get("data")
    return None if sources is None else frozenset(str(entry.get("source", "")).lower() for entry in sources)


def is_taught_by(title: str, taught: frozenset[str] | None) -> bool | None:
    """Say whether a benchmark is among what a model was trained on; None where nobody says."""
    return None if taught is None else title.lower() in taught
