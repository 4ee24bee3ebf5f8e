"""What a measured voter may say of a label, in words, by the very policy that the reading follows."""

from collections.abc import Mapping
from typing import Any

from overread.reasoning.predictive import may_say
from overread.reasoning.trust import performance_of
from overread.reasoning.vocabulary import TERMS

WORDS = {"present": "states", "uncertain": "calls possible", "absent": "denies"}
NOTHING = "says nothing"


def verdict_of(label: str, entry: Mapping[str, Any], prevalence: float) -> str:
    """Say what a trust entry of a card lets its voter say at a prevalence, 0 to 1: 'states, denies', 'says nothing'.

    Raises `SettingsError` on an entry that is not valid.
    """
    measured = performance_of(f"the trust of {label}", entry)
    said = may_say(measured, prevalence, TERMS[label].critical)
    return ", ".join(WORDS[each] for each in said) or NOTHING


def too_few(positive: int, negative: int) -> str:
    """Say of a label that it has not the films that a figure takes."""
    return f"too few ({positive} positives, {negative} negatives)"
