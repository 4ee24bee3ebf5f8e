"""What a signed report states of its film, for comparing models with it."""

from collections.abc import Mapping

from overread.labeler.labeling import label_text
from overread.reasoning.vocabulary import LABELS

NORMAL = "No Finding"
APART = (NORMAL, "Support Devices")
"""What a normal report does not deny: itself, and devices."""


def stated_in(report: str) -> dict[str, bool]:
    """Give the labels that a report states as present or absent; empty for no text."""
    return stated(label_text(report)) if report.strip() else {}


def stated(said: Mapping[str, int | None]) -> dict[str, bool]:
    """Give what the labels of a report (`label_text`) state as present or absent.

    What it does not mention or leaves uncertain is not known, but a report that is normal as a whole denies every
    finding.
    """
    known = {label: value == 1 for label, value in said.items() if value in (0, 1)}
    denied = {label: False for label in LABELS if label not in APART} if said[NORMAL] == 1 else {}
    return {**denied, **known}
