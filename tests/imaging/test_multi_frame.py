"""A multi-frame CT is read as the slices that its frames are, or refused with the reason why not."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from highdicom.legacy import LegacyConvertedEnhancedCTImage
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import RLELossless

from overread.errors import Unreadable
from overread.imaging.hounsfield import hounsfield
from overread.imaging.stack import Stack, names_chest, stack_to_read
from overread.testing.phantoms.ct import CtRecipe, render_ct
from overread.testing.phantoms.ct_dicom import ct_series
from overread.testing.phantoms.ct_enhanced import enhanced_ct
from tests.imaging.conftest import Reader

RECIPE = CtRecipe(number=5, rows=24, columns=32, pixel_mm=(9.0, 8.0), distance_mm=10.0, noise_hu=3.0)
Make = Callable[[Sequence[FileDataset]], Dataset]
Spoil = Callable[[Dataset], None]


def legacy(slices: Sequence[FileDataset]) -> Dataset:
    return LegacyConvertedEnhancedCTImage(slices, "2.25.41", 1, "2.25.42", 1)


def saved(dataset: Dataset, path: Path) -> Path:
    dataset.save_as(path, enforce_file_format=True)
    return path


def stacked(reader: Reader, *paths: Path) -> Stack:
    found = stack_to_read(reader.read(*paths).study)
    assert found.stack is not None, found.refusal
    return found.stack


def same(reader: Reader, one: Stack, other: Stack) -> bool:
    """Say whether two stacks have the same voxels at the same places."""
    places = [[(i.slice.position, i.slice.row, i.slice.column) for i in s.images if i.slice] for s in (one, other)]
    sizes = [(s.shape, s.distance_mm, s.row_mm, s.column_mm, s.kernel, s.thickness_mm) for s in (one, other)]
    voxels = [[hounsfield(*reader.greys[i.greys_digest or ""]) for i in s.images] for s in (one, other)]
    return places[0] == places[1] and sizes[0] == sizes[1] and np.array_equal(voxels[0], voxels[1])


@pytest.fixture
def slices() -> list[FileDataset]:
    return ct_series(render_ct(RECIPE))


@pytest.fixture
def single(slices: list[FileDataset], reader: Reader, tmp_path: Path) -> Stack:
    folder = tmp_path / "single"
    folder.mkdir()
    for number, each in enumerate(slices):
        saved(each, folder / f"{number}.dcm")
    return stacked(reader, folder)


@pytest.mark.parametrize("make", [enhanced_ct, legacy])
@pytest.mark.parametrize("shuffled", [False, True])
def test_frames_are_the_slices_whatever_their_order(
    slices: list[FileDataset], single: Stack, reader: Reader, tmp_path: Path, make: Make, shuffled: bool
) -> None:
    if shuffled:
        random.Random(3).shuffle(slices)
    read = stacked(reader, saved(make(slices), tmp_path / "frames.dcm"))
    assert same(reader, read, single)
    assert len({image.sop_instance_uid for image in read.images}) == 1
    assert {image.frame for image in read.images} == set(range(1, 32))


def test_compressed_frames_have_the_same_values(
    slices: list[FileDataset], single: Stack, reader: Reader, tmp_path: Path
) -> None:
    made = enhanced_ct(slices)
    made.compress(RLELossless, generate_instance_uid=False)
    assert same(reader, stacked(reader, saved(made, tmp_path / "frames.dcm")), single)


def test_each_frame_has_its_own_rescale(
    slices: list[FileDataset], single: Stack, reader: Reader, tmp_path: Path
) -> None:
    for number, each in enumerate(slices):
        stored = np.frombuffer(each.PixelData, "<u2") + number
        each.PixelData, each.RescaleIntercept = stored.astype("<u2").tobytes(), str(-1024 - number)
    assert same(reader, stacked(reader, saved(enhanced_ct(slices), tmp_path / "frames.dcm")), single)


def test_a_series_in_two_objects_is_one_stack(
    slices: list[FileDataset], single: Stack, reader: Reader, tmp_path: Path
) -> None:
    parts = [saved(enhanced_ct(part), tmp_path / f"{n}.dcm") for n, part in enumerate((slices[:12], slices[12:]))]
    assert same(reader, stacked(reader, *parts), single)


@pytest.mark.parametrize(
    ("region", "chest"),
    [("51185008", True), ("39607008", True), ("43799004", True), ("816094009", True), ("69536005", False)],
)
def test_the_anatomic_region_says_of_what_part_it_is(
    slices: list[FileDataset], reader: Reader, tmp_path: Path, region: str, chest: bool
) -> None:
    study = reader.read(saved(enhanced_ct(slices, (region, "a part")), tmp_path / "frames.dcm")).study
    assert names_chest(study.series[0]) is chest


def test_a_stated_body_part_goes_before_the_region(slices: list[FileDataset], reader: Reader, tmp_path: Path) -> None:
    made = enhanced_ct(slices)
    made.BodyPartExamined = "HEAD"
    assert reader.read(saved(made, tmp_path / "frames.dcm")).study.series[0].body_part == "HEAD"


def of_frame(index: int, macro: str) -> Spoil:
    return lambda made: made.PerFrameFunctionalGroupsSequence[index].__delattr__(macro)


def of_all(macro: str) -> Spoil:
    return lambda made: made.SharedFunctionalGroupsSequence[0].__delattr__(macro)


def no_rescale(made: Dataset) -> None:
    for group in made.PerFrameFunctionalGroupsSequence:
        del group.PixelValueTransformationSequence


def two_places(made: Dataset) -> None:
    """As of two phases: the second half lies where the first does."""
    groups = made.PerFrameFunctionalGroupsSequence
    for number, group in enumerate(groups):
        group.PlanePositionSequence = groups[number % 15].PlanePositionSequence


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (of_frame(4, "PlanePositionSequence"), "missing_geometry"),
        (of_all("PlaneOrientationSequence"), "missing_geometry"),
        (of_all("PixelMeasuresSequence"), "missing_geometry"),
        (lambda made: made.__delattr__("SharedFunctionalGroupsSequence"), "missing_geometry"),
        (no_rescale, "not_hounsfield"),
        (two_places, "duplicate_slices"),
    ],
    ids=["no position", "no orientation", "no spacing", "nothing shared", "no rescale", "two phases"],
)
def test_what_is_no_stack_is_refused(
    slices: list[FileDataset], reader: Reader, tmp_path: Path, spoil: Spoil, reason: str
) -> None:
    made = enhanced_ct(slices)
    spoil(made)
    found = stack_to_read(reader.read(saved(made, tmp_path / "frames.dcm")).study)
    assert found.refusal is not None
    assert found.refusal.reason == reason


def less_pixels(made: Dataset) -> None:
    made.PixelData = made.PixelData[: len(made.PixelData) // 2]


def more_pixels(made: Dataset) -> None:
    made.PixelData = made.PixelData + made.PixelData


def fewer_fragments(made: Dataset) -> None:
    whole, groups = made.NumberOfFrames, made.PerFrameFunctionalGroupsSequence
    made.NumberOfFrames, made.PixelData = whole - 3, made.PixelData[: -3 * 24 * 32 * 2]
    made.compress(RLELossless, generate_instance_uid=False)  # type: ignore[operator]
    made.NumberOfFrames, made.PerFrameFunctionalGroupsSequence = whole, groups


@pytest.mark.parametrize(
    "spoil",
    [
        less_pixels,
        more_pixels,
        fewer_fragments,
        lambda made: setattr(made, "NumberOfFrames", 12),
        lambda made: setattr(made, "NumberOfFrames", 90000),
        lambda made: setattr(made, "NumberOfFrames", None),
        lambda made: made.__delattr__("PerFrameFunctionalGroupsSequence"),
        lambda made: made.__delattr__("PixelData"),
    ],
    ids=["cut", "more", "fragments", "fewer", "many", "no count", "no groups", "no pixels"],
)
def test_frames_that_are_not_there_are_refused_as_a_whole(
    slices: list[FileDataset], reader: Reader, tmp_path: Path, spoil: Spoil
) -> None:
    made = enhanced_ct(slices)
    spoil(made)
    with pytest.raises(Unreadable) as caught:
        reader.read(saved(made, tmp_path / "frames.dcm"))
    assert caught.value.reason == "corrupt_pixels"
    assert reader.pictures == {}


def test_a_file_that_ends_early_is_refused(slices: list[FileDataset], reader: Reader, tmp_path: Path) -> None:
    path = saved(enhanced_ct(slices), tmp_path / "frames.dcm")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(Unreadable):
        reader.read(path)
    assert reader.pictures == {}


def test_the_limit_of_slices_counts_frames(slices: list[FileDataset], reader: Reader, tmp_path: Path) -> None:
    result = reader.read(saved(enhanced_ct(slices), tmp_path / "frames.dcm"), slices=30)
    assert result.refusal is not None
    assert result.refusal.reason == "too_large"
    assert "31 CT slices" in result.refusal.detail


def test_an_object_that_is_given_twice_is_read_once(
    slices: list[FileDataset], single: Stack, reader: Reader, tmp_path: Path
) -> None:
    made = enhanced_ct(slices)
    twice = [saved(made, tmp_path / name) for name in ("a.dcm", "b.dcm")]
    assert same(reader, stacked(reader, *twice), single)
