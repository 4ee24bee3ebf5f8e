"""Turn a model's map of a label into the region that its score speaks of, where such placing was measured to be right.

The map alone decides: tools run side by side, so the segmentation's masks may not be there yet. Who has them tells side
and zone of the region by `overread.reasoning.zones`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.reasoning.opinions import PLACED_RIGHT
from overread.records import Region, Scalar, Score
from overread.tools._masks import bounding_box

Map = NDArray[np.float32]
PlaceOf = Callable[[str], Map]
FRACTION = 0.2
"""A place reaches as far as the map is at least this part of its maximum (Zhou et al., CVPR 2016). On validation
phantoms the boxes overlapped more than at a half."""
RIVAL = 0.3
"""A second place on the other half of the picture whose peak is at least this part of the maximum: both sides may show
the label, and one region would tell a wrong side. From 0.75 every fifth side of an effusion was wrong."""
LEAST_SIDE = 0.85
"""Least share of right sides, of those that were told."""
LEAST_HIT = 0.6
"""Least share of places that were right, beside beating the middle of a lung."""
FEWEST = 10
"""Images that show the label, and sides that were told, below which nothing was measured."""


@dataclass(frozen=True)
class Placing:
    """How a label's places are told, and on which kinds of study that was measured to be good enough."""

    by: str
    sided: bool
    """Whether the label lies on a side: a large heart does not, and has no rival on the other."""
    on_phantoms: float | None
    """Share of places that were right; None where it is not good enough to be given."""
    on_films: float | None

    def hit(self, *, synthetic: bool) -> float | None:
        """Give the share of places that were right on this kind of study; None where none may be given."""
        return self.on_phantoms if synthetic else self.on_films


class Placed(NamedTuple):
    """Where a label is seen, and what says so."""

    region: Region
    parameters: Mapping[str, Scalar]


def place_of(
    score: Score, placing: Placing, place: PlaceOf, shape: tuple[int, ...], *, synthetic: bool
) -> Placed | None:
    """Tell where a label is seen in a picture (rows, columns); None below its threshold and where no one place shows.

    The map is asked for only where the label counts as present and placing was measured to be right.
    """
    hit = placing.hit(synthetic=synthetic)
    if hit is None or score.threshold is None or score.probability < score.threshold:
        return None
    region = region_of(place(score.label), shape, sided=placing.sided)
    return None if region is None else Placed(region, {"placed_by": placing.by, PLACED_RIGHT: hit})


def placing_of(entry: Mapping[str, Any]) -> Placing | None:
    """Read the `placing` of a label in heads.json; None where it was not measured."""
    placing = entry.get("placing")
    if not placing:
        return None
    return Placing(
        str(placing["by"]),
        bool(placing["sided"]),
        _good_enough(placing.get("phantom")),
        _good_enough(placing.get("film")),
    )


def _good_enough(figures: Mapping[str, Any] | None) -> float | None:
    """Give the hit rate if the pointing game was won: surely above the middle of a lung, and on the right side.

    A label without sides, such as a large heart, has no share of right sides.
    """
    if not figures or int(figures["count"]) < FEWEST:
        return None
    if figures.get("side") is not None and (figures["sides"] < FEWEST or figures["side"] < LEAST_SIDE):
        return None
    hit = float(figures["hit"])
    return hit if hit >= LEAST_HIT and float(figures["low"]) > float(figures["baseline"]) else None


def region_of(places: Map, shape: tuple[int, ...], *, sided: bool = True) -> Region | None:
    """Give the region, in pixels of a picture (rows, columns), around the highest place of a map over it.

    None where the map is 0 everywhere, and, of a label that has sides, where a rival place lies on the other half of
    the picture.
    """
    peak = float(places.max())
    if not peak > 0:
        return None
    parts, _ = ndimage.label(places >= FRACTION * peak)
    main = parts == parts[np.unravel_index(places.argmax(), places.shape)]
    if sided and _has_rival(places, main, peak):
        return None
    box = bounding_box(main)
    return None if box is None else _scaled(box, places.shape, shape)


def _has_rival(places: Map, main: NDArray[np.bool_], peak: float) -> bool:
    """Say whether a part as high, of which nothing is on the half of the main one, lies elsewhere."""
    middle = places.shape[1] / 2
    parts, count = ndimage.label((places >= RIVAL * peak) & ~main)
    on_left = _centre(main) < middle
    return any((_centre(parts == number) < middle) != on_left for number in range(1, count + 1))


def _centre(part: NDArray[np.bool_]) -> float:
    return float(np.nonzero(part)[1].mean() + 0.5)


def _scaled(box: Region, grid: tuple[int, ...], shape: tuple[int, ...]) -> Region:
    """Bring a box from a grid over the picture to the picture's own pixels, one at least."""
    tall, wide = shape[0] / grid[0], shape[1] / grid[1]
    left, top = int(box.x * wide), int(box.y * tall)
    right = max(left + 1, min(shape[1], round((box.x + box.width) * wide)))
    bottom = max(top + 1, min(shape[0], round((box.y + box.height) * tall)))
    return Region(x=left, y=top, width=right - left, height=bottom - top)
