"""What a measured voter may do for a label, in words, by what the merge asks of it."""

from collections.abc import Mapping
from typing import Any

from overread.reasoning.trust import SUFFICIENT

DECIDES, WEAK, CHANCE = "decides", "too weak to decide", "no better than chance"


def verdict_of(entry: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    """Say what a trust entry of a card with its figures comes to.

    No better than chance: the interval of the AUROC, or without one of the balanced accuracy, reaches 0.5.
    """
    if figures.get("auroc", figures["balanced_accuracy"])["low"] <= 0.5:
        return CHANCE
    return DECIDES if entry["balanced_accuracy"] >= SUFFICIENT else WEAK


def too_few(positive: int, negative: int) -> str:
    """Say of a label that it has not the films that a figure takes."""
    return f"too few ({positive} positives, {negative} negatives)"
