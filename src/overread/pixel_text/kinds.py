"""Tell what kind of text was read, so that the words themselves can be dropped."""

import re
from typing import Literal

from overread.pixel_text.found import Kind

SIDES: dict[str, Literal["L", "R"]] = {
    "L": "L",
    "LEFT": "L",
    "IZQUIERDA": "L",
    "IZQ": "L",
    "IZDA": "L",
    "R": "R",
    "RIGHT": "R",
    "DERECHA": "R",
    "DCHA": "R",
}
"""Words of lead markers. D, I, G and their like are read as text, since they are letters of names as well, or lines;
so are izquierdo and derecho, which are names."""
MARKER = re.compile(r"[^\w]*([A-Za-z]+)[^\w]*")
INSTRUCTION = re.compile(
    r"\b(ignore|disregard|forget|override|bypass|instructions?|prompts?|system|assistant|answer|respond|reply|output|"
    r"always|never|must|do not|don'?t|pretend|you are|report (?:it |this )?(?:as )?(?:normal|no)|say|state|write|"
    r"diagnos\w*|findings?|impression|normal|no acute|unremarkable|healthy|cancer)\b",
    re.IGNORECASE,
)
"""Words that no technologist puts on a film: they speak to a reader, or report."""


def side_of(words: str) -> Literal["L", "R"] | None:
    """Give the side that a lead marker names; None for any other text."""
    match = MARKER.fullmatch(words.strip())
    return SIDES.get(match[1].upper()) if match else None


def kind_of(words: str) -> Kind:
    """Sort what was read on a film."""
    if side_of(words) is not None:
        return "side_marker"
    return "instruction" if INSTRUCTION.search(words) else "text"
