"""Understand what a few words refer to, before any model runs: an organ, a zone of a lung, or one finding."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from overread.labeler import assertions
from overread.labeler.laterality import side_words
from overread.labeler.places import ZoneWord, impossible_place, zones
from overread.reasoning.vocabulary import term
from overread.records import Laterality
from overread.tools._referring_expressions import referred

LONGEST = 200
"""Letters of a phrase; what is longer is a report."""
_WORD = re.compile(r"\w+")
_SMALL = frozenset({"a", "all", "in", "of", "on", "outline", "patient", "s", "shadow", "side", "the", "where"})
_ZONAL = frozenset({"upper", "mid", "middle", "lower"})
_ORGANS = frozenset(
    {
        "and", "both", "cardiac", "field", "fields", "heart", "left", "lobe", "lobes", "lung", "lungs", "pulmonary",
        "right", "silhouette", "zone", "zones",
    }
)  # fmt: skip
_KNOWN = _SMALL | _ZONAL | _ORGANS
"""Words that an organ or a zone of one is named by, and small ones: any other word is one that is not understood."""
_UNKNOWN = "the words name no organ, zone of a lung or finding that is known here"


@dataclass(frozen=True)
class OrganWords:
    """A phrase of organs; `zone` is a third of each lung in it, None: the whole."""

    text: str
    """As `referred` is to read it."""
    zone: ZoneWord | None
    sided: bool
    """Whether the words speak of a side."""


@dataclass(frozen=True)
class FindingWords:
    """A phrase of one finding that is said to be there."""

    label: str
    sides: frozenset[Laterality]
    """Those that the words speak of; none: any."""
    zones: frozenset[ZoneWord]


@dataclass(frozen=True)
class NotUnderstood:
    """Why words refer to nothing."""

    reason: str


def understood(text: str, structures: Iterable[str]) -> OrganWords | FindingWords | NotUnderstood:
    """Read a phrase; `structures` are those that a segmenter can outline. No model is asked."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        return NotUnderstood(f"say it in 1 to {LONGEST} letters, such as 'left lung' or 'effusion on the left'")
    said = assertions(plain)
    if not said:
        return _organ(plain, tuple(structures))
    labels = {each.label for each in said}
    if len(labels) > 1 or any(each.status != "present" for each in said) or "No Finding" in labels:
        return NotUnderstood("name one finding, without a doubt or a denial")
    label = said[0].label
    if (nowhere := impossible_place(label, plain)) is not None:
        return NotUnderstood(f"there is no {term(label).noun} of the place '{nowhere}'")
    return FindingWords(label, frozenset(word.side for word in side_words(plain)), zones(plain))


def _organ(text: str, structures: tuple[str, ...]) -> OrganWords | NotUnderstood:
    words, named = set(_WORD.findall(text.lower())), zones(text)
    sided = bool(words & {"left", "right"})
    # A zone is of a lung, whether or not the words say so.
    told = f"{text} lung" if named and "heart" not in words else text
    meant = referred(told, structures)
    if words - _KNOWN or not meant:
        return NotUnderstood(_UNKNOWN)
    if (nowhere := impossible_place("", text)) is not None:
        return NotUnderstood(f"there is no '{nowhere}'")
    lungs = any("lung" in name for name in meant)
    if len(named) > 1 or (words & _ZONAL and not named) or (named and "heart" in meant) or (sided and not lungs):
        return NotUnderstood("name one zone of the lungs, or whole organs; the heart has no parts here")
    return OrganWords(told, next(iter(named), None), sided)
