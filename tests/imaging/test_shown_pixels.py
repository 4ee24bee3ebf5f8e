"""Stored values become the grey levels that a viewer shows."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from overread.testing.phantoms import render, sample_recipe, to_dicom, to_display

TWELVE = {"BitsStored": 12, "HighBit": 11}


def window(values: NDArray[Any], centre: float, width: float) -> NDArray[Any]:
    """PS3.3 C.11.2.1.2.1, written down a second time."""
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1) * 255


def test_a_window_is_applied_as_the_standard_says(reader, write, ramp) -> None:
    shown = reader.show(write(ramp, WindowCenter="2000", WindowWidth="1000", **TWELVE))
    assert np.abs(shown - window(ramp.astype(float), 2000, 1000)).max() <= 0.51


def test_rescale_comes_before_the_window(reader, write, ramp) -> None:
    path = write(ramp, RescaleSlope="2", RescaleIntercept="-1000", WindowCenter="1000", WindowWidth="2000", **TWELVE)
    assert np.abs(reader.show(path) - window(ramp * 2.0 - 1000, 1000, 2000)).max() <= 0.51


def test_a_negative_slope_turns_the_picture_around(reader, write, ramp) -> None:
    path = write(ramp, RescaleSlope="-1", RescaleIntercept="4095", WindowCenter="2048", WindowWidth="4096", **TWELVE)
    shown = reader.show(path)
    assert shown[0, 0] == 255
    assert shown[-1, -1] == 0


def test_monochrome1_is_inverted_exactly_once(reader, write, ramp) -> None:
    path = write(ramp, PhotometricInterpretation="MONOCHROME1", WindowCenter="2048", WindowWidth="4096", **TWELVE)
    assert np.abs(reader.show(path) - (255 - window(ramp.astype(float), 2048, 4096))).max() <= 0.51


def test_the_first_of_several_windows_is_used_and_said(reader, write, ramp) -> None:
    path = write(ramp, WindowCenter=["1000", "3000"], WindowWidth=["500", "400"], **TWELVE)
    study = reader.read(path)
    assert study.study.images[0].window == "window 1 of 2: centre 1000, width 500, LINEAR"
    assert "The header offers 2 windows; the first is used." in study.notes


@pytest.mark.parametrize(
    ("centre", "width", "slope"),
    [("2048", "0", "1"), ("2048", "-5", "1"), ("2048", "100", "0"), ("2048", "100", "1e300")],
)
def test_values_that_cannot_be_meant_are_left_out_with_a_note(reader, write, ramp, centre, width, slope) -> None:
    path = write(ramp, WindowCenter=centre, WindowWidth=width, RescaleSlope=slope, RescaleIntercept="0", **TWELVE)
    study = reader.read(path)
    assert any("not usable" in note for note in study.notes)
    assert np.ptp(reader.pictures[study.study.images[0].pixels_digest]) > 100


def test_a_window_that_shows_nothing_gives_way_to_percentiles(reader, write, ramp) -> None:
    study = reader.read(write(ramp, WindowCenter="60000", WindowWidth="10", **TWELVE))
    assert study.study.images[0].window.startswith("percentiles")
    assert any("single grey level" in note for note in study.notes)


def test_noise_without_a_window_is_not_blown_up(reader, write) -> None:
    noise = np.random.default_rng(1).integers(1000, 1004, (64, 64), dtype=np.uint16)
    assert np.ptp(reader.show(write(noise, **TWELVE))) < 30


def test_eight_bits_without_a_window_stay_as_they_are(reader, write) -> None:
    stored = np.arange(64, 192, dtype=np.uint8).repeat(32).reshape(64, 64)
    assert np.array_equal(reader.show(write(stored)), stored)


def test_signed_values_keep_their_order(reader, write) -> None:
    stored = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
    shown = reader.show(write(stored, **TWELVE))
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255
    assert (np.diff(shown.ravel().astype(int)) >= 0).all()


def test_padding_is_black_even_when_inverted_and_does_not_shape_the_window(reader, write) -> None:
    stored = np.random.default_rng(2).integers(1000, 2000, (64, 64), dtype=np.uint16)
    stored[:, :16] = 65535
    path = write(stored, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=65535)
    study = reader.read(path)
    shown = reader.pictures[study.study.images[0].pixels_digest]
    assert (shown[:, :16] == 0).all()
    assert np.ptp(shown[:, 16:]) > 200
    assert any("25 % of the pixels are padding" in note for note in study.notes)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_voi_table_is_looked_up(reader, write, ramp, bits) -> None:
    table = np.minimum(np.arange(4096) // 4, 2**bits - 1).astype(int)
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, bits], [int(value) for value in table]
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    study = reader.read(write(ramp, VOILUTSequence=Sequence([item]), **TWELVE))
    shown = reader.pictures[study.study.images[0].pixels_digest].ravel()
    assert study.study.images[0].window == "VOI LUT 1 of 1"
    assert np.abs(shown - table * (255 / table.max())).max() <= 0.51


def test_colour_is_shown_as_luminance(reader, write) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    study = reader.read(write(red, **elements))
    assert (reader.pictures[study.study.images[0].pixels_digest] == 76).all()
    assert any("in colour" in note for note in study.notes)


def test_each_frame_is_an_image_up_to_a_bound(reader, write) -> None:
    frames = np.zeros((70, 40, 40), np.uint8) + np.arange(70, dtype=np.uint8)[:, None, None]
    study = reader.read(write(frames, Rows=40, Columns=40, NumberOfFrames=70))
    assert [image.frame for image in study.study.images] == list(range(1, 65))
    assert reader.pictures[study.study.images[9].pixels_digest][0, 0] == 9
    assert "Frames 65 to 70 are not shown." in study.notes


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_a_radiograph_looks_the_same_however_it_is_stored(reader, tmp_path, photometric, bits) -> None:
    phantom = render(sample_recipe(5), 256)
    rescale = (0.5, -100.0) if bits == 14 else None
    path = tmp_path / "phantom.dcm"
    to_dicom(phantom, photometric=photometric, bits_stored=bits, rescale=rescale).save_as(path)
    study = reader.read(path)
    shown = reader.pictures[study.study.images[0].pixels_digest]
    assert np.abs(shown.astype(int) - to_display(phantom)).max() <= 2
    assert study.study.synthetic
    assert not any("inverted" in note for note in study.notes)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless], ids=lambda syntax: syntax.keyword
)
def test_a_radiograph_looks_the_same_however_it_is_sent(reader, tmp_path, syntax) -> None:
    phantom = render(sample_recipe(6), 256)
    path = tmp_path / "phantom.dcm"
    to_dicom(phantom, transfer_syntax=syntax).save_as(path)
    assert np.abs(reader.show(path).astype(int) - to_display(phantom)).max() <= 2


def test_big_endian_values_are_read_in_their_order(reader, write, ramp) -> None:
    little = reader.show(write(ramp, WindowCenter="2048", WindowWidth="4096", **TWELVE))
    big = write(
        ramp.byteswap(), name="big.dcm", syntax=ExplicitVRBigEndian, WindowCenter="2048", WindowWidth="4096", **TWELVE
    )
    assert np.array_equal(reader.show(big), little)


def test_polarity_is_doubted_in_a_note_and_never_flipped(reader, tmp_path) -> None:
    phantom = render(sample_recipe(5), 256)
    path = tmp_path / "phantom.dcm"
    to_dicom(phantom, PhotometricInterpretation="MONOCHROME1").save_as(path)
    study = reader.read(path)
    shown = reader.pictures[study.study.images[0].pixels_digest].astype(int)
    assert np.abs(shown - (255 - to_display(phantom).astype(int))).max() <= 2
    assert any("look inverted" in note for note in study.notes)


WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize("representation", [0, 1])
def test_values_that_lie_higher_in_their_words_are_read_there(reader, write, ramp, syntax, representation) -> None:
    low = 2048 * representation
    right = reader.show(write(ramp, **WINDOW, **TWELVE))
    words = (((ramp.astype(np.int64) - low) << 4) % 65536 + 0b1010).astype(np.uint16)
    centre = {"WindowCenter": str(2048 - low), "WindowWidth": "4096"}
    elements = {"BitsStored": 12, "HighBit": 15, "PixelRepresentation": representation, **centre}
    if syntax == RLELossless:
        path = write(words, "high.dcm", **elements)
        dataset = dcmread(path)
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.save_as(path)
    else:
        stored = words.byteswap() if syntax == ExplicitVRBigEndian else words
        path = write(stored, "high.dcm", syntax=syntax, **elements)
    read = reader.read(path)
    assert np.array_equal(reader.pictures[read.study.images[0].pixels_digest], right)
    assert any("4 bits above the lowest, as HighBit 15 says" in note for note in read.notes)


@pytest.mark.parametrize("high", [3, 16, 200])
def test_a_high_bit_that_cannot_be_meant_is_left_out_with_a_note(reader, write, ramp, high) -> None:
    right = reader.show(write(ramp, **WINDOW, **TWELVE))
    read = reader.read(write(ramp, "odd.dcm", **WINDOW, BitsStored=12, HighBit=high))
    assert np.array_equal(reader.pictures[read.study.images[0].pixels_digest], right)
    assert any(f"HighBit {high} does not fit" in note for note in read.notes)


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "noted"),
    [
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME2", "INVERSE", True, True),
        ("MONOCHROME2", "LIN OD", False, True),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME1", "IDENTITY", True, True),
    ],
)
def test_a_picture_is_inverted_once_whoever_says_so(reader, write, ramp, photometric, shape, inverted, noted) -> None:
    usual = reader.show(write(ramp, **WINDOW, **TWELVE))
    elements = {"PhotometricInterpretation": photometric, "PresentationLUTShape": shape}
    read = reader.read(write(ramp, "shape.dcm", **WINDOW, **TWELVE, **elements))
    image = read.study.images[0]
    assert np.array_equal(reader.pictures[image.pixels_digest], 255 - usual if inverted else usual)
    assert ("inverted: " in image.window) is inverted
    assert any("PresentationLUTShape" in note for note in read.notes) is noted


def test_what_was_done_to_the_values_is_told_with_the_window(reader, write, ramp) -> None:
    rescaled = {"RescaleSlope": "2", "RescaleIntercept": "-1000", "PhotometricInterpretation": "MONOCHROME1"}
    shown = reader.read(write(ramp, **WINDOW, **TWELVE, **rescaled)).study.images[0].window
    window = "window 1 of 1: centre 2048, width 4096, LINEAR"
    assert shown == f"{window}; after rescaling by 2 and -1000; inverted: MONOCHROME1"
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, 16], list(range(4096))
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    table = {"ModalityLUTSequence": Sequence([item])}
    shown = reader.read(write(ramp, "table.dcm", **WINDOW, **TWELVE, **table)).study.images[0].window
    assert shown == f"{window}; after modality LUT 1 of 1"
    read = reader.read(write(ramp, "both.dcm", **WINDOW, **TWELVE, VOILUTSequence=Sequence([item])))
    assert "The header offers 1 VOI LUT and 1 window; the first VOI LUT is used." in read.notes
