"""Of what age and sex a text says that the patient is; nothing of relatives and contacts."""

import re
from typing import Literal, NamedTuple

from overread.labeler.numbers import NUMBER_WORDS, number_of

Sex = Literal["F", "M"]
_NUMBER = rf"(?P<number>\d{{1,3}}|{NUMBER_WORDS})"
_UNIT = r"(?P<unit>years?|yrs?|y|months?|mo|weeks?|wks?|days?)"
_PERSON = r"(?:fe)?male|m[ae]n|wom[ae]n|lady|gentleman|boy|girl|infant|baby|newborn|neonate|child|patient|pt"
_OLD = rf"\b{_NUMBER}[\s-]*{_UNIT}[\s-]*(?:old\b|[./]?\s?o\b)"
_AGED = rf"\baged?:?\s+{_NUMBER.replace('number', 'aged')}\b(?!\s*(?:months|weeks|days))"
_BESIDE = (
    rf"\b(?:{_PERSON}),?\s+(?:of\s+)?{_NUMBER.replace('number', 'beside')}\s*-?{_UNIT.replace('unit', 'its')}\b"
    r"(?!\s+(?:ago|history|of))"
)
_SHORT = r"(?-i:\b(?P<short>\d{1,3})\s?y?[MF]\b)"
_AGE = re.compile(f"{_OLD}|{_AGED}|{_BESIDE}|{_SHORT}", re.IGNORECASE)
_BANDS: tuple[tuple[float, float, re.Pattern[str]], ...] = (
    (0.0, 0.3, re.compile(r"\b(?:newborn|neonat(?:e|al))\b", re.IGNORECASE)),
    (0.0, 2.0, re.compile(r"\b(?:infant|baby)\b", re.IGNORECASE)),
    (0.0, 18.0, re.compile(r"\b(?:boy|girl|toddler|child|teenager|adolescent)\b", re.IGNORECASE)),
)
_AFTER_AGE = r"(?-i:\b\d{{1,3}}\s?y?{0}\b|(?:\by[./]?\s?o\.?|years?[\s-]old)\s+{0}\b)"
_SEXES: tuple[tuple[Sex, re.Pattern[str]], ...] = (
    ("M", re.compile(rf"\b(?:male|man|gentleman|boy)\b|{_AFTER_AGE.format('M')}", re.IGNORECASE)),
    ("F", re.compile(rf"\b(?:female|woman|lady|girl|pregnan\w+)\b|{_AFTER_AGE.format('F')}", re.IGNORECASE)),
)
_OTHERS = re.compile(
    r"\b(?:contacts?|exposure|mother|father|parents?|sister|brother|siblings?|son|daughter|wife|husband|partner|family"
    r"|relatives?|children|grand\w+|donor|his|her)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[;\n]+|(?<!\.o)\.\s+(?=[A-Z])")
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 1 / 52, "d": 1 / 365}


class Described(NamedTuple):
    """Ages in years, each as the least and the most that the words allow, and sexes."""

    ages: tuple[tuple[float, float], ...]
    sexes: frozenset[Sex]


def described(text: str) -> Described:
    """Read age and sex of the patient from a text; a part that speaks of somebody else is left out."""
    ages: list[tuple[float, float]] = []
    sexes: set[Sex] = set()
    for part in _PARTS.split(text):
        if _OTHERS.search(part):
            continue
        ages += [_age(match) for match in _AGE.finditer(part)]
        ages += [(low, high) for low, high, words in _BANDS if words.search(part)]
        sexes |= {sex for sex, words in _SEXES if words.search(part)}
    return Described(tuple(ages), frozenset(sexes))


def _age(match: re.Match[str]) -> tuple[float, float]:
    said = match["number"] or match["aged"] or match["beside"] or match["short"]
    unit = (match["unit"] or match["its"] or "y")[0].lower()
    years = number_of(said) * _YEARS[unit]
    return years, years + _YEARS[unit]
