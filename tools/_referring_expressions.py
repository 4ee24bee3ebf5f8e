"""Which structures a few words of text refer to: "left lung", "both lungs", "the cardiac silhouette"."""

import re
from collections.abc import Iterable

SIDES = frozenset({"left", "right"})
SAME = {"cardiac": "heart", "pulmonary": "lung"}
"""Adjectives for the noun that a structure is named by."""


def referred(text: str, structures: Iterable[str]) -> tuple[str, ...]:
    """Give the structures that the text names, in their order; none where it names none of them.

    A structure such as `left_lung` is meant when the text has its organ, and its side or no side at all; one of both
    sides, such as `lungs`, when the text has no one side.
    """
    words = {_singular(word) for word in re.findall(r"[a-z]+", text.lower())}
    words |= {SAME[word] for word in words if word in SAME}
    sides = words & SIDES
    return tuple(name for name in structures if _is_meant(set(name.split("_")), words, sides))


def _is_meant(parts: set[str], words: set[str], sides: set[str]) -> bool:
    own, organ = parts & SIDES, {_singular(part) for part in parts - SIDES}
    if not own and organ != parts:
        return organ <= words and len(sides) != 1
    return organ <= words and (not own or not sides or bool(own & sides))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
