"""Read what words ask of a picture: findings, sides, sizes, zones, devices, and what must not be there.

Nothing is left out in silence: each word must belong to something that is drawn, or be one that says nothing. What no
phantom can show is refused by its name, and so is what contradicts itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from overread.errors import NotDrawable
from overread.imagining import drawable as d
from overread.imagining.frame import Frame, frame_of
from overread.imagining.leftovers import left_over
from overread.labeler.clauses import clauses
from overread.labeler.laterality import side_words
from overread.labeler.places import impossible_place, zones
from overread.labeler.sentences import sentences
from overread.labeler.severity import grades
from overread.reasoning.vocabulary import term
from overread.records import Assertion, Laterality
from overread.testing.phantoms.recipe import PLACED_LABELS, Device, Severity, Zone

LONGEST = 2000
SIZES: tuple[Severity, ...] = ("small", "moderate", "large")
NORMAL = "No Finding"
_PART = re.compile(r"right (?:main|atrium|lung|bronchus)", re.IGNORECASE)
"""Sides of parts that a device may lie in."""


class _Said(NamedTuple):
    """One label that the words speak of, and how."""

    said: Assertion
    phrase: str
    """What names the label: small letters, hyphens as blanks, without words for its size."""
    words: str
    """The phrase with the words around it that are of nothing else."""


@dataclass(frozen=True)
class Wish:
    """One thing to draw; what is None, or has several sizes, is left to the draw."""

    label: str
    laterality: Laterality | None = None
    sizes: tuple[Severity, ...] = SIZES
    zone: Zone | None = None
    device: Device | None = None
    place: d.Place | None = None


@dataclass(frozen=True)
class Denied:
    """A label that must not be there; on one side, or, without one, anywhere."""

    label: str
    laterality: Laterality | None = None


@dataclass(frozen=True)
class Asked:
    """All that words ask of a picture."""

    text: str
    wishes: tuple[Wish, ...]
    denied: tuple[Denied, ...]
    frame: Frame


def asked_of(text: str) -> Asked:
    """Read a text; raises `NotDrawable` for what no phantom can show, a doubt, a contradiction, or nothing at all."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        raise NotDrawable(f"say in 1 to {LONGEST} letters what the picture is to show, such as 'large left effusion'")
    frame, rest = frame_of(plain)
    said = tuple(each for piece in sentences(rest) for each in _said(piece.text))
    wishes = tuple(_wish(each) for each in said if _is_wanted(each))
    denied = tuple(Denied(each.said.label, each.said.laterality) for each in said if each.said.status == "absent")
    if unknown := left_over(rest):
        raise NotDrawable(f"{unknown} is not among what a phantom can show, or was not understood: {d.SHOWN}")
    if not said and not frame.said:
        raise NotDrawable(f"the words name nothing to draw. A phantom can show {d.SHOWN}")
    asked = Asked(plain, wishes, denied, frame)
    _refuse_contradictions(asked, normal=any((one.said.label, one.said.status) == (NORMAL, "present") for one in said))
    return asked


def _said(sentence: str) -> Iterator[_Said]:
    for clause in clauses(sentence):
        named = sentence[clause.said.start : clause.said.end].lower().replace("-", " ").split()
        yield _Said(clause.said, " ".join(word for word in named if not grades(word)), clause.text.strip(" ,;."))


def _is_wanted(each: _Said) -> bool:
    """Say whether words ask for something; raises `NotDrawable` for a doubt: a pixel is changed or it is not."""
    if each.said.status == "uncertain":
        raise NotDrawable(f"'{each.words}' is in doubt: a picture shows it or not. Say that it is there, or 'no …'")
    return each.said.status == "present" and each.said.label != NORMAL


def _wish(each: _Said) -> Wish:
    label, words = each.said.label, each.words
    if label not in PLACED_LABELS:
        raise NotDrawable(f"{term(label).noun} ('{words}') is not among what a phantom can show: {d.SHOWN}")
    if label == "Support Devices":
        return _device(words)
    if not d.PHRASES[label].fullmatch(each.phrase):
        raise NotDrawable(f"'{each.phrase}' is not among what a phantom can show: {d.SHOWN}")
    if (where := impossible_place(label, words)) is not None:
        raise NotDrawable(f"'{words}': {term(label).noun} has no such place ('{where}')")
    return Wish(label, _side(each), _sizes(words), _zone(label, words))


def _side(each: _Said) -> Laterality | None:
    label, mention, named = each.said.label, each.phrase, {word.side for word in side_words(each.words)}
    if label not in d.SIDED:
        if named:
            raise NotDrawable(f"'{each.words}': {term(label).noun} has no side")
        return None
    side = each.said.laterality
    if side is None and named:
        side = next(iter(named)) if len(named) == 1 else "bilateral"
    if d.SEVERAL.search(mention) and side != "bilateral":
        raise NotDrawable(f"several {mention}: a phantom draws one on a side. Say 'nodule', or name both sides")
    if side is None and (label in d.BOTH_UNLESS_SAID or mention.endswith("effusions")):
        return "bilateral"
    return side


def _sizes(words: str) -> tuple[Severity, ...]:
    """Give the sizes that words allow, all where they say nothing; raises `NotDrawable` where they allow none."""
    named = grades(words)
    allowed = SIZES if named is None else SIZES[named.least - 1 : named.most]
    if len(allowed) == len(SIZES) and named is not None:
        raise NotDrawable(
            f"'{words}' names two sizes of one thing; name each on its own: 'small left …, large right …'"
        )
    for pattern, implied in d.IMPLIED:
        if pattern.search(words.lower()):
            allowed = tuple(size for size in allowed if size in implied)
    if not allowed:
        raise NotDrawable(f"'{words}' contradicts itself: what is named has another size")
    return allowed


def _zone(label: str, words: str) -> Zone | None:
    named = zones(words)
    if not named:
        return None
    if len(named) > 1:
        raise NotDrawable(f"'{words}' names several zones; name each on its own")
    zone = next(iter(named))
    if zone not in d.ZONED.get(label, ()):
        raise NotDrawable(f"'{words}': where {term(label).noun} lies in the lung cannot be chosen; leave the zone out")
    return zone


def _device(words: str) -> Wish:
    plain = " ".join(words.lower().replace("-", " ").split())
    found = [device for device, pattern in d.DEVICES if re.search(rf"\b(?:{pattern.pattern})\b", plain)]
    if len(found) != 1:
        raise NotDrawable(f"'{words}' is not among the devices that a phantom can show: {d.SHOWN}")
    if grades(words) or zones(words) or side_words(_PART.sub("", words)):
        raise NotDrawable(f"'{words}': size and side of a device cannot be chosen; a central line comes from the right")
    places: set[d.Place] = {place for pattern, place in d.PLACES[found[0]] if pattern.search(words)}
    places |= {"ok"} if d.RIGHT.search(words) else set()
    if d.WRONG.search(words) and not places - {"ok"}:
        places.add("wrong")
    if len(places) > 1:
        raise NotDrawable(f"'{words}' contradicts itself: a device lies in one place")
    return Wish("Support Devices", device=found[0], place=next(iter(places), None))


def _refuse_contradictions(asked: Asked, *, normal: bool) -> None:
    others = [wish for wish in asked.wishes if wish.device is None]
    if normal and others:
        raise NotDrawable(f"the words call the film normal and ask for {term(others[0].label).noun}; leave one out")
    for first, second in _pairs(asked.wishes):
        _refuse_pair(first, second)
    for denied in asked.denied:
        if any(_denies(denied, wish) for wish in asked.wishes):
            raise NotDrawable(f"the words ask for {term(denied.label).noun} and deny it; leave one out")


def _pairs(wishes: tuple[Wish, ...]) -> Iterator[tuple[Wish, Wish]]:
    return ((first, second) for index, first in enumerate(wishes) for second in wishes[index + 1 :])


def _refuse_pair(first: Wish, second: Wish) -> None:
    if first.label != second.label or first.device != second.device:
        return
    one_place = first.label not in d.ZONED or first.zone == second.zone or None in (first.zone, second.zone)
    if one_place and meets(first.laterality, second.laterality):
        what = (first.device or term(first.label).noun).replace("_", " ")
        raise NotDrawable(f"the words ask twice for {what} in one place; name it once, or name sides or zones apart")


def _denies(denied: Denied, wish: Wish) -> bool:
    if denied.label != wish.label:
        return False
    if denied.laterality is None or wish.laterality is None:
        return denied.laterality is None
    return meets(denied.laterality, wish.laterality)


def meets(one: Laterality | None, other: Laterality | None) -> bool:
    """Say whether two sides may be the same one; what has no side may be anywhere."""
    return one is None or other is None or "bilateral" in (one, other) or one == other
