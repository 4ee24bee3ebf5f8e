"""How a label is said in a draft, worded so that the labeler reads back exactly what was meant."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from overread.reasoning.vocabulary import TERMS
from overread.records import Laterality

Placing = Literal["before", "lung", "after"]
"""Where the side goes: `left effusion`, `opacity in the left lung`, `fracture on the left`."""


class Wording(NamedTuple):
    noun: str
    plural: str | None = None
    """For countable nouns."""
    placing: Placing = "lung"


WORDINGS: dict[str, Wording] = {
    "Enlarged Cardiomediastinum": Wording("widening of the mediastinum"),
    "Cardiomegaly": Wording("cardiomegaly"),
    "Lung Opacity": Wording("lung opacity"),
    "Lung Lesion": Wording("lung lesion", "lung lesions"),
    "Edema": Wording("pulmonary edema"),
    "Consolidation": Wording("consolidation"),
    "Pneumonia": Wording("pneumonia"),
    "Atelectasis": Wording("atelectasis"),
    "Pneumothorax": Wording("pneumothorax", "pneumothoraces", "before"),
    "Pleural Effusion": Wording("pleural effusion", "pleural effusions", "before"),
    "Pleural Other": Wording("pleural thickening", None, "before"),
    "Fracture": Wording("fracture", "fractures", "after"),
    "Support Devices": Wording("support device", "support devices"),
    "COVID-19": Wording("COVID-19 pneumonia"),
    "Tuberculosis": Wording("pulmonary tuberculosis"),
    "Pneumoperitoneum": Wording("free air under the diaphragm"),
}
GROUPS: tuple[tuple[str, ...], ...] = (
    ("Lung Opacity", "Consolidation", "Pneumonia", "Atelectasis", "Edema", "Lung Lesion", "COVID-19", "Tuberculosis"),
    ("Pneumothorax", "Pleural Effusion", "Pleural Other"),
    ("Cardiomegaly", "Enlarged Cardiomediastinum", "Pneumoperitoneum", "Fracture", "Support Devices"),
)
"""Lungs, pleura and the rest: the order of the findings, and the negatives that share a sentence."""
ORDER: tuple[str, ...] = tuple(label for group in GROUPS for label in group)


def named(label: str, side: Laterality | None, place: str | None = None) -> str:
    """Name a label with its side or place: `left pleural effusion`, `consolidation in the right lower zone`."""
    words = WORDINGS[label]
    if side is None or not TERMS[label].sided:
        return words.noun
    if place is not None and words.placing == "lung":
        return f"{words.noun} in the {place}"
    if words.placing == "lung":
        many = words.plural if words.plural and side == "bilateral" else words.noun
        return f"{many} in both lungs" if side == "bilateral" else f"{many} in the {side} lung"
    if side == "bilateral":
        many = words.plural or words.noun
        return f"bilateral {many}" if words.placing == "before" else f"{many} on both sides"
    return f"{side} {words.noun}" if words.placing == "before" else f"{words.noun} on the {side}"


def verb(label: str, side: Laterality | None) -> str:
    """Give `are` for countable findings on both sides, else `is`."""
    return "are" if WORDINGS[label].plural and side == "bilateral" else "is"


def a_finding(label: str, side: Laterality | None, place: str | None = None) -> str:
    """Name a label with the article that a sentence about it needs."""
    if WORDINGS[label].plural is None:
        return named(label, side, place)
    return named(label, side) if side == "bilateral" else f"a {named(label, side, place)}"


def listed(items: Sequence[str], last: str) -> str:
    """Join items with commas and a word before the last one."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
