"""Keep the stored values of a grey image beside the 8-bit picture that is shown of it to the models.

What the codes mean follows PS3.3 C.11.1 (modality LUT, rescale) and C.11.2 (VOI LUTs and windows); nothing is windowed
here, so that a viewer can do it over again.
"""

import base64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from overread.imaging.geometry import Geometry
from overread.imaging.grayscale import BEYOND, Shown, first_table, recipe_of
from overread.imaging.header_values import numbers_of, text_of, whole_number
from overread.imaging.lookup_table import lookup_table
from overread.imaging.plain_text import plain_text
from overread.records import Greys, HeaderWindow

WORDS = 2**16
FUNCTIONS = {"": "LINEAR", "LINEAR": "LINEAR", "LINEAR_EXACT": "LINEAR_EXACT", "SIGMOID": "SIGMOID"}
MOST_WINDOWS = 8
UNSPECIFIED = {"", "US"}
"""RescaleType: `US` says that the units are unspecified (C.11.1.1.2)."""


class Coded(NamedTuple):
    """Codes [rows, columns] of a frame and what they mean."""

    codes: NDArray[np.uint16]
    greys: Greys


class Frame(NamedTuple):
    """One decoded frame: the values that occur, each pixel's place among them, and which of them are padding."""

    ramp: NDArray[np.int64]
    places: NDArray[Any]
    padding: NDArray[np.bool_]


def coded(frame: Frame, shown: Shown, polarity: str, dataset: Dataset, geometry: Geometry) -> Coded | None:
    """Give the codes of a frame; None where the picture has it all, or the values do not fit 16 bits.

    `polarity` is what says that high values are dark, empty where nothing does.
    """
    recipe, _ = recipe_of(dataset)
    table = first_table(recipe, "ModalityLUTSequence", signed=whole_number(recipe, "PixelRepresentation") == 1)
    offset = 0 if table else int(frame.ramp[0])
    codes = table.of(frame.ramp.astype(np.float64)).astype(np.int64) if table else frame.ramp - offset
    if int(codes.max()) >= WORDS:
        return None
    scale = (*numbers_of(recipe, "RescaleSlope"), *numbers_of(recipe, "RescaleIntercept"))
    slope, intercept = (scale[0], scale[1]) if len(scale) == 2 and not table else (1.0, 0.0)
    units = (np.arange(int(codes.max()) + 1, dtype=np.float64) + offset) * slope + intercept
    windows = (*_windows(recipe, dataset), *_tables(recipe, units))
    if not (windows or table or polarity) and scale in ((), (1, 0)) and np.array_equal(shown.levels, frame.ramp):
        return None
    greys = Greys(
        rows=frame.places.shape[0],
        columns=frame.places.shape[1],
        highest=int(codes.max()),
        offset=offset,
        slope=slope,
        intercept=intercept,
        unit=_unit(dataset),
        bits=geometry.bits_stored,
        inverted=bool(polarity),
        polarity=polarity[:100],
        padding=None if table else _ends(codes[frame.padding]),
        shown=packed(_spread(codes, shown.levels)),
        window=shown.window,
        windows=windows,
    )
    return Coded(codes.astype(np.uint16)[frame.places], greys)


def packed(levels: NDArray[np.uint8]) -> str:
    """Write levels as a record holds them."""
    return base64.b64encode(levels.tobytes()).decode("ascii")


def _spread(codes: NDArray[np.int64], levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each code from 0 on its level; one that does not occur has that of the next lower."""
    known, first = np.unique(codes, return_index=True)
    place = np.searchsorted(known, np.arange(int(known[-1]) + 1), side="right") - 1
    return levels[first[np.maximum(place, 0)]]


def _ends(codes: NDArray[np.int64]) -> tuple[int, int] | None:
    return (int(codes.min()), int(codes.max())) if codes.size else None


def _unit(dataset: Dataset) -> str | None:
    items = dataset.get("ModalityLUTSequence")
    named = text_of(items[0], "ModalityLUTType", 16) if items else text_of(dataset, "RescaleType", 16)
    return None if named.upper() in UNSPECIFIED else named


def _windows(recipe: Dataset, dataset: Dataset) -> tuple[HeaderWindow, ...]:
    centres, widths = numbers_of(recipe, "WindowCenter"), numbers_of(recipe, "WindowWidth")
    said = text_of(dataset, "WindowCenterWidthExplanation", 400).split("\\")
    function = FUNCTIONS.get(text_of(recipe, "VOILUTFunction").upper())
    if function is None or len(centres) != len(widths):
        return ()
    least = 1.0 if function == "LINEAR" else 1e-9
    found = []
    for number, (centre, width) in enumerate(zip(centres, widths, strict=True), start=1):
        if least <= width < BEYOND and abs(centre) < BEYOND:
            name = _named("window", number, len(centres), said[number - 1] if number <= len(said) else "")
            found.append(HeaderWindow(name=name, centre=centre, width=width, function=function))
    return tuple(found[:MOST_WINDOWS])


def _tables(recipe: Dataset, units: NDArray[np.float64]) -> tuple[HeaderWindow, ...]:
    items = recipe.get("VOILUTSequence") or ()
    found = []
    for number, item in enumerate(items[:MOST_WINDOWS], start=1):
        table = lookup_table(item, signed=bool(units.min() < 0))
        if table is not None:
            levels = np.asarray(np.rint(np.clip(table.of(units) / table.white, 0, 1) * 255), np.uint8)
            name = _named("VOI LUT", number, len(items), text_of(item, "LUTExplanation"))
            found.append(HeaderWindow(name=name, levels=packed(levels)))
    return tuple(found)


def _named(what: str, number: int, of: int, said: str) -> str:
    return plain_text(f"header {what} {number} of {of}{f': {said.strip()}' if said.strip() else ''}", 100)
