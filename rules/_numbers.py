"""Numbers with a unit in sentences, and the measurements that they are held to."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from overread.reasoning.opinions import CARDIOTHORACIC_RATIO
from overread.records import Measurement

_NUMBER = r"(?P<value>\d+(?:\.\d+)?)"
_UNIT = r"(?P<unit>mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)\b"
_LENGTH = re.compile(rf"{_NUMBER}\s*-?\s*(?:(?:x|by|to)\s*\d+(?:\.\d+)?\s*)?{_UNIT}", re.I)
_RATIO = re.compile(
    rf"\b(?:cardio-?\s?thoracic\s+(?:ratio|index)|cardiac\s*(?:to|/|-)\s*thoracic\s+ratio|CTR)\b[^.\d]{{0,30}}"
    rf"{_NUMBER}(?P<share>\s*%)?",
    re.I,
)
_BOUND = re.compile(
    r"\b(?:less|more|greater|smaller|under|over|below|above|exceed\w*|at (?:least|most)|up to)\b|[<>]", re.I
)
_SHARE = re.compile(rf"{_NUMBER}\s*(?P<share>%)")
IN_MM = {"m": 1.0, "c": 10.0}
LENGTHS = ("mm", "cm")
OFF_BY = 0.05
"""Share by which a length may be off a measured one."""
RATIO_OFF_BY = 0.01


class Said(NamedTuple):
    """A number as a sentence gives it, and what was measured of the same thing."""

    words: str
    known: tuple[float, ...]
    """Measured values of that kind; empty where nothing of the kind was measured."""
    right: bool
    """Whether one of them bears the number out."""


def numbers_said(text: str, measured: Sequence[Measurement]) -> Iterator[Said]:
    """Give each length, ratio and percentage of a sentence beside what was measured of the same thing.

    A length in mm or cm may be 5 % off any measured one, a cardiothoracic ratio or a percentage 0.01 off a measured
    ratio. `known` holds the ratio where it was measured, and lengths that are named after what the sentence speaks of.
    Percentages are not tested in a sentence that states a ratio; a bound
    ("less than 0.5") is no number.
    """
    lengths = [one for one in measured if one.unit in LENGTHS]
    for found in _LENGTH.finditer(text):
        said = _in_mm(float(found["value"]), found["unit"].lower())
        right = any(abs(said - _of(one)) <= OFF_BY * _of(one) for one in lengths)
        yield Said(found.group().strip(), tuple(_of(one) for one in lengths if _is_about(one.name, text)), right)
    yield from _ratios(text, measured)


def _ratios(text: str, measured: Sequence[Measurement]) -> Iterator[Said]:
    ratios = [one.value for one in measured if one.unit == "1"]
    heart = tuple(one.value for one in measured if one.name == CARDIOTHORACIC_RATIO)
    stated = _RATIO.search(text) is not None
    for found in (_RATIO if stated else _SHARE).finditer(text):
        if _BOUND.search(found.group()):
            continue
        share = float(found["value"]) / (100 if found["share"] else 1)
        right = any(abs(share - known) <= RATIO_OFF_BY + 1e-9 for known in ratios)
        yield Said(found.group().strip(), heart if stated else (), right)


def _is_about(name: str, text: str) -> bool:
    """Say whether a measurement, such as `nodule_diameter`, is of something that the sentence names."""
    words = {word.rstrip("s") for word in re.findall(r"[a-z]+", text.lower())}
    return bool(words & set(name.lower().split("_")))


def _of(one: Measurement) -> float:
    return _in_mm(one.value, one.unit)


def _in_mm(value: float, unit: str) -> float:
    return value * IN_MM["c" if unit.startswith("c") else "m"]
