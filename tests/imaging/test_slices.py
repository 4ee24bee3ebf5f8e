"""CT slices are stacked by where they lie in the patient, or refused with the reason why not."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from highdicom.spatial import get_volume_positions
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import RLELossless

from overread.errors import SeveralStudies
from overread.imaging import ReadResult
from overread.imaging.hounsfield import AIR, hounsfield
from overread.imaging.slices import hung_slice, stored_slice
from overread.imaging.stack import Stack, stack_to_read
from overread.records import Greys, Hanging, ImageRef, Slice, Spacing
from overread.testing.phantoms.ct import CtPhantom, CtRecipe, render_ct
from overread.testing.phantoms.ct_dicom import ct_series, write_ct
from tests.imaging.conftest import Reader

RECIPE = CtRecipe(number=3, rows=40, columns=48, pixel_mm=(9.0, 8.0), distance_mm=8.0, noise_hu=3.0)
Change = Callable[[list[FileDataset]], list[FileDataset]]


@dataclass
class Series:
    """A phantom's slices in a folder of their own, to be spoiled and read."""

    folder: Path
    reader: Reader

    def read(self, change: Change = lambda slices: slices, recipe: CtRecipe = RECIPE) -> ReadResult:
        self.folder.mkdir()
        for number, dataset in enumerate(change(ct_series(render_ct(recipe)))):
            dataset.save_as(self.folder / f"{number:03d}.dcm", enforce_file_format=True)
        return self.reader.read(self.folder)

    def why(self, change: Change, recipe: CtRecipe = RECIPE) -> str | None:
        found = stack_to_read(self.read(change, recipe).study)
        return found.refusal.reason if found.refusal else None


@pytest.fixture
def series(tmp_path: Path, reader: Reader) -> Series:
    return Series(tmp_path / "series", reader)


@pytest.fixture(scope="module")
def phantom() -> CtPhantom:
    return render_ct(RECIPE)


def stacked(result: ReadResult) -> Stack:
    stack = stack_to_read(result.study).stack
    assert stack is not None
    return stack


def values(reader: Reader, image: ImageRef) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return hounsfield(*reader.greys[image.greys_digest or ""])


def each(keyword: str, value: object) -> Change:
    """Set an attribute of every slice."""

    def change(slices: list[FileDataset]) -> list[FileDataset]:
        for dataset in slices:
            setattr(dataset, keyword, value)
        return slices

    return change


def one(index: int, keyword: str, value: object) -> Change:
    """Set an attribute of one slice."""

    def change(slices: list[FileDataset]) -> list[FileDataset]:
        setattr(slices[index], keyword, value)
        return slices

    return change


def test_slices_are_sorted_by_place_and_not_by_number_or_name(
    tmp_path: Path, reader: Reader, phantom: CtPhantom
) -> None:
    order = list(range(len(phantom.voxels)))
    random.Random(4).shuffle(order)
    write_ct(tmp_path / "series", RECIPE, order=order)
    stack = stacked(reader.read(tmp_path / "series"))
    assert stack.shape == phantom.voxels.shape
    assert (stack.distance_mm, stack.row_mm, stack.column_mm) == (8.0, 9.0, 8.0)
    for image, plane in zip(stack.images, phantom.voxels, strict=True):
        assert np.array_equal(values(reader, image), plane)


def test_the_distance_is_that_of_positions_whatever_the_header_calls_thick(series: Series) -> None:
    stack = stacked(series.read(each("SliceThickness", "1.25")))
    assert stack.distance_mm == 8.0
    assert stack.thickness_mm == 1.25


def test_distances_are_those_of_highdicom(series: Series) -> None:
    result = series.read(recipe=RECIPE.model_copy(update={"turn_degrees": 12.0}))
    places = [image.slice for image in result.study.images if image.slice]
    spacing, _ = get_volume_positions(
        [place.position for place in places], (*places[0].row, *places[0].column), sort=True
    )
    assert spacing is not None
    assert stacked(result).distance_mm == pytest.approx(spacing, abs=1e-3)


@pytest.mark.parametrize(
    ("cosines", "turn"),
    [
        ((-1, 0, 0, 0, -1, 0), (slice(None, None, -1), slice(None, None, -1))),
        ((1, 0, 0, 0, -1, 0), (slice(None, None, -1), slice(None))),
        ((-1, 0, 0, 0, 1, 0), (slice(None), slice(None, None, -1))),
    ],
)
def test_an_axial_slice_is_hung_with_the_right_side_at_the_left_and_the_front_up(
    series: Series, reader: Reader, phantom: CtPhantom, cosines: tuple[int, ...], turn: tuple[slice, slice]
) -> None:
    """The same patient with rows or columns that run the other way looks the same and lies at the same place."""
    row, column = np.array(cosines[:3]), np.array(cosines[3:])

    def change(slices: list[FileDataset]) -> list[FileDataset]:
        for dataset, plane in zip(slices, phantom.voxels, strict=True):
            dataset.PixelData = (plane[turn].astype(np.int32) + 1024).astype("<u2").tobytes()
            corner = np.array(dataset.ImagePositionPatient, float)
            corner[0] += 47 * 8.0 if row[0] < 0 else 0
            corner[1] += 39 * 9.0 if column[1] < 0 else 0
            dataset.ImagePositionPatient, dataset.ImageOrientationPatient = list(corner), list(cosines)
        return slices

    stack = stacked(series.read(change))
    for image, plane, origin in zip(stack.images, phantom.voxels, phantom.origins, strict=True):
        assert np.array_equal(values(reader, image), plane)
        assert image.slice is not None
        assert image.slice.position == pytest.approx(tuple(origin))
        assert (image.slice.row, image.slice.column) == ((1, 0, 0), (0, 1, 0))


def without(*indices: int) -> Change:
    return lambda slices: [dataset for index, dataset in enumerate(slices) if index not in indices]


def moved(by: Callable[[int], tuple[float, float, float]]) -> Change:
    def change(slices: list[FileDataset]) -> list[FileDataset]:
        for index, dataset in enumerate(slices):
            dataset.ImagePositionPatient = list(np.add(dataset.ImagePositionPatient, by(index)))
        return slices

    return change


def twice(slices: list[FileDataset]) -> list[FileDataset]:
    again = ct_series(render_ct(RECIPE))
    for dataset in again:
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{dataset.SOPInstanceUID[:50]}.7"
    return slices + again


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without(7), "uneven_slices"),
        (without(*range(8, 38)), "too_few_slices"),
        (moved(lambda index: (0, 0, 0.05 * index**2)), "uneven_slices"),
        (moved(lambda index: (0, 2.0 * index, 0)), "tilted_gantry"),
        (twice, "duplicate_slices"),
        (each("ImageOrientationPatient", [1, 0, 0, 0, 0, -1]), "not_axial"),
        (one(3, "ImageOrientationPatient", [0.99619, 0.08716, 0, -0.08716, 0.99619, 0]), "mixed_slices"),
        (one(3, "ConvolutionKernel", "B70"), "mixed_slices"),
        (one(3, "PixelSpacing", [9.0, 7.0]), "mixed_slices"),
        (one(3, "ImagePositionPatient", None), "missing_geometry"),
        (each("ImageOrientationPatient", [1, 0, 0, 1, 0, 0]), "missing_geometry"),
        (each("PixelSpacing", None), "missing_geometry"),
        (each("RescaleSlope", None), "not_hounsfield"),
        (each("RescaleType", "US"), "not_hounsfield"),
        (one(3, "RescaleSlope", "0"), "not_hounsfield"),
        (each("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]), "too_few_slices"),
        (each("Modality", "MR"), "wrong_modality"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_stack_is_refused_with_its_reason(series: Series, change: Change, reason: str) -> None:
    assert series.why(change) == reason


def test_a_localizer_in_the_series_is_set_aside(series: Series) -> None:
    stack = stacked(series.read(one(0, "ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"])))
    assert len(stack.images) == 37


def test_of_two_series_the_one_of_more_slices_is_read_and_the_other_is_told(tmp_path: Path, reader: Reader) -> None:
    write_ct(tmp_path / "study", RECIPE)
    write_ct(tmp_path / "study", RECIPE.model_copy(update={"distance_mm": 10.0}), prefix="b")
    found = stack_to_read(reader.read(tmp_path / "study").study)
    assert found.stack is not None
    assert found.stack.distance_mm == 8.0
    assert found.notes == ("Of 2 series one is read. Not read: one has 31 slices.",)


def test_a_slice_of_another_patient_is_refused(series: Series) -> None:
    result = series.read(one(5, "PatientID", "SOMEBODY ELSE"))
    assert result.refusal is not None
    assert result.refusal.reason == "several_patients"


def test_a_slice_of_another_study_is_refused(series: Series) -> None:
    with pytest.raises(SeveralStudies):
        series.read(one(5, "StudyInstanceUID", "2.25.99"))


def test_more_slices_than_the_limit_are_refused_and_not_left_out(tmp_path: Path, reader: Reader) -> None:
    write_ct(tmp_path / "series", RECIPE)
    result = reader.read(tmp_path / "series", slices=12)
    assert result.refusal is not None
    assert result.refusal.reason == "too_large"
    assert "38 CT slices" in result.refusal.detail


def test_a_slice_that_claims_too_many_rows_leaves_a_gap_and_no_volume(series: Series) -> None:
    result = series.read(one(5, "Rows", 65000))
    found = stack_to_read(result.study)
    assert found.refusal is not None
    assert found.refusal.reason == "uneven_slices"
    assert any("left out" in note for note in result.notes)


def test_a_series_of_more_files_than_one_child_reads_is_whole(tmp_path: Path, reader: Reader) -> None:
    recipe = RECIPE.model_copy(update={"distance_mm": 4.0, "rows": 16, "columns": 16, "pixel_mm": (9.0, 9.0)})
    write_ct(tmp_path / "series", recipe)
    assert stacked(reader.read(tmp_path / "series")).shape == (76, 16, 16)


def test_compressed_slices_have_the_same_values(tmp_path: Path, reader: Reader, phantom: CtPhantom) -> None:
    write_ct(tmp_path / "series", RECIPE, transfer_syntax=RLELossless)
    stack = stacked(reader.read(tmp_path / "series"))
    assert np.array_equal(values(reader, stack.images[8]), phantom.voxels[8])


def test_a_note_that_every_slice_has_is_told_once(series: Series) -> None:
    assert series.read().notes == ("CT slices: The header offers 2 windows; the first is used.",)


def test_padding_is_air_and_values_outside_twelve_bits_are_cut() -> None:
    greys = Greys(
        rows=1, columns=4, highest=9000, offset=-2000, bits=16, padding=(0, 0), shown="", window="", intercept=0.0
    )
    codes = np.array([[0, 500, 2040, 9000]], np.uint16)
    assert hounsfield(codes, greys).tolist() == [[AIR, AIR, 40, 3071]]


def test_a_radiograph_has_no_slice_and_is_kept_as_before(reader: Reader, tmp_path: Path) -> None:
    dataset: Dataset = ct_series(render_ct(RECIPE))[0]
    dataset.Modality = "DX"
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    (image,) = reader.read(tmp_path / "film.dcm").study.images
    assert image.slice is None
    assert "slice" not in image.model_dump()


@pytest.mark.parametrize("flags", list(itertools.product((False, True), repeat=3)))
def test_a_place_as_shown_becomes_the_place_as_stored_again(flags: tuple[bool, bool, bool]) -> None:
    stored = Slice(position=(-100.0, 20.0, 7.5), row=(0.0, 0.6, 0.8), column=(1.0, 0.0, 0.0))
    transposed, mirrored, upended = flags
    hanging = Hanging(transposed=transposed, mirrored=mirrored, upended=upended, sides="stated")
    spacing = Spacing(row_mm=2.0, column_mm=3.0, source="PixelSpacing", calibrated=True)
    shown = hung_slice(stored, hanging, (50, 40), spacing)
    assert shown is not None
    seen = Spacing(row_mm=3.0, column_mm=2.0, source="PixelSpacing", calibrated=True) if transposed else spacing
    assert stored_slice(shown, hanging, (40, 50) if transposed else (50, 40), seen) == stored
