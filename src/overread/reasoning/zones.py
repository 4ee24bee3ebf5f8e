"""In which zone of which lung a region lies, by the boxes around the lungs.

Lobes overlap on a frontal film: its places are told by zones, upper, mid and lower, each about a third of the lung's
height, and the lower one goes on below the dome of the diaphragm (radiologymasterclass.co.uk, Chest X-ray Anatomy, Lung
zones). Some read the limits off the anterior ribs 2 and 4, which nobody finds here. Two places have names of their own:
the costophrenic angle, the lowest outer corner of a lung, and what the heart hides of the left lower zone, which is
retrocardiac.

Left and right are the patient's. The patient's right lung is usually on the left of the picture, but that is read off
the boxes, never assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from overread.records import Region, ZoneName

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
THIRDS: tuple[ZoneName, ...] = ("upper", "mid", "lower")

DOME = 0.86
"""Part of the height of a lung's box that lies above the dome of the diaphragm, and that the thirds are of; the rest is
the recess down to the costophrenic angle. By it the zones of phantoms are told as they were drawn."""
TOUCHED = 0.15
"""Part of a region's width or height from which it counts as reaching over the midline, or into a zone."""
BEHIND = 0.5
"""Part of a region's area that lies behind the heart, from which it is retrocardiac."""
REACH = 0.25
"""Part of a lung's width or height that a region may be away from it."""
CORNER = (0.5, 0.25)
"""The costophrenic angle: outer part of a lung's width and lowest part of its height that hold the whole region."""

NAMES: Mapping[ZoneName, str] = {
    "upper": "upper zone",
    "mid": "mid zone",
    "lower": "lower zone",
    "retrocardiac": "retrocardiac region",
    "costophrenic": "costophrenic angle",
}
MIRRORED_FIT = "mirrored_fit"
"""Name of the measurement that says how much better a picture fits once it is mirrored."""


@dataclass(frozen=True)
class Zone:
    """A place in the chest, as a report names it."""

    side: Side
    name: ZoneName

    @property
    def phrase(self) -> str:
        """Say it: 'right lower zone', 'left costophrenic angle', 'left retrocardiac region'."""
        return f"{self.side} {NAMES[self.name]}"


def zone_of(region: Region, lungs: Mapping[Side, Region], heart: Region | None = None) -> Zone | None:
    """Name the zone that a region lies in, given the boxes around the lungs and, where there is one, the heart.

    All are in pixels of one image. A region that reaches into two zones is in the one that holds more of it. None where
    it reaches over both sides or all three zones, lies off the lung, or where a lung is missing.
    """
    side = side_of(region, lungs)
    if side is None:
        return None
    lung = lungs[side]
    third = None if _off(region, lung) else _third(region, lung)
    if third != "lower":
        return None if third is None else Zone(side, third)
    if heart is not None and side == "left" and _common(region, heart) >= BEHIND * region.width * region.height:
        return Zone(side, "retrocardiac")
    if _in_corner(region, lung, outer_is_left=_middle(lung) < _middle(lungs[_OTHER[side]])):
        return Zone(side, "costophrenic")
    return Zone(side, "lower")


def side_of(region: Region, lungs: Mapping[Side, Region]) -> Side | None:
    """Name the side of the midline that a region lies on; None where it reaches over it or a lung is missing.

    The midline runs half way between the lungs' inner edges.
    """
    if not {"left", "right"} <= lungs.keys():
        return None
    first, second = sorted(SIDES, key=lambda side: _middle(lungs[side]))
    if _middle(lungs[first]) == _middle(lungs[second]):
        return None
    midline = (lungs[first].x + lungs[first].width + lungs[second].x) / 2
    before = min(max((midline - region.x) / region.width, 0.0), 1.0)
    if TOUCHED < before < 1 - TOUCHED:
        return None
    return first if before >= 1 - TOUCHED else second


_OTHER: Mapping[Side, Side] = {"left": "right", "right": "left"}


def heart_shift(right: Region, left: Region, heart: Region) -> float:
    """Give how far the heart's middle lies towards the patient's right of the thorax's, as a part of its width.

    The boxes are those of both lungs and the heart; of a usual heart it is below 0.
    """
    start, end = min(right.x, left.x), max(right.x + right.width, left.x + left.width)
    towards_left = 1.0 if _middle(left) > _middle(right) else -1.0
    return -towards_left * (_middle(heart) - (start + end) / 2) / (end - start)


def heart_lean(lungs: Region, heart: Region) -> float:
    """Give how far the heart's middle lies to the right *in the picture* of that of both lungs, by their width.

    It says nothing of the patient's sides.
    """
    return (_middle(heart) - _middle(lungs)) / lungs.width


def _middle(region: Region) -> float:
    return region.x + region.width / 2


def _third(region: Region, lung: Region) -> ZoneName | None:
    """Name the third of a lung's height with most of a region; above the apex is upper, below the dome is lower."""
    edges = (lung.y + DOME * lung.height / 3, lung.y + 2 * DOME * lung.height / 3)
    top, bottom = float(region.y), float(region.y + region.height)
    starts, ends = (top, *(max(edge, top) for edge in edges)), (*(min(edge, bottom) for edge in edges), bottom)
    shares = [max(0.0, end - start) / region.height for start, end in zip(starts, ends, strict=True)]
    if min(shares) >= TOUCHED:
        return None
    return THIRDS[shares.index(max(shares))]


def _off(region: Region, lung: Region) -> bool:
    """Say whether a region is too far from a lung to be told by it: fluid and ribs lie beside what is seen as lung."""
    beside = max(region.x - lung.x - lung.width, lung.x - region.x - region.width)
    above = max(region.y - lung.y - lung.height, lung.y - region.y - region.height)
    return beside > REACH * lung.width or above > REACH * lung.height


def _in_corner(region: Region, lung: Region, *, outer_is_left: bool) -> bool:
    wide, tall = CORNER
    inner = region.x + region.width - lung.x if outer_is_left else lung.x + lung.width - region.x
    return inner <= wide * lung.width and lung.y + lung.height - region.y <= tall * lung.height


def _common(one: Region, other: Region) -> float:
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    tall = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return float(max(0, wide) * max(0, tall))
