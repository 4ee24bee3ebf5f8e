"""Who is on the film and how it was taken, as far as words say it."""

import re
from dataclasses import dataclass
from typing import Literal

from overread.errors import NotDrawable
from overread.testing.phantoms.recipe import View

_AGE = re.compile(r"\b(\d{1,3})[ -]?(?:years?[ -]old|yo|y/o)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(?:man|male|gentleman)\b", re.IGNORECASE)
_FEMALE = re.compile(r"\b(?:woman|female|lady)\b", re.IGNORECASE)
_AP = re.compile(r"\b(?:AP|antero-?posterior)\b(?: (?:view|film|radiograph))?", re.IGNORECASE)
_PA = re.compile(r"\b(?:PA|postero-?anterior)\b(?: (?:view|film|radiograph))?", re.IGNORECASE)
_SUPINE = re.compile(r"\bsupine\b", re.IGNORECASE)
_UPRIGHT = re.compile(r"\b(?:erect|upright|standing)\b", re.IGNORECASE)
OLDEST = 110


@dataclass(frozen=True)
class Frame:
    """What is None is left to the draw."""

    age_years: int | None = None
    sex: Literal["F", "M"] | None = None
    view: View | None = None
    supine: bool | None = None

    @property
    def said(self) -> bool:
        """Say whether words told anything of it."""
        return self != Frame()


def frame_of(text: str) -> tuple[Frame, str]:
    """Give the frame that words tell, and the text without them; raises `NotDrawable` where they contradict."""
    ages = {int(found[1]) for found in _AGE.finditer(text)}
    sexes = _one(text, (("F", _FEMALE), ("M", _MALE)))
    views = _one(text, (("AP", _AP), ("PA", _PA)))
    lies = _one(text, (("supine", _SUPINE), ("upright", _UPRIGHT)))
    if len(ages) > 1 or any(age > OLDEST for age in ages):
        raise NotDrawable(f"one age is needed, 0 to {OLDEST} years")
    if views == "PA" and lies == "supine":
        raise NotDrawable("a supine film is taken AP; leave 'PA' or 'supine' out")
    frame = Frame(
        age_years=next(iter(ages), None),
        sex="F" if sexes == "F" else "M" if sexes == "M" else None,
        view="AP" if views == "AP" or lies == "supine" else "PA" if views == "PA" else None,
        supine=None if lies is None else lies == "supine",
    )
    return frame, _without(text, (_AGE, _MALE, _FEMALE, _AP, _PA, _SUPINE, _UPRIGHT))


def _one(text: str, kinds: tuple[tuple[str, re.Pattern[str]], ...]) -> str | None:
    found = [name for name, pattern in kinds if pattern.search(text)]
    if len(found) > 1:
        raise NotDrawable(f"the words say both {found[0]} and {found[1]}; leave one out")
    return found[0] if found else None


def _without(text: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    for pattern in patterns:
        text = pattern.sub(" ", text)
    return " ".join(text.split())
