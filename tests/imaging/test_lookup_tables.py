"""Lookup tables are applied by the values that they map, and left out aloud where they cannot be meant."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from overread.imaging.lookup_table import lookup_table

TWELVE = {"BitsStored": 12, "HighBit": 11}
FULL = {"WindowCenter": "2048", "WindowWidth": "4096"}


def table(descriptor: list[int], data: Any, *, vr: str = "US", data_vr: str | None = None) -> Dataset:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = descriptor, data
    item["LUTDescriptor"].VR, item["LUTData"].VR = vr, data_vr or ("OW" if isinstance(data, bytes) else "US")
    return item


def packed(values: list[int]) -> list[int]:
    """Put two 8-bit entries into each word, the first one low."""
    return np.array(values, np.uint8).view("<u2").tolist()


@pytest.mark.parametrize(
    ("item", "signed", "first"),
    [
        (table([4, 40000, 12], [0, 1, 2, 3]), False, 40000),
        (table([4, 40000 - 65536, 12], [0, 1, 2, 3], vr="SS"), False, 40000),
        (table([4, 64512, 12], [0, 1, 2, 3]), True, -1024),
        (table([4, -1024, 12], [0, 1, 2, 3], vr="SS"), True, -1024),
        (table([4, 7, 12], [0, 1, 2, 3]), True, 7),
    ],
)
def test_the_sign_of_the_first_value_is_that_of_what_is_mapped(item: Dataset, signed: bool, first: int) -> None:
    found = lookup_table(item, signed=signed)
    assert found is not None
    assert found.first == first
    assert found.of(np.array([first - 9.0, first, first + 2.4, first + 99])).tolist() == [0, 0, 2, 3]


@pytest.mark.parametrize(
    "data",
    [
        [10, 20, 30, 40],
        np.array([10, 20, 30, 40], "<u2").tobytes(),
        bytes([10, 20, 30, 40]),
        packed([10, 20, 30, 40]),
    ],
)
def test_entries_are_words_or_packed_bytes(data: Any) -> None:
    found = lookup_table(table([4, 0, 8], data), signed=False)
    assert found is not None
    assert found.entries.tolist() == [10, 20, 30, 40]


@pytest.mark.parametrize(
    "item",
    [
        Dataset(),
        table([4, 0, 8], [1, 2, 3]),
        table([4, 0, 8], [1, 2, 3, 4, 5]),
        table([4, 0, 0], [1, 2, 3, 4]),
        table([4, 0, 32], [1, 2, 3, 4]),
        table([4, 0], [1, 2, 3, 4]),
    ],
)
def test_a_table_that_cannot_be_meant_is_none(item: Dataset) -> None:
    assert lookup_table(item, signed=False) is None


@pytest.mark.parametrize("broken", [Dataset(), table([4096, 0, 12], list(range(4000)))])
def test_a_broken_table_is_left_out_aloud_and_the_window_is_used(reader, write, ramp, broken: Dataset) -> None:
    study = reader.read(write(ramp, VOILUTSequence=Sequence([broken]), **FULL, **TWELVE))
    assert study.study.images[0].window.startswith("window 1 of 1")
    assert any("1 of 1 VOI LUTs cannot be used" in note for note in study.notes)


def test_a_usable_table_behind_a_broken_one_is_used(reader, write, ramp) -> None:
    good = table([4096, 0, 12], list(range(4095, -1, -1)))
    study = reader.read(write(ramp, VOILUTSequence=Sequence([Dataset(), good]), **TWELVE))
    shown = reader.pictures[study.study.images[0].pixels_digest]
    assert (shown[0, 0], shown[-1, -1]) == (255, 0)
    assert any("1 of 2 VOI LUTs cannot be used" in note for note in study.notes)


def test_a_broken_modality_table_is_left_out_aloud(reader, write, ramp) -> None:
    study = reader.read(write(ramp, ModalityLUTSequence=Sequence([Dataset()]), **FULL, **TWELVE))
    assert any("1 of 1 modality LUTs cannot be used" in note for note in study.notes)


@pytest.mark.parametrize("container", [np.uint8, np.uint16])
def test_eight_bits_are_rescaled_whatever_holds_them(reader, write, container: type) -> None:
    stored = np.arange(4096).reshape(64, 64).astype(np.uint8).astype(container)
    eight = {"BitsStored": 8, "HighBit": 7}
    turned = reader.read(write(stored, RescaleSlope="-1", RescaleIntercept="255", **eight))
    shown = reader.pictures[turned.study.images[0].pixels_digest]
    assert (shown == 255 - stored).all()
    assert turned.study.images[0].window == "full range, rescaled to 0 to 255"
    plain = reader.read(write(stored, RescaleSlope="1", RescaleIntercept="0", **eight))
    assert plain.study.images[0].window == "values as stored"
