"""Map stored grey values to shown ones (DICOM PS3.3 C.11.1, C.11.2; PS3.4 N.2).

A shown value depends on its stored value alone, so pydicom's functions are applied once to each value that can occur,
not to each pixel: the same result, in a fraction of the time and memory.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence

from overread.imaging.header_values import numbers_of, text_of, value_of, whole_number
from overread.imaging.lookup_table import LookupTable, lookup_table

Values = NDArray[np.float64]
RECIPE = (
    "PhotometricInterpretation",
    "PixelRepresentation",
    "BitsStored",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "VOILUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
)
TABLES = {"modality LUT": "ModalityLUTSequence", "VOI LUT": "VOILUTSequence"}
BEYOND = 1e12
"""A value outside every sane window: its image is the end of the output range."""
PERCENTILES = (0.1, 99.9)
"""Window of an image that brings none; a thousandth at each end covers markers and dead pixels."""
NARROWEST = 64
"""The percentile window is never narrower than 2**BitsStored over this, so that noise is not blown up."""
FLAT = 0.995


class Shown(NamedTuple):
    """What `shown_levels` gives: a level for each value of the ramp, the window in words, and what was left out."""

    levels: NDArray[np.uint8]
    """Grey level of each value of the ramp, before MONOCHROME1 is inverted."""
    window: str
    notes: tuple[str, ...]


def shown_levels(ramp: NDArray[np.int64], counts: NDArray[np.int64], dataset: Dataset) -> Shown:
    """Map the stored values of `ramp` (ascending; `counts` pixels each, padding 0) to 8-bit grey levels.

    Modality LUT or rescale, then VOI LUT or the first window; without a usable one, 8-bit values as stored and else a
    percentile window. Unusable elements are left out with a note.
    """
    recipe, notes = recipe_of(dataset)
    units = _units(ramp, recipe)
    bits = whole_number(recipe, "BitsStored") or 16
    least = max(1.0, 2.0**bits / NARROWEST * float(np.ptp(units)) / max(int(np.ptp(ramp)), 1))
    windowed = _windowed(units, recipe)
    if windowed is not None:
        levels = _to_bytes(windowed)
        if not _is_flat(levels, counts) or _is_flat(_percentile(units, counts, least)[0], counts):
            return Shown(levels, _name(recipe) + _before(recipe), (*notes, *_choice(recipe)))
        notes = (*notes, "The window of the header shows a single grey level; a percentile window is used instead.")
    if bits <= 8 and windowed is None and "ModalityLUTSequence" not in recipe:
        return _whole_range(units, recipe, bits, notes)
    levels, window = _percentile(units, counts, least)
    return Shown(levels, window + _before(recipe), notes)


def _units(ramp: NDArray[np.int64], recipe: Dataset) -> Values:
    """Bring stored values to the units of the modality: by its table, else by slope and intercept."""
    table = first_table(recipe, "ModalityLUTSequence", signed=whole_number(recipe, "PixelRepresentation") == 1)
    return table.of(ramp.astype(np.float64)) if table else np.asarray(apply_modality_lut(ramp, recipe), np.float64)


def first_table(recipe: Dataset, keyword: str, *, signed: bool) -> LookupTable | None:
    """Give the first usable table of a sequence; `signed` as in `lookup_table`."""
    sequence = recipe.get(keyword)
    return lookup_table(sequence[0], signed=signed) if sequence else None


def _whole_range(units: Values, recipe: Dataset, bits: int, notes: tuple[str, ...]) -> Shown:
    """Show all that eight bits can hold, from the lowest unit to the highest: a negative slope turns it around."""
    lowest = -(2 ** (bits - 1)) if whole_number(recipe, "PixelRepresentation") == 1 else 0
    ends = _units(np.array([lowest, lowest + 2**bits - 1]), recipe)
    scaled = "RescaleSlope" in recipe and (ends[0], ends[1]) != (lowest, lowest + 2**bits - 1)
    window = f"full range, rescaled to {ends.min():g} to {ends.max():g}" if scaled else "values as stored"
    return Shown(_to_bytes((units - ends.min()) / np.ptp(ends)), window, notes)


def recipe_of(dataset: Dataset) -> tuple[Dataset, tuple[str, ...]]:
    """Copy the elements that shape grey values, without those that cannot be meant."""
    recipe, notes = Dataset(), []
    recipe.file_meta = dataset.file_meta
    for keyword in RECIPE:
        if value_of(dataset, keyword) is not None:
            recipe[keyword] = dataset[keyword]
    scale = numbers_of(recipe, "RescaleSlope") + numbers_of(recipe, "RescaleIntercept")
    named = "RescaleSlope" in recipe or "RescaleIntercept" in recipe
    if named and (len(scale) != 2 or scale[0] == 0 or max(map(abs, scale)) > BEYOND / 2**20):
        notes.append("RescaleSlope and RescaleIntercept are not usable and are left out.")
        _drop(recipe, "RescaleSlope", "RescaleIntercept")
    if ("WindowCenter" in recipe or "WindowWidth" in recipe) and not _window_usable(recipe):
        notes.append("WindowCenter and WindowWidth are not usable and are left out.")
        _drop(recipe, "WindowCenter", "WindowWidth")
    notes += [note for name, keyword in TABLES.items() if (note := _keep_usable(recipe, name, keyword))]
    return recipe, tuple(notes)


def _keep_usable(recipe: Dataset, name: str, keyword: str) -> str | None:
    """Leave out the tables that cannot be meant, and say so."""
    tables = recipe.get(keyword) or ()
    usable = [item for item in tables if lookup_table(item, signed=False)]
    if not usable:
        _drop(recipe, keyword)
    elif len(usable) < len(tables):
        setattr(recipe, keyword, Sequence(usable))
    left_out = len(tables) - len(usable)
    return f"{left_out} of {len(tables)} {name}s cannot be used and are left out." if left_out else None


def _window_usable(recipe: Dataset) -> bool:
    centres, widths = numbers_of(recipe, "WindowCenter"), numbers_of(recipe, "WindowWidth")
    if not centres or len(centres) != len(widths):
        return False
    function = text_of(recipe, "VOILUTFunction").upper() or "LINEAR"
    least = 1.0 if function == "LINEAR" else math.ulp(1.0)
    return (
        function in {"LINEAR", "LINEAR_EXACT", "SIGMOID"} and least <= widths[0] < BEYOND and abs(centres[0]) < BEYOND
    )


def _drop(recipe: Dataset, *keywords: str) -> None:
    for keyword in keywords:
        if keyword in recipe:
            del recipe[keyword]


def _windowed(units: Values, recipe: Dataset) -> Values | None:
    """Apply the first VOI LUT or window; scaled so that 0 and 1 are the ends of its output range."""
    table = first_table(recipe, "VOILUTSequence", signed=bool(units.min() < 0))
    if table is not None:
        return table.of(units) / table.white
    if "WindowCenter" not in recipe:
        return None
    with np.errstate(over="ignore"):
        result = np.asarray(apply_voi_lut(np.concatenate([units, [-BEYOND, BEYOND]]), recipe), np.float64)
    low, high = result[-2:]
    return (result[:-2] - low) / (high - low) if high != low else None


def _percentile(units: Values, counts: NDArray[np.int64], least: float) -> tuple[NDArray[np.uint8], str]:
    order = np.argsort(units, kind="stable")
    share = np.cumsum(counts[order]) / max(int(counts.sum()), 1) * 100
    low, high = (float(units[order][min(int(np.searchsorted(share, p)), units.size - 1)]) for p in PERCENTILES)
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    window = f"percentiles {PERCENTILES[0]:g} to {PERCENTILES[1]:g}: {low:g} to {high:g}"
    return _to_bytes((units - low) / (high - low)), window


def _is_flat(levels: NDArray[np.uint8], counts: NDArray[np.int64]) -> bool:
    total = int(counts.sum())
    return total == 0 or bool(np.bincount(levels, weights=counts).max() >= FLAT * total)


def _to_bytes(fractions: Values) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(fractions, 0, 1) * 255), np.uint8)


def _name(recipe: Dataset) -> str:
    if recipe.get("VOILUTSequence"):
        return f"VOI LUT 1 of {len(recipe.VOILUTSequence)}"
    centres, widths = numbers_of(recipe, "WindowCenter"), numbers_of(recipe, "WindowWidth")
    function = text_of(recipe, "VOILUTFunction").upper() or "LINEAR"
    return f"window 1 of {len(centres)}: centre {centres[0]:g}, width {widths[0]:g}, {function}"


def _before(recipe: Dataset) -> str:
    """Say what was done to the stored values before the window."""
    if recipe.get("ModalityLUTSequence"):
        return f"; after modality LUT 1 of {len(recipe.ModalityLUTSequence)}"
    scale = (*numbers_of(recipe, "RescaleSlope"), *numbers_of(recipe, "RescaleIntercept"))
    return f"; after rescaling by {scale[0]:g} and {scale[1]:g}" if len(scale) == 2 and scale != (1, 0) else ""


def _choice(recipe: Dataset) -> tuple[str, ...]:
    offered: Mapping[str, int] = {
        "VOI LUTs": len(recipe.get("VOILUTSequence") or ()),
        "windows": len(numbers_of(recipe, "WindowCenter")),
    }
    if all(offered.values()):
        return (f"The header offers {_counted(offered)}; the first VOI LUT is used.",)
    several = [f"{count} {name}" for name, count in offered.items() if count > 1]
    return (f"The header offers {' and '.join(several)}; the first is used.",) if several else ()


def _counted(offered: Mapping[str, int]) -> str:
    return " and ".join(f"{count} {name if count > 1 else name[:-1]}" for name, count in offered.items())
