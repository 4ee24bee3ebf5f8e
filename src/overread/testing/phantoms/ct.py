"""A CT phantom of the chest: solids with known values, and volumes known beside the voxels.

It is a body with two lungs, heart, spine, windpipe, main bronchi and vessels, on a table; no anatomy that a person
would take for a patient's. Volumes are those of the solids in closed form, less what others take of them, counted on a
grid of half a millimetre: they owe nothing to the voxels, the threshold or the method that is measured on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from overread.records import Record
from overread.testing.phantoms.ct_shapes import Basin, Ellipsoid, Pillar, Solid, Tube, common_ml

AIR, LUNG, FAT, TISSUE, BLOOD, FLUID, BONE, EMPHYSEMA = -1000, -850, -100, 40, 45, 8, 350, -980
TABLE = -200
WALL = 1.5
"""Thickness of an airway's wall in millimetres."""


class CtRecipe(Record):
    """A CT phantom by number, size and what is in it; the same recipe gives the same voxels."""

    number: int = Field(ge=0)
    rows: int = Field(default=128, ge=16, le=1024)
    columns: int = Field(default=128, ge=16, le=1024)
    pixel_mm: tuple[float, float] = (3.0, 3.0)
    """Between rows and between columns."""
    distance_mm: float = Field(default=5.0, gt=0)
    thickness_mm: float | None = Field(default=None, gt=0)
    """Extent of a slice; None: it fills the distance to the next."""
    low_mm: float = -150.0
    high_mm: float = 150.0
    """Where the first and the last slice may lie along z, of a body whose lungs reach from -120 to 120."""
    turn_degrees: float = Field(default=0.0, ge=-45, le=45)
    """By how much the planes of the slices are turned about the patient's left-right axis; they stay above one another
    along their normal."""
    noise_hu: float = Field(default=10.0, ge=0)
    """Standard deviation of each voxel, drawn independently."""
    scale: float = Field(default=1.0, gt=0.5, lt=1.2)
    """Size of the lungs against the usual ones."""
    lung_hu: float = LUNG
    joined: bool = False
    """The lungs touch in front of the heart, as in emphysema."""
    emphysema_mm: float = Field(default=0.0, ge=0, le=40)
    """Radius of a sphere of -980 HU in the right lung."""
    nodule_mm: float = Field(default=0.0, ge=0, le=20)
    """Radius of a solid sphere inside the right lung."""
    effusion: float = Field(default=0.0, ge=0, le=0.4)
    """Part of the left lung's depth that fluid takes, at the back."""
    stomach: bool = True
    """A bubble of gas under the left lung."""


class CtTruth(NamedTuple):
    """What is in the phantom, in millilitres: air-holding lung with the vessels and nodules inside it, no airways."""

    right_lung_ml: float
    left_lung_ml: float
    emphysema_ml: float


@dataclass(frozen=True)
class CtPhantom:
    """Voxels in HU, and where they lie."""

    recipe: CtRecipe
    voxels: NDArray[np.int16]
    """[slices, rows, columns], from the feet to the head."""
    origins: NDArray[np.float64]
    """[slices, 3]: centre of the first voxel of each slice, in millimetres of the patient."""
    row: tuple[float, float, float]
    column: tuple[float, float, float]


class _Part(NamedTuple):
    solid: Solid
    hu: float


def solids(recipe: CtRecipe) -> tuple[_Part, ...]:
    """Give the parts in the order in which they are painted: a later one covers those before it."""
    right, left = _lungs(recipe)
    parts = [
        _Part(Pillar((0, 0), (172, 112)), FAT),
        _Part(Pillar((0, 0), (160, 100)), TISSUE),
        _Part(right, recipe.lung_hu),
        _Part(left, recipe.lung_hu),
        _Part(_heart(recipe), BLOOD),
        *(_Part(vessel, BLOOD) for vessel in _vessels()),
    ]
    if recipe.emphysema_mm:
        parts.append(_Part(_emphysema(recipe), EMPHYSEMA))
    if recipe.nodule_mm:
        parts.append(_Part(Ellipsoid((-85, 30, 50), (recipe.nodule_mm,) * 3), TISSUE))
    if recipe.effusion:
        parts.append(_Part(Basin(left, recipe.effusion), FLUID))
    parts += [_Part(_grown(tube), TISSUE) for tube in _airways()]
    parts += [_Part(tube, AIR) for tube in _airways()]
    parts += [_Part(Pillar((0, 78), (22, 20)), BONE), _Part(Pillar((0, 62), (11, 9)), BLOOD)]
    if recipe.stomach:
        parts.append(_Part(Ellipsoid((70, -40, -160), (38, 30, 30)), AIR))
    return (*parts, _Part(Pillar((0, 138), (200, 12)), TABLE))


@lru_cache(maxsize=32)
def truth(recipe: CtRecipe) -> CtTruth:
    """Give the volumes of the solids: exact but for what the heart, the airways and the spine take, to 0.01 %."""
    right, left = _lungs(recipe)
    covering: tuple[Solid, ...] = (_heart(recipe), *(_grown(tube) for tube in _airways()), Pillar((0, 78), (22, 20)))
    fluid: tuple[Solid, ...] = (Basin(left, recipe.effusion),) if recipe.effusion else ()
    return CtTruth(
        right_lung_ml=right.volume_ml - common_ml(right, covering),
        left_lung_ml=left.volume_ml - common_ml(left, (*fluid, *covering)),
        emphysema_ml=_emphysema(recipe).volume_ml if recipe.emphysema_mm else 0.0,
    )


def render_ct(recipe: CtRecipe, supersampling: int = 2) -> CtPhantom:
    """Paint the phantom; each voxel is the mean of `supersampling`^3 places in it, then noise is added."""
    turn = np.radians(recipe.turn_degrees)
    row, column = (1.0, 0.0, 0.0), (0.0, float(np.cos(turn)), float(np.sin(turn)))
    normal = np.cross(row, column)
    levels = np.arange(recipe.low_mm, recipe.high_mm + 1e-6, recipe.distance_mm)
    corner = -0.5 * (np.asarray(column) * (recipe.rows - 1) * recipe.pixel_mm[0]) - np.array(
        [0.5 * (recipe.columns - 1) * recipe.pixel_mm[1], 0, 0]
    )
    origins = corner[None] + levels[:, None] * normal[None] + np.array([0.0, 15.0, 0.0])
    noise = np.random.default_rng(recipe.number)
    voxels = np.empty((len(levels), recipe.rows, recipe.columns), np.int16)
    for index, origin in enumerate(origins):
        plane = np.mean([*_planes(recipe, origin, column, normal, supersampling)], axis=0)
        plane += noise.normal(0, recipe.noise_hu, plane.shape) if recipe.noise_hu else 0
        voxels[index] = np.clip(np.rint(plane), -1024, 3071)
    return CtPhantom(recipe, voxels, origins, row, column)


def _planes(
    recipe: CtRecipe,
    origin: NDArray[np.float64],
    column: tuple[float, float, float],
    normal: NDArray[np.float64],
    supersampling: int,
) -> Iterator[NDArray[np.float64]]:
    """Give the means in the plane, one for each level through the thickness of a slice."""
    thickness = recipe.thickness_mm or recipe.distance_mm
    inside = (np.arange(supersampling) + 0.5) / supersampling - 0.5
    rows = (np.arange(recipe.rows)[:, None] + inside).ravel() * recipe.pixel_mm[0]
    columns = (np.arange(recipe.columns)[:, None] + inside).ravel() * recipe.pixel_mm[1]
    x = np.float32(origin[0]) + columns.astype(np.float32)
    parts = solids(recipe)
    for level in inside * thickness:
        base = origin + level * normal
        y = (base[1] + rows * column[1]).astype(np.float32)
        z = (base[2] + rows * column[2]).astype(np.float32)
        canvas = np.full((len(y), len(x)), AIR, np.float32)
        for part in parts:
            _paint(canvas, part, x, y, z)
        shape = recipe.rows, supersampling, recipe.columns, supersampling
        yield canvas.reshape(shape).mean(axis=(1, 3), dtype=np.float64)


def _paint(
    canvas: NDArray[np.float32], part: _Part, x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]
) -> None:
    low, high = part.solid.box
    across = np.flatnonzero((x >= low[0]) & (x <= high[0]))
    down = np.flatnonzero((y >= low[1]) & (y <= high[1]) & (z >= low[2]) & (z <= high[2]))
    if not across.size or not down.size:
        return
    window = np.s_[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    points = np.empty((*canvas[window].shape, 3), np.float32)
    points[..., 0], points[..., 1], points[..., 2] = x[window[1]], y[window[0], None], z[window[0], None]
    canvas[window][part.solid.holds(points)] = part.hu


def _lungs(recipe: CtRecipe) -> tuple[Ellipsoid, Ellipsoid]:
    """Give the right and the left lung; joined ones reach over the midline in front of the heart."""
    s = recipe.scale
    reach = 12.0 if recipe.joined else 0.0
    right = Ellipsoid((-78 + reach, 0, 0), (58 * s + reach, 82 * s, 120 * s))
    left = Ellipsoid((80 - reach, 3, 2), (54 * s + reach, 80 * s, 116 * s))
    return right, left


def _heart(recipe: CtRecipe) -> Ellipsoid:
    return Ellipsoid((18, -25 if not recipe.joined else 0, -50), (52, 42, 48))


def _airways() -> tuple[Tube, ...]:
    carina = (0.0, 22.0, 25.0)
    return (
        Tube(carina, (0, 18, 400), 9.0),
        Tube(carina, (-42, 22, -8), 6.5),
        Tube(carina, (46, 22, -10), 6.0),
    )


def _grown(tube: Tube) -> Tube:
    return Tube(tube.start, tube.end, tube.radius + WALL)


def _vessels() -> tuple[Tube, ...]:
    """Give vessels that lie inside a lung wholly: they are part of its volume."""
    return (
        Tube((-60, 10, 40), (-95, 30, 70), 4.0),
        Tube((-62, -10, -20), (-100, -30, -50), 3.0),
        Tube((70, 10, 40), (100, 25, 65), 4.0),
        Tube((90, 20, -20), (105, 35, -55), 3.0),
    )


def _emphysema(recipe: CtRecipe) -> Ellipsoid:
    return Ellipsoid((-85, -20, 20), (recipe.emphysema_mm,) * 3)
