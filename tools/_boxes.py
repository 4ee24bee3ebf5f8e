"""Where a VLM that was taught to says a finding lies: a box in answer to a second question."""

import re
from collections.abc import Mapping
from typing import Any

from overread import weights
from overread.errors import Unavailable
from overread.imaging.letterbox import letterbox
from overread.ports import BackendCard, Picture
from overread.reasoning.vocabulary import TERMS
from overread.records import Region

EDGES = re.compile(r"(\d{1,2}) (\d{1,2}) (\d{1,2}) (\d{1,2})")
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "pattern": r"^(none|\d\d \d\d \d\d \d\d)$"}},
    "required": ["answer"],
    "additionalProperties": False,
}
LAST = 99
"""Edges are hundredths of the model's square canvas, 0 to 99."""
SUFFICIENT = 0.5
"""Share of held-out boxes that overlapped the true one, from which a model's boxes are shown."""
CANVAS = 240


def placed_labels(model: BackendCard, *, synthetic: bool) -> frozenset[str]:
    """Name the labels whose boxes were measured to be worth showing on this kind of study."""
    try:
        card = weights.beside(weights.folder_of(model), "card.json") or {}
    except Unavailable:
        return frozenset()
    tables = (card.get("results") or {}).get("grounding") or {}
    kind = "phantom" if synthetic else "real"
    blind = tables.get(f"{kind}, shuffled images") or {}
    return frozenset(
        label for label, figure in (tables.get(kind) or {}).items() if _is_seen(figure, blind.get(label) or {})
    )


def _is_seen(figure: Mapping[str, Any], blind: Mapping[str, Any]) -> bool:
    """Say whether boxes are right often enough, and beyond doubt more often than those drawn for another image."""
    value, low, chance = (table.get(key) for table, key in ((figure, "value"), (figure, "low"), (blind, "high")))
    if value is None or low is None or chance is None:
        return False
    return bool(value >= SUFFICIENT and low > chance)


def box_question(label: str) -> str:
    """Ask for the box around all that there is of a label, in the words that the embedded model was taught."""
    return f"Give the box of the {TERMS[label].noun}."


def region_of(words: str, picture: Picture) -> Region | None:
    """Read left, top, right, bottom on the model's canvas as a region of the picture; None when it is no box there."""
    match = EDGES.fullmatch(words.strip())
    if match is None:
        return None
    box = letterbox(picture, CANVAS)
    left, top, right, bottom = (int(edge) / LAST * CANVAS for edge in match.groups())
    columns = [_along(edge, box.left, box.width, picture.shape[1]) for edge in (left, right)]
    rows = [_along(edge, box.top, box.height, picture.shape[0]) for edge in (top, bottom)]
    width, height = columns[1] - columns[0], rows[1] - rows[0]
    return Region(x=columns[0], y=rows[0], width=width, height=height) if min(width, height) > 0 else None


def _along(edge: float, start: int, length: int, pixels: int) -> int:
    return round(min(1.0, max(0.0, (edge - start) / length)) * pixels)
