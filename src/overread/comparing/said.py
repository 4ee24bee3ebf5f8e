"""What a reading says of a study, label by label, however it says it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from overread.labeler import report_assertions
from overread.records import Assertion

Status = Literal["present", "uncertain", "absent"]
STRENGTH: Mapping[Status, int] = {"absent": 0, "uncertain": 1, "present": 2}


@dataclass(frozen=True)
class Word:
    """What is said of one label."""

    status: Status
    sides: frozenset[str] = frozenset()
    """Of left and right; empty where no side is named."""


@dataclass(frozen=True)
class Said:
    """What one reading says of one study; a label that it is silent on is missing."""

    words: Mapping[str, Word] = field(default_factory=dict)
    sentences: int = 0
    uncited: int = 0
    """Sentences that name no evidence."""
    refused: bool = False
    """The study was refused, and nothing is said."""


def in_text(text: str) -> dict[str, Word]:
    """Read a report with the rule labeler, findings and impression alike: the strongest word on a label stands."""
    return strongest(report_assertions(text))


def strongest(said: Iterable[Assertion]) -> dict[str, Word]:
    """Keep the strongest status of each label, with the sides that are named at that strength."""
    words: dict[str, Word] = {}
    for each in said:
        sides = _sides(each.laterality)
        before = words.get(each.label)
        if before is None or STRENGTH[each.status] > STRENGTH[before.status]:
            words[each.label] = Word(each.status, sides)
        elif each.status == before.status:
            words[each.label] = Word(each.status, before.sides | sides)
    return words


def _sides(laterality: str | None) -> frozenset[str]:
    if laterality is None:
        return frozenset()
    return frozenset({"left", "right"}) if laterality == "bilateral" else frozenset({laterality})
