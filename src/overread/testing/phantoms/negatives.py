"""Images that are not chest radiographs, to train and test the gate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.testing.phantoms.grid import Grid, Map, chord, clutter, shell, soft_blur, tube
from overread.testing.phantoms.physics import BONE, SOFT, WHITE
from overread.testing.phantoms.streams import spread, stream

Draw = np.random.Generator


def render_negative(kind: str, number: int, size: int = 512) -> NDArray[np.uint16]:
    """Render a non-chest image of a kind in NEGATIVE_KINDS, 12-bit MONOCHROME2; KeyError for another kind."""
    draw = stream("negative", kind, number)
    image = DRAWN[kind](draw, size)
    if kind not in ("blank", "black", "white"):
        image = image * np.float32(spread(draw, 0.75, 1.05)) + np.float32(spread(draw, 0, 0.05))
        image = image + draw.normal(0, 0.012, image.shape).astype(np.float32)
    return np.clip(np.rint(image * WHITE), 0, WHITE).astype(np.uint16)


def _grid(draw: Draw, size: int, field: float) -> Grid:
    middle = (spread(draw, -0.06, 0.06) * field, spread(draw, -0.06, 0.06) * field)
    return Grid.place(size, field * spread(draw, 0.85, 1.2), spread(draw, -0.3, 0.3), middle)


def _film(draw: Draw, soft: Map, bone: Map, step: float) -> Map:
    primary = np.exp(-SOFT * soft - BONE * bone)
    signal = -np.log(primary * 0.8 + soft_blur(primary, 20 / step) * 0.2 + 1e-4)
    low, high = np.percentile(signal, [1, 99.5])
    return np.asarray(
        (0.05 + 0.85 * np.clip((signal - low) / max(high - low, 1e-3), 0, 1.1)).astype(np.float32), np.float32
    )


def _line(*points: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(points, dtype=np.float64)


def _hand(draw: Draw, size: int) -> Map:
    grid = _grid(draw, size, 230)
    soft, bone = grid.empty(), grid.empty()
    palm = tube(grid, _line((0, 20), (0, 60)), np.array([42.0, 34.0]))
    wrist = tube(grid, _line((0, 60), (0, 160)), np.array([28.0, 30.0]))
    soft = np.maximum(28 * chord(palm), 40 * chord(wrist))
    mirror = 1.0 if draw.random() < 0.5 else -1.0
    for index, (angle, length) in enumerate(((-0.95, 62), (-0.3, 84), (-0.05, 92), (0.16, 86), (0.4, 68))):
        way = np.array([np.sin(angle) * mirror, -np.cos(angle)])
        at = np.array([(-30 + 15 * index) * mirror, 34.0 if index == 0 else 20.0 - 4 * (2 - abs(index - 2))])
        soft = np.maximum(soft, 17 * chord(tube(grid, np.stack([at, at + way * length]), np.array([9.5, 7.0]))))
        base = at - way * (4 if index == 0 else 48)
        for share_from, share_to, thick in ((0.0, 0.42, 4.6), (0.46, 0.68, 4.0), (0.71, 0.86, 3.5), (0.885, 0.98, 3.0)):
            whole = length + (4 if index == 0 else 48)
            ends = np.stack([base + way * whole * share_from, base + way * whole * share_to])
            bone += shell(tube(grid, ends, np.array([thick * 1.15, thick])), thick, 1.2)
    for _ in range(8):
        x, y = spread(draw, -22, 22), spread(draw, 66, 84)
        bone += shell(tube(grid, _line((x, y), (x + 3, y + 2)), np.array([7.0, 7.0])), 6.0, 0.8)
    for offset in (-13.0, 13.0):
        bone += shell(tube(grid, _line((offset, 96), (offset * 0.9, 180)), np.array([10.0, 7.0])), 8.0, 1.8)
    return _film(draw, soft, bone, grid.step)


def _limb(draw: Draw, size: int) -> Map:
    grid = _grid(draw, size, 300)
    soft = 110 * chord(tube(grid, _line((0, -200), (spread(draw, -10, 10), 0), (0, 200)), np.array([72.0, 60.0, 54.0])))
    bone = shell(tube(grid, _line((8, -200), (0, -34), (0, -12)), np.array([16.0, 24.0, 38.0])), 18.0, 4.0)
    bone += shell(tube(grid, _line((0, 12), (0, 40), (-4, 200)), np.array([37.0, 20.0, 14.0])), 18.0, 4.0)
    bone += shell(tube(grid, _line((34, 24), (30, 200)), np.array([8.0, 6.0])), 7.0, 2.0)
    bone += shell(tube(grid, _line((0, -24), (0, -14)), np.array([20.0, 20.0])), 12.0, 1.0)
    return _film(draw, soft, bone, grid.step)


def _abdomen(draw: Draw, size: int) -> Map:
    grid = _grid(draw, size, 430)
    soft = 230 * np.sqrt(np.clip(1 - np.abs(grid.x / 165) ** 2.6, 0, None)) * (1 + 0.03 * clutter(draw, size, 3, 0.3))
    bone = grid.empty()
    for index in range(7):
        y = -170 + index * 38
        body = (np.abs(grid.x) < 24) & (np.abs(grid.y - y) < 15)
        bone += soft_blur(body.astype(np.float32), 1.5 / grid.step) * 12
        bone += 4 * np.exp(-((np.hypot(np.abs(grid.x) - 14, grid.y - y) / 6 - 1) ** 2) / 0.1)
    for sign in (-1.0, 1.0):
        ring = np.hypot((sign * grid.x - 88) / 68, (grid.y - 145) / 82)
        bone += 7 * np.exp(-(((ring - 1) / 0.09) ** 2)) + 4 * (ring < 1)
        for index in range(3):
            bone += shell(
                tube(
                    grid, _line((sign * 25, -190 + 22 * index), (sign * 150, -140 + 30 * index)), np.array([6.0, 5.5])
                ),
                4.0,
                1.0,
            )
    for _ in range(int(draw.integers(6, 18))):
        left, top, r = spread(draw, -120, 120), spread(draw, -110, 150), spread(draw, 8, 30)
        ball = np.clip(1 - ((grid.x - left) / (r * spread(draw, 0.8, 1.8))) ** 2 - ((grid.y - top) / r) ** 2, 0, None)
        soft = soft - np.minimum(1.3 * r * np.sqrt(ball), 0.5 * soft)
    return _film(draw, soft.astype(np.float32), bone.astype(np.float32), grid.step)


def _ct_slice(draw: Draw, size: int) -> Map:
    grid = _grid(draw, size, 400)
    image = np.zeros(grid.x.shape, np.float32)
    body = np.hypot(grid.x / 165, grid.y / 112) + 0.03 * clutter(draw, size, 3.5, 0.05)
    image[body < 1] = 0.42
    image[(body < 0.95)] = 0.52
    for sign in (-1.0, 1.0):
        lung = np.hypot((sign * grid.x - 75) / 58, (grid.y + 4) / 78) + 0.05 * clutter(draw, size, 3.5, 0.05)
        image[lung < 1] = 0.07
        for _ in range(40):
            x, y, r = sign * spread(draw, 30, 125), spread(draw, -65, 60), spread(draw, 0.8, 3.2)
            image[(np.hypot(grid.x - x, grid.y - y) < r) & (lung < 0.95)] = 0.5
    image[np.hypot((grid.x - 22) / 48, (grid.y + 22) / 42) < 1] = 0.58
    image[np.hypot((grid.x - 18) / 13, (grid.y - 34) / 13) < 1] = 0.62
    image[np.hypot(grid.x / 19, (grid.y - 60) / 17) < 1] = 0.82
    for angle in np.linspace(0, 2 * np.pi, 22, endpoint=False) + spread(draw, 0, 0.3):
        x, y = 148 * np.cos(angle), 98 * np.sin(angle)
        image[np.hypot((grid.x - x) / 11, (grid.y - y) / 5) < 1] = 0.9
    return np.asarray(ndimage.gaussian_filter(image, 0.8))


def _skull(draw: Draw, size: int) -> Map:
    grid = _grid(draw, size, 300)
    vault = np.hypot(grid.x / 98, (grid.y + 25) / 80)
    soft = 130 * np.sqrt(np.clip(1 - (vault / 1.06) ** 2, 0, None))
    bone = 9 * np.exp(-(((vault - 1) / 0.035) ** 2)) + 5 * np.sqrt(np.clip(1 - vault**2, 0, None))
    face = tube(grid, _line((-55, 25), (-60, 95)), np.array([45.0, 34.0]))
    soft = np.maximum(soft, 95 * chord(face))
    bone += 6 * chord(tube(grid, _line((-88, 92), (-40, 100), (-14, 60), (-8, 20)), np.array([9.0, 10.0, 9.0, 6.0])))
    bone += 8 * chord(tube(grid, _line((-60, 38), (10, 30)), np.array([9.0, 14.0])))
    soft -= 30 * np.sqrt(np.clip(1 - np.hypot((grid.x + 68) / 16, (grid.y - 45) / 16) ** 2, 0, None))
    neck = tube(grid, _line((25, 40), (20, 180)), np.array([44.0, 48.0]))
    soft = np.maximum(soft, 100 * chord(neck))
    for index in range(5):
        at = (26 - index, 62 + 20 * index)
        bone += 10 * chord(tube(grid, _line((at[0] - 6, at[1]), (at[0] + 6, at[1])), np.array([8.0, 8.0])))
    return _film(draw, np.clip(soft, 0, None).astype(np.float32), bone.astype(np.float32), grid.step)


def _photo(draw: Draw, size: int) -> Map:
    axis = np.linspace(0, 1, size, dtype=np.float32)
    u, v = np.meshgrid(axis, axis)
    horizon = spread(draw, 0.35, 0.65) + 0.03 * np.sin(u * spread(draw, 3, 12))
    image = np.where(v < horizon, 0.8 - 0.25 * v, 0.35 + 0.2 * (v - horizon)).astype(np.float32)
    for _ in range(int(draw.integers(5, 16))):
        x, y, r, level = spread(draw, 0, 1), spread(draw, 0.2, 1), spread(draw, 0.03, 0.2), spread(draw, 0.05, 0.95)
        square = draw.random() < 0.5
        shape = np.maximum(np.abs(u - x), np.abs(v - y)) < r if square else np.hypot(u - x, v - y) < r
        image[shape] = level * (0.8 + 0.4 * (u[shape] - x + r) / (2 * r))
    return np.clip(image + 0.05 * clutter(draw, size, 2.0, 0.5), 0, 1)


def _noise(draw: Draw, size: int) -> Map:
    if draw.random() < 0.5:
        return draw.random((size, size), dtype=np.float32)
    return np.asarray(np.clip(0.5 + 0.2 * clutter(draw, size, spread(draw, 0.5, 3.5), 0.5), 0, 1), np.float32)


def _text(draw: Draw, size: int) -> Map:
    image = np.full((size, size), 0.95, np.float32)
    for row in range(int(size * 0.08), int(size * 0.92), max(size // 28, 6)):
        column = int(size * 0.1)
        while column < size * spread(draw, 0.6, 0.9):
            word = int(size * spread(draw, 0.015, 0.08))
            image[row : row + max(size // 90, 2), column : column + word] = 0.1
            column += word + max(size // 90, 3)
    return image


DRAWN: dict[str, Callable[[Draw, int], Map]] = {
    "hand": _hand,
    "limb": _limb,
    "abdomen": _abdomen,
    "lateral_skull": _skull,
    "ct_slice": _ct_slice,
    "natural_photo": _photo,
    "document": _text,
    "noise": _noise,
    "blank": lambda draw, size: np.full((size, size), spread(draw, 0.05, 0.95), np.float32),
    "black": lambda draw, size: np.zeros((size, size), np.float32),
    "white": lambda draw, size: np.ones((size, size), np.float32),
}
NEGATIVE_KINDS: tuple[str, ...] = tuple(DRAWN)
"""Kinds of image that must not pass for a chest radiograph."""
