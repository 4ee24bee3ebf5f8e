"""The numbers that a sentence gives, each with its sign and unit; dates, T5-7 or COVID-19 are none."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_UNIT = r"(?:mm|cm|ml|hu|hounsfield(?: units?)?|%|percent|degrees?|°|millimet(?:er|re)s?|centimet(?:er|re)s?)"
_TOKEN = re.compile(
    r"(?P<number>(?P<sign>(?<!\w)(?:[-\u2212\u2013]|(?:minus|negative)\s+))?(?:(?<![\w./])|(?<=\dx))"
    r"(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s*-?\s*(?P<unit>{_UNIT}))?(?!(?!x\d)[\w/]|\.\d))"
    r"|(?P<name>(?!(?<=\d)x\d)[^\W\d_]\w*(?:[-\u2013/]\d\w*)*)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:[-\u2212\u2013x×]|to|and|by)?\s*", re.IGNORECASE)
"""What stands between the ends of a range or the sides of an area, which share the unit of the last."""


class SaidNumber(NamedTuple):
    """A number as a sentence gives it."""

    words: str
    """With sign and unit, as they stand there."""
    value: str
    """Plain: a minus sign, digits, a point."""
    unit: str
    """As measurements name it (UCUM); `1` where the sentence gives none."""
    before: str
    """The sentence up to the number."""

    @property
    def decimals(self) -> int:
        """Digits after the point: to so many the sentence rounds."""
        return len(self.value.partition(".")[2])

    @property
    def counts(self) -> bool:
        """Whether it may count something: whole, without a unit or a sign."""
        return self.unit == "1" and self.value.isdecimal()

    def is_of(self, value: float, unit: str) -> bool:
        """Say whether that value is what the sentence gives, rounded as it is printed there."""
        return unit == self.unit and f"{value:z.{self.decimals}f}" == self.value


def numbers_said(text: str) -> Iterator[SaidNumber]:
    """Read the numbers of a sentence from left to right.

    "5-7 mm" and "5 -7 mm" are 5 mm and 7 mm: a hyphen after a number joins, one after anything else is a sign, as is
    "minus". The first of "5 x 7 mm" or "-900 to -850 HU" has the unit of the last.
    """
    unit, after, said = "1", None, list[SaidNumber]()
    for found in reversed([each for each in _TOKEN.finditer(text) if each["number"]]):
        joined = after is not None and _JOINED.fullmatch(text[found.end() : after])
        unit = _unit(found["unit"]) if found["unit"] else unit if joined else "1"
        said.append(_said(text, found, unit))
        after = found.start()
    yield from reversed(said)


def _said(text: str, found: re.Match[str], unit: str) -> SaidNumber:
    before = text[: found.start()]
    minus = found["sign"] is not None and re.search(r"\d\s*$", before) is None
    plain = found["value"].replace(",", "")
    zero = not plain.strip("0.")
    return SaidNumber(found[0].strip(), f"-{plain}" if minus and not zero else plain, unit, before)


def _unit(text: str) -> str:
    lower = text.lower()
    if lower == "ml":
        return "mL"
    return {"m": "mm", "c": "cm", "h": "[hnsf'U]", "%": "%", "p": "%", "d": "deg", "°": "deg"}[lower[0]]
