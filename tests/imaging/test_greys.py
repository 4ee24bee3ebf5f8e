"""The stored values of a picture are kept, with what they mean."""

import base64

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from overread.admission import content_of
from overread.records import Case, Greys, Order

TWELVE = {"BitsStored": 12, "HighBit": 11}


def kept(reader, *paths):
    """Give codes, meaning and picture of the one image of an input."""
    (image,) = reader.read(*paths).study.images
    assert image.greys_digest is not None
    return (*reader.greys[image.greys_digest], reader.pictures[image.pixels_digest])


def levels_of(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8)


def units_of(codes: np.ndarray, greys: Greys) -> np.ndarray:
    return (codes.astype(float) + greys.offset) * greys.slope + greys.intercept


def test_every_stored_value_comes_back_in_its_units(reader, write, ramp) -> None:
    path = write(ramp, RescaleSlope="2", RescaleIntercept="-1000", RescaleType="HU", WindowCenter="1000",
                 WindowWidth="2000", **TWELVE)  # fmt: skip
    codes, greys, picture = kept(reader, path)
    assert np.array_equal(units_of(codes, greys), ramp * 2.0 - 1000)
    assert (greys.unit, greys.bits, greys.inverted, greys.padding) == ("HU", 12, False, None)
    assert np.array_equal(levels_of(greys.shown)[codes], picture)


def test_signed_values_are_kept_by_their_distance_to_the_lowest(reader, write) -> None:
    stored = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
    codes, greys, _ = kept(reader, write(stored, PixelRepresentation=1, **TWELVE))
    assert greys.offset == -2048
    assert np.array_equal(units_of(codes, greys), stored)


def test_monochrome1_is_told_and_not_turned_around(reader, write, ramp) -> None:
    codes, greys, picture = kept(reader, write(ramp, PhotometricInterpretation="MONOCHROME1", **TWELVE))
    assert np.array_equal(codes, ramp - ramp.min())
    assert greys.inverted
    assert "MONOCHROME1" in greys.polarity
    assert np.array_equal(255 - levels_of(greys.shown)[codes], picture)


def test_all_windows_of_the_header_are_offered_with_their_names(reader, write, ramp) -> None:
    said = ["NORMAL", "HARDER"]
    path = write(ramp, WindowCenter=["1000", "3000"], WindowWidth=["500", "400"], WindowCenterWidthExplanation=said,
                 **TWELVE)  # fmt: skip
    _, greys, _ = kept(reader, path)
    assert [(one.name, one.centre, one.width, one.function) for one in greys.windows] == [
        ("header window 1 of 2: NORMAL", 1000, 500, "LINEAR"),
        ("header window 2 of 2: HARDER", 3000, 400, "LINEAR"),
    ]


def test_a_voi_table_is_offered_as_what_it_makes_of_each_code(reader, write, ramp) -> None:
    item = Dataset()
    item.LUTDescriptor = [4096, 0, 8]
    item.LUTData = (np.arange(4096) // 16).astype("<u2").tobytes()
    codes, greys, picture = kept(reader, write(ramp, VOILUTSequence=Sequence([item]), **TWELVE))
    (table,) = greys.windows
    assert table.levels is not None
    assert np.array_equal(levels_of(table.levels)[codes], picture)


def test_padding_is_told_by_its_codes(reader, write, ramp) -> None:
    stored = ramp.copy()
    stored[:8] = 0
    codes, greys, picture = kept(reader, write(stored, PixelPaddingValue=0, **TWELVE))
    assert greys.padding == (0, 0)
    assert (picture[codes == 0] == 0).all()


def test_values_are_hung_like_their_picture(reader, write, ramp) -> None:
    path = write(ramp, PatientOrientation=["R", "F"], WindowCenter="2000", WindowWidth="4000", **TWELVE)
    codes, greys, picture = kept(reader, path)
    assert np.array_equal(codes, (ramp - ramp.min())[:, ::-1])
    assert np.array_equal(levels_of(greys.shown)[codes], picture)


def test_eight_bits_as_stored_are_in_the_picture_and_kept_once(reader, write) -> None:
    stored = np.arange(64, 192, dtype=np.uint8).repeat(32).reshape(64, 64)
    (image,) = reader.read(write(stored)).study.images
    assert image.greys_digest is None
    assert reader.greys == {}


def test_a_plain_picture_of_16_bits_keeps_them(reader, tmp_path) -> None:
    stored = (np.arange(4096, dtype=np.uint16) * 15 + 7).reshape(64, 64)
    Image.fromarray(stored).save(tmp_path / "deep.png")
    codes, greys, picture = kept(reader, tmp_path / "deep.png")
    assert np.array_equal(units_of(codes, greys), stored)
    assert np.array_equal(levels_of(greys.shown)[codes], picture)


@pytest.mark.parametrize("bits", [16, 12])
def test_a_case_keeps_its_id_whether_values_are_kept_or_not(reader, write, ramp, bits) -> None:
    study = reader.read(write(ramp, BitsStored=bits, HighBit=bits - 1)).study
    (image,) = study.images
    assert image.greys_digest is not None
    (series,) = study.series
    older = series.model_copy(update={"images": (image.model_copy(update={"greys_digest": None}),)})
    without = study.model_copy(update={"series": (older,)})
    ids = {content_of(Case(case_id="", profile="", order=Order(), study=one), None, b"k") for one in (study, without)}
    assert len(ids) == 1
