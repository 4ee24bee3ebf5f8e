"""A picture hangs by its header: left and right come out right in every hanging, or are not told."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from overread.admission import content_of
from overread.imaging.hanging import hanging_of, hung
from overread.records import Case
from overread.testing.phantoms import render, sample_recipe, to_dicom

HANGINGS = [
    *product("LR", "FH"),
    *((row, column) for column, row in product("LR", "FH")),
]
"""PatientOrientation of the eight ways in which a frontal picture can lie: four turns, each also mirrored."""
USUAL = np.arange(48, dtype=np.uint8).reshape(6, 8)
"""Rows toward the left, columns toward the feet."""


def header(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def stored(usual: NDArray[Any], row: str, column: str) -> NDArray[Any]:
    """Lay a picture that hangs the usual way as PatientOrientation says, written from the definition."""
    toward = {"L": (0, 1), "R": (0, -1), "F": (1, 0), "H": (-1, 0)}
    along_row, along_column = np.array(toward[row]), np.array(toward[column])
    rows, columns = np.abs(np.stack([along_column, along_row]) @ np.array(usual.shape))
    start = (np.array([along_row, along_column]).sum(axis=0) < 0) * (np.array(usual.shape) - 1)
    laid = np.empty((rows, columns), usual.dtype)
    for r, c in np.ndindex(laid.shape):
        laid[r, c] = usual[tuple(start + r * along_column + c * along_row)]
    return laid


@pytest.mark.parametrize(("row", "column"), HANGINGS)
@pytest.mark.parametrize("view", ["PA", "AP", None])
def test_each_of_the_eight_hangings_is_shown_the_usual_way(row, column, view) -> None:
    hanging, notes = hanging_of(header(PatientOrientation=[row, column]), view)
    assert np.array_equal(hung(stored(USUAL, row, column), hanging), USUAL)
    assert hanging.sides == "stated"
    assert bool(notes) is ((row, column) != ("L", "F"))
    assert all("so that it hangs the usual way" in note for note in notes)


@pytest.mark.parametrize(
    ("cosines", "same"), [([1, 0, 0, 0, 0, -1], ["L", "F"]), ([-0.99, 0.1, 0, 0, 0, 1], ["R", "H"])]
)
def test_an_orientation_in_numbers_says_the_same(cosines, same) -> None:
    numbered = hanging_of(header(ImageOrientationPatient=cosines), "PA")[0]
    worded = hanging_of(header(PatientOrientation=same), "PA")[0]
    assert numbered == worded.model_copy(update={"stated": None})


@pytest.mark.parametrize(("row", "column"), HANGINGS)
def test_a_film_is_read_into_the_same_picture_however_it_lies(reader, tmp_path, row, column) -> None:
    phantom = render(sample_recipe(5, view="PA", flipped=False), 96)
    dataset = to_dicom(phantom, ImagerPixelSpacing=["0.2", "0.3"] if row in "LR" else ["0.3", "0.2"])
    dataset.save_as(tmp_path / "usual.dcm")
    laid = stored(dataset.pixel_array[:80], row, column)
    dataset.Rows, dataset.Columns = laid.shape
    dataset.PixelData, dataset.PatientOrientation = laid.astype("<u2").tobytes(), [row, column]
    dataset.save_as(tmp_path / "laid.dcm")
    image = (read := reader.read(tmp_path / "laid.dcm")).study.images[0]
    assert (image.rows, image.columns) == (80, 96)
    assert np.array_equal(reader.pictures[image.pixels_digest], reader.show(tmp_path / "usual.dcm")[:80])
    assert image.spacing is not None
    assert (image.spacing.row_mm, image.spacing.column_mm) == (0.2, 0.3)
    assert image.hanging is not None
    assert (image.hanging.stated, image.sides) == (f"{row}\\{column}", "stated")
    assert read.headers[image.sop_instance_uid]["Rows"] == str(laid.shape[0])


def test_an_orientation_that_was_corrected_is_another_case(reader, tmp_path) -> None:
    phantom = render(sample_recipe(5, view="PA", flipped=False), 96)
    cases = []
    for orientation in (["L", "F"], ["LA", "F"], ["R", "F"], ["A", "F"], None):
        to_dicom(phantom, PatientOrientation=orientation).save_as(tmp_path / "film.dcm")
        study = reader.read(tmp_path / "film.dcm").study
        case = Case(case_id="c", profile="embedded", study=study)
        cases.append(content_of(case, None, b"key"))
    assert len(set(cases)) == len(cases)


@pytest.mark.parametrize(
    "elements",
    [
        {"PatientOrientation": ["A", "F"]},
        {"PatientOrientation": ["L", "P"]},
        {"PatientOrientation": ["L", "R"]},
        {"PatientOrientation": ["L"]},
        {"PatientOrientation": ["L", ""]},
        {"PatientOrientation": ["LR", "F"]},
        {"PatientOrientation": ["LF", "FL"]},
        {"PatientOrientation": ["X", "Y"]},
        {"PatientOrientation": ["\u00c9", "F"]},
        {"PatientOrientation": ["LE", "CD"]},
        {"PatientOrientation": ["L", "F"], "ImageOrientationPatient": [-1, 0, 0, 0, 0, -1]},
        {"PatientOrientation": ["L", "F"], "DerivationDescription": "flipped horizontally"},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"FieldOfViewHorizontalFlip": "YES"},
        {"FieldOfViewRotation": "90"},
        {"SeriesDescription": "CHEST PA MIRRORED"},
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_sides_that_cannot_be_told_are_withheld_and_the_picture_left_as_it_is(elements) -> None:
    hanging, notes = hanging_of(header(**elements), "PA")
    assert hanging.sides == "withheld"
    assert (hanging.transposed, hanging.mirrored, hanging.upended) == (False, False, False)
    assert notes[0].startswith("Sides are withheld: ")


@pytest.mark.parametrize(
    ("elements", "sides"),
    [
        ({}, "assumed"),
        ({"PatientOrientation": ["", ""]}, "assumed"),
        ({"FieldOfViewHorizontalFlip": "NO", "FieldOfViewRotation": "0"}, "assumed"),
        ({"PatientOrientation": ["L", "F"], "FieldOfViewHorizontalFlip": "YES"}, "stated"),
        ({"PatientOrientation": ["LF", "FR"]}, "stated"),
        ({"PatientOrientation": ["L", "FA"]}, "stated"),
        ({"PatientOrientation": ["L", "F"], "ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, "stated"),
    ],
)
def test_the_usual_hanging_stays_as_it_is_without_a_word(elements, sides) -> None:
    hanging, notes = hanging_of(header(**elements), "PA")
    assert (hanging.sides, hanging.transposed, hanging.mirrored, hanging.upended) == (sides, False, False, False)
    assert notes == ()


@pytest.mark.parametrize(
    ("orientation", "turns"),
    [
        (["P", "F"], (False, False, False)),
        (["A", "F"], (False, False, False)),
        (["R", "F"], (False, False, False)),
        (["P", "H"], (False, False, True)),
        (["F", "A"], (True, False, False)),
        (["H", "P"], (True, False, True)),
    ],
)
def test_a_lateral_is_set_upright_and_not_mirrored(orientation, turns) -> None:
    hanging, _ = hanging_of(header(PatientOrientation=orientation), "LATERAL")
    assert (hanging.transposed, hanging.mirrored, hanging.upended) == turns
