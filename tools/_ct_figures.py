"""What is measured on the lungs of a chest CT, slice by slice: volume, mean density, part of low attenuation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.imaging.stack import Stack
from overread.records import Measurement
from overread.tools._ct_lungs import LEFT, OTHER, RIGHT, THRESHOLD, Territories
from overread.tools._masks import BoolPlane, filled

EMPHYSEMA = -950
"""HU below which lung counts as of low attenuation on CT in inspiration (Gevenois et al., AJRCCM 1996)."""
BELOW = f"below_{-EMPHYSEMA}"
"""The end of a measurement's name: the part of a lung that is below it."""
HOUNSFIELD = "[hnsf'U]"
"""The unit, in UCUM."""
NAMES: Mapping[int, str] = {RIGHT: "right_lung", LEFT: "left_lung"}
MOST_ML = 6000.0
"""Of one lung: none is larger, so that the mask is not of a lung alone."""
THIN_MM = 2.5
"""Distance and thickness of slices up to which the part of low attenuation is given: thicker ones average it away."""
VOLUME = f"voxels below {THRESHOLD} HU in the body and what they enclose in a slice, main airways taken out (Hu 2001)"
DENSITY = "mean over voxels that hold air, without those at the edge of it in their slice; breath and contrast unknown"
LOW = "part of the same voxels; breath, reconstruction kernel and noise change it, and none of them is corrected for"


@dataclass
class Tally:
    """Voxels of one lung, counted up slice by slice."""

    voxels: int = 0
    """With vessels and nodules inside it."""
    inner: int = 0
    """Voxels that hold air, without those at the edge of it in their slice."""
    total_hu: int = 0
    """Of the inner ones."""
    low: int = 0
    """Inner ones below -950 HU."""

    def add(self, lung: "LungSlice", values: NDArray[np.int16]) -> None:
        """Count a slice; `values` are of all of it, [rows, columns]."""
        inner = values[ndimage.binary_erosion(lung.airy)]
        self.voxels += int(lung.mask.sum())
        self.inner += int(inner.size)
        self.total_hu += int(inner.sum(dtype=np.int64))
        self.low += int((inner < EMPHYSEMA).sum())


class LungSlice(NamedTuple):
    """One lung on one slice, [rows, columns] each."""

    mask: BoolPlane
    """With what it encloses: vessels, nodules, walls of small airways; without the lumen of the main ones."""
    airy: BoolPlane
    """Its voxels that hold air."""


def lung_masks(values: NDArray[np.int16], cells: NDArray[np.uint8]) -> dict[int, LungSlice]:
    """Give the lungs that are on a slice; `cells` [rows, columns] says of each voxel in whose territory it lies."""
    low = values < THRESHOLD
    found = {}
    for side in NAMES:
        airy = low & (cells == side)
        if airy.any():
            found[side] = LungSlice(filled(airy) & (cells != OTHER) & (cells != RIGHT + LEFT - side), airy)
    return found


def withheld(side: int, tally: Tally, stack: Stack, found: Territories) -> str | None:
    """Say why nothing is measured of a lung, or None."""
    if side in found.cut_off:
        return "it reaches the end of the series: the whole of it is not there"
    if tally.voxels * stack.voxel_ml > MOST_ML:
        return f"its mask has more than {MOST_ML:.0f} mL, which no lung has"
    return None if tally.inner else "too little of it was found"


def measures(name: str, tally: Tally, stack: Stack) -> Iterator[Measurement]:
    """Give volume (mL), mean density (HU) and, of thin slices, the part below -950 HU (%) of a lung."""
    yield Measurement(name=f"{name}_volume", value=round(tally.voxels * stack.voxel_ml, 1), unit="mL", method=VOLUME)
    mean = round(tally.total_hu / tally.inner, 1)
    yield Measurement(name=f"{name}_mean_density", value=mean, unit=HOUNSFIELD, method=DENSITY)
    if max(stack.distance_mm, stack.thickness_mm or stack.distance_mm) <= THIN_MM:
        part = round(100 * tally.low / tally.inner, 2)
        yield Measurement(name=f"{name}_{BELOW}", value=part, unit="%", method=LOW)
