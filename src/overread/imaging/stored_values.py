"""Decode the stored values of a grey image where HighBit puts them (DICOM PS3.5 8.1.1)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import RLELossless

from overread.imaging.geometry import Geometry
from overread.imaging.header_values import whole_number


class Place(NamedTuple):
    """How far stored values lie above the lowest bit of their words, and a note where that is unusual."""

    shift: int
    note: str | None


def place_of(dataset: Dataset, geometry: Geometry) -> Place:
    """Tell where the values lie; a HighBit that cannot be meant, or that a codestream has no use for, is left out."""
    high, stored = whole_number(dataset, "HighBit"), geometry.bits_stored
    if high is None or high == stored - 1:
        return Place(0, None)
    allocated = whole_number(dataset, "BitsAllocated") or stored
    if not stored - 1 <= high < allocated:
        return Place(0, f"HighBit {high} does not fit {stored} bits stored in {allocated} and is left out.")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_compressed and syntax != RLELossless:
        return Place(0, f"HighBit {high} says nothing of a compressed image and is left out.")
    shift = high + 1 - stored
    return Place(shift, f"The values lie {shift} bits above the lowest, as HighBit {high} says, and are read there.")


def stored_values(dataset: Dataset, geometry: Geometry, place: Place, index: int) -> NDArray[Any]:
    """Give one frame [rows, columns] in the range of BitsStored; bits above and below the values are dropped."""
    if not place.shift:
        return pixel_array(dataset, index=index)
    words = pixel_array(_whole_words(dataset), index=index)
    values: NDArray[Any] = (words >> place.shift) & (2**geometry.bits_stored - 1)
    if whole_number(dataset, "PixelRepresentation") != 1:
        return np.asarray(values, words.dtype)
    sign = 2 ** (geometry.bits_stored - 1)
    return np.asarray((values.astype(np.int64) ^ sign) - sign, np.dtype(f"i{words.dtype.itemsize}"))


def _whole_words(dataset: Dataset) -> Dataset:
    """Give the data set with every allocated bit stored, unsigned."""
    whole = Dataset()
    whole.update(dataset)
    whole.file_meta = dataset.file_meta
    whole.BitsStored, whole.HighBit, whole.PixelRepresentation = dataset.BitsAllocated, dataset.BitsAllocated - 1, 0
    return whole
