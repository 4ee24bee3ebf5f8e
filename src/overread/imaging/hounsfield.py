"""Hounsfield units out of the kept stored values of a CT slice (DICOM PS3.3 C.11.1.1.2, C.7.5.1.1.2)."""

import numpy as np
from numpy.typing import NDArray

from overread.records import Greys

AIR = -1024
"""What stands for pixels outside of what was scanned, and the lowest value given."""
DENSEST = 3071
"""The highest value given: that of twelve bits from -1024 on; metal is cut off there."""


def hounsfield(codes: NDArray[np.uint16], greys: Greys) -> NDArray[np.int16]:
    """Give the values of a slice [rows, columns] in HU, padding as air, cut to -1024 to 3071."""
    units = (np.arange(greys.highest + 1, dtype=np.float64) + greys.offset) * greys.slope + greys.intercept
    table = np.rint(np.clip(units, AIR, DENSEST)).astype(np.int16)
    if greys.padding is not None:
        table[greys.padding[0] : greys.padding[1] + 1] = AIR
    return np.asarray(table[codes])
