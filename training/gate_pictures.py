"""The pictures that the gate is measured on: held-out films, the same ones turned and cut, and what is no chest film.

Held out are films of patients that taught neither the model whose heads judge a picture nor the segmenter. Nothing here
is kept or written: real films stay where they are.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from overread.ports import Picture
from overread.testing.phantoms import NEGATIVE_KINDS, PhantomRecipe, render, render_negative, sample_recipe, to_display
from training.data import Row, manifest
from training.folds import parts_of
from training.paths import data_root
from training.scope import vqa_records
from training.splits import split_of

FIRST = 910_000
"""Number of the first phantom: of patients that taught nothing."""
PHOTOGRAPHS = (
    "astronaut", "camera", "cat", "chelsea", "coffee", "coins", "grass", "gravel", "brick", "hubble_deep_field",
    "immunohistochemistry", "moon", "page", "retina", "rocket", "text", "clock", "colorwheel", "horse",
)  # fmt: skip
"""Pictures of `skimage.data`."""
TURNS: dict[str, Callable[[Picture], Picture]] = {
    "upside down": lambda shown: np.rot90(shown, 2),
    "mirrored top to bottom": lambda shown: shown[::-1],
    "a quarter clockwise": lambda shown: np.rot90(shown, 3),
    "a quarter anticlockwise": lambda shown: np.rot90(shown),
}


class Item(NamedTuple):
    """One picture, drawn or read when it is wanted."""

    kind: str
    name: str
    show: Callable[[], Picture]
    masks: bool = False
    """Whether its lungs are looked at, too."""


def held_out(source: str, views: tuple[str, ...] = ("PA", "AP", "AP supine")) -> list[Row]:
    """Give the films of a source and of some views that taught no model, in an order that is drawn once."""
    rows = manifest()
    found = [
        row
        for row, part in zip(rows, parts_of(rows), strict=True)
        if row.source == source and row.fields["view"] in views and part == "test" and row.split == "test"
    ]
    order = np.random.default_rng(19).permutation(len(found))
    return [found[place] for place in order]


def film(row: Row) -> Picture:
    """Read a film [rows, columns], 8 bits."""
    return np.asarray(Image.open(data_root() / "cxr" / row.fields["path"]).convert("L"))


def items(films: int, turned: int) -> Iterator[Item]:
    """Give every picture, the good films first."""
    adults = held_out("nih-cxr14")[:films]
    for row in adults:
        yield Item("NIH film", row.id, partial(film, row), masks=True)
    yield from _phantoms()
    for row in adults[:turned]:
        yield from _made(row)
    for source in ("covid-chestxray", "hannover", "kermany"):
        for row in held_out(source)[:40]:
            yield Item(f"{source} film", row.id, partial(film, row), masks=True)
    for row in held_out("covid-chestxray", ("L",)):
        yield Item("lateral film", row.id, partial(film, row))
    yield from _no_chest()


def _made(row: Row) -> Iterator[Item]:
    for name, turn in TURNS.items():
        yield Item(name, row.id, partial(_turned, row, turn))
    yield Item("mirrored left to right", row.id, lambda: np.ascontiguousarray(film(row)[:, ::-1]), masks=True)
    yield Item("inverted", row.id, lambda: 255 - film(row))
    yield Item("two films on one picture", row.id, lambda: _pair(film(row), gap=0.02))
    yield Item("two films, edge to edge", row.id, lambda: _pair(film(row), gap=0.0))
    yield Item("bases cut off", row.id, lambda: _cut(film(row), bottom=0.35), masks=True)
    yield Item("small on a black ground", row.id, lambda: _framed(film(row)), masks=True)


def _turned(row: Row, turn: Callable[[Picture], Picture]) -> Picture:
    return np.ascontiguousarray(turn(film(row)))


def _pair(shown: Picture, gap: float) -> Picture:
    between = np.zeros((shown.shape[0], round(gap * shown.shape[1])), np.uint8)
    return np.hstack((shown, between, shown[:, ::-1]))


def _cut(shown: Picture, bottom: float) -> Picture:
    return np.ascontiguousarray(shown[: round(shown.shape[0] * (1 - bottom))])


def _framed(shown: Picture) -> Picture:
    rows, columns = shown.shape
    canvas = np.zeros((rows * 2, columns * 2), np.uint8)
    canvas[rows // 2 : rows // 2 + rows, columns // 2 : columns // 2 + columns] = shown
    return canvas


def _phantoms() -> Iterator[Item]:
    """Give phantoms of adults whose breath, turn and field are known; the kind says which."""
    plain = {"rotation_deg": 0.0, "tilt_deg": 0.0, "inspiration": 10, "field_scale": 1.0, "offset_mm": (0.0, 0.0)}
    plain |= {"collimation": 0.0, "flipped": False, "view": "PA", "supine": False, "age_years": 50, "findings": ()}
    kinds: dict[str, dict[str, object]] = {
        "phantom": {},
        "phantom, 7 ribs": {"inspiration": 7},
        "phantom, 8 ribs": {"inspiration": 8},
        "phantom, turned by 8 degrees": {"rotation_deg": 8.0},
        "phantom, turned by 15 degrees": {"rotation_deg": -15.0},
        "phantom, field too small": {"field_scale": 0.75},
    }
    for kind, changes in kinds.items():
        for number in range(FIRST, FIRST + 12):
            recipe = sample_recipe(number, **{**plain, **changes})
            yield Item(kind, str(number), partial(_drawn, recipe), masks=True)
    for number in range(FIRST, FIRST + 20):
        recipe = sample_recipe(number, view="LATERAL")
        yield Item("lateral phantom", str(number), partial(_drawn, recipe))


def _drawn(recipe: PhantomRecipe) -> Picture:
    return to_display(render(recipe, 384))


def _no_chest() -> Iterator[Item]:
    for kind in NEGATIVE_KINDS:
        for number in range(FIRST, FIRST + 4):
            name = "blank" if kind in ("blank", "black", "white") else "drawn, no chest"
            yield Item(name, f"{kind} {number}", partial(_negative, kind, number))
    slices = {each["image_id"]: each["image"] for each in vqa_records() if each["organ"] != "CHEST"}
    for name, path in sorted(slices.items()):
        if split_of(f"vqa:{name}") == "test":
            yield Item("CT or MR slice", name, partial(_opened, data_root() / "vqa" / path))
    for name in PHOTOGRAPHS:
        yield Item("photograph", name, partial(_photograph, name))
    for number in range(12):
        yield Item("test pattern", str(number), partial(_pattern, number))


def _negative(kind: str, number: int) -> Picture:
    return (render_negative(kind, number) >> 4).astype(np.uint8)


def _opened(path: Path) -> Picture:
    return np.asarray(Image.open(path).convert("L"))


def _photograph(name: str) -> Picture:
    from skimage import data

    picture = np.asarray(getattr(data, name)())
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * 255
    return np.asarray(Image.fromarray(picture).convert("L"))


def _pattern(number: int) -> Picture:
    """Draw step wedges, bars, checks and circles, as quality films have them (TG18-QC, SMPTE RP 133)."""
    side = 512
    canvas = Image.new("L", (side, side), 20 * (number % 5))
    draw = ImageDraw.Draw(canvas)
    steps = 6 + number
    for step in range(steps):
        x = 40 + step * (side - 80) // steps
        draw.rectangle((x, 200, x + (side - 80) // steps, 300), fill=255 * step // (steps - 1))
    for line in range(0, side, 16 + 4 * number):
        draw.line((line, 0, line, 120), fill=255, width=1 + number % 4)
        draw.line((0, line, 60, line), fill=200)
    if number % 2:
        draw.ellipse((100, 320, 400, 500), outline=255, width=4)
    else:
        tile = np.kron(np.indices((8, 16)).sum(0) % 2, np.ones((20, 20))).astype(np.uint8) * 255
        canvas.paste(Image.fromarray(tile), (96, 330))
    return np.asarray(canvas)
