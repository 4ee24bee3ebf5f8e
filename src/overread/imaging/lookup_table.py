"""Read a modality or VOI lookup table as it is meant (DICOM PS3.3 C.11.1.1.1 and C.11.2.1.1)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from overread.imaging.header_values import numbers_of, value_of

WORDS = 2**16
DEEPEST = 16
"""Bits of an entry."""


class LookupTable(NamedTuple):
    """Entries for the values from `first` on; a value outside has the nearest entry."""

    first: int
    entries: NDArray[np.int64]
    bits: int
    """Depth that the descriptor declares."""

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Look values up."""
        index = np.clip(np.rint(values).astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return self.entries[index].astype(np.float64)

    @property
    def white(self) -> float:
        """The entry that is shown white: that of the declared depth, or the highest where less than half is used."""
        declared, highest = 2.0**self.bits - 1, float(self.entries.max())
        return declared if highest > declared / 2 else max(highest, 1.0)


def lookup_table(item: Dataset, *, signed: bool) -> LookupTable | None:
    """Read a table; None for one without a descriptor, without its entries, or with too few of them.

    The sign of the first mapped value is that of the values that are looked up (`signed`), whatever its VR in the file:
    writers and readers of implicit VR guess it.
    """
    descriptor = numbers_of(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = (int(number) % WORDS for number in descriptor)
    entries = _entries(item, count or WORDS)
    if entries is None or not 1 <= bits <= DEEPEST:
        return None
    return LookupTable(first - WORDS if signed and first >= WORDS // 2 else first, entries, bits)


def _entries(item: Dataset, count: int) -> NDArray[np.int64] | None:
    """Give the entries, one to a word or, where there are half as many words, packed one to a byte."""
    data = value_of(item, "LUTData")
    if isinstance(data, bytes):
        words = np.frombuffer(data + b"\0" * (len(data) % 2), "<u2")
    elif isinstance(data, MultiValue | list | tuple | int):
        words = np.atleast_1d(np.asarray(data, np.int64) % WORDS).astype("<u2")
    else:
        return None
    if len(words) == count:
        return words.astype(np.int64)
    packed = words.view(np.uint8)
    return packed[:count].astype(np.int64) if len(words) == (count + 1) // 2 else None
