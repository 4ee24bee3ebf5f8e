"""Tell how much larger a label is seen than in an earlier picture, and what that means where it was measured.

A heart is as large as its cardiothoracic ratio: its map does not grow with it. The extent of any other label is the sum
of its map (`PlacedScores.place`) over the picture, in pixels of the picture at hand: a pixel of the earlier one counts
for as many as it covers once the lung fields lie over each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from overread.precision import settled

LEAST_RIGHT = 0.8
"""Least share of courses that must have been right for one to be told."""
LEAST_SURE = 0.65
"""Least lower end of the interval of that share."""
FEWEST = 15
"""Pairs below which nothing was measured."""
NOTHING = 1e-3
"""Added to each extent, as a part of the picture: a label that is seen nowhere has no ratio."""


@dataclass(frozen=True)
class Growing:
    """What a ratio of extents means for one label."""

    by: Literal["map", "ratio"]
    """What is compared: the map of the label, or the cardiothoracic ratio."""
    cut: float
    """Larger by this factor or more is increased, smaller by it decreased."""
    on_phantoms: bool
    on_films: bool

    def course(self, ratio: float, *, synthetic: bool) -> Literal["increased", "unchanged", "decreased"] | None:
        """Say what a ratio means on this kind of study; None where that was not measured to be right."""
        if not (self.on_phantoms if synthetic else self.on_films):
            return None
        if ratio >= self.cut:
            return "increased"
        return "decreased" if ratio <= 1 / self.cut else "unchanged"


def growing_of(entry: Mapping[str, Any]) -> Growing | None:
    """Read the `growth` of a label in heads.json; None where it was not measured."""
    growth = entry.get("growth")
    if not growth:
        return None
    by: Literal["map", "ratio"] = "ratio" if growth.get("by") == "ratio" else "map"
    return Growing(by, float(growth["cut"]), _good_enough(growth.get("phantom")), _good_enough(growth.get("film")))


def _good_enough(figures: Mapping[str, Any] | None) -> bool:
    return (
        figures is not None
        and figures["count"] >= FEWEST
        and figures["right"] >= LEAST_RIGHT
        and figures["low"] >= LEAST_SURE
    )


def extent(places: NDArray[np.float32]) -> float:
    """Give a label's extent from its map [rows, columns] over the picture: a part of the picture, 0 and up."""
    return float(places.mean())


def growth_ratio(now: float, then: float, magnified: float) -> float:
    """Give an extent over an earlier one; `magnified` is how many times larger the earlier picture is laid here."""
    return settled((now + NOTHING) / (then * magnified + NOTHING))
