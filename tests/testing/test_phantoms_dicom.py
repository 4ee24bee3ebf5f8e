"""A phantom written as DICOM shows the same picture however it is stored, and says that it is synthetic."""

from pathlib import Path
from typing import Literal

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from overread.testing.phantoms import (
    Phantom,
    negative_to_dicom,
    prior_of,
    render,
    sample_recipe,
    to_dicom,
    to_display,
    write_study,
)

SIZE = 128


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return render(sample_recipe(7), SIZE)


def saved(dataset: FileDataset, folder: Path) -> FileDataset:
    dataset.save_as(folder / "image.dcm", enforce_file_format=True)
    return pydicom.dcmread(folder / "image.dcm")


def shown(dataset: FileDataset) -> NDArray[np.uint8]:
    """Display as PS3.4 N.2 has it: modality LUT, VOI LUT, then inversion for MONOCHROME1."""
    values = np.asarray(apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset), dtype=float)
    low, high = _range(dataset)
    grey = np.clip((values - low) / (high - low), 0, 1)
    grey = 1 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey
    return np.rint(grey * 255).astype(np.uint8)


def _range(dataset: FileDataset) -> tuple[float, float]:
    ends = np.array([0.0, 2**dataset.BitsStored - 1]) * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    return float(ends[0]), float(ends[1])


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("rescale", [None, (2.0, -100.0)])
def test_every_storage_shows_the_same_picture(
    phantom: Phantom,
    tmp_path: Path,
    photometric: Literal["MONOCHROME1", "MONOCHROME2"],
    bits: int,
    rescale: tuple[float, float] | None,
) -> None:
    dataset = saved(to_dicom(phantom, photometric=photometric, bits_stored=bits, rescale=rescale), tmp_path)
    difference = shown(dataset).astype(int) - to_display(phantom)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless, JPEG2000Lossless])
def test_lossless_transfer_syntaxes_keep_the_pixels(phantom: Phantom, tmp_path: Path, syntax: str) -> None:
    dataset = saved(to_dicom(phantom, transfer_syntax=syntax), tmp_path)
    assert dataset.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(dataset.pixel_array, phantom.pixels)


def test_the_header_says_synthetic_everywhere(phantom: Phantom) -> None:
    dataset = to_dicom(phantom)
    assert dataset.PatientName == "PHANTOM^0007"
    assert dataset.PatientID == "PHANTOM-0007"
    for keyword in ("ImageComments", "SeriesDescription", "DerivationDescription", "PatientComments"):
        assert "SYNTHETIC PHANTOM, NOT A PATIENT" in dataset[keyword].value
    assert dataset.ImageType[0] == "DERIVED"


def test_the_header_describes_the_film(phantom: Phantom) -> None:
    dataset = to_dicom(phantom)
    assert (dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition) == ("DX", "CHEST", phantom.recipe.view)
    assert list(dataset.PatientOrientation) == ["L", "F"]
    assert float(dataset.ImagerPixelSpacing[0]) == pytest.approx(phantom.spacing_mm, rel=1e-4)
    assert dataset.PatientAge == f"{phantom.recipe.age_years:03d}Y"
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID


def test_uids_are_deterministic_and_valid(phantom: Phantom) -> None:
    first, second = to_dicom(phantom), to_dicom(phantom)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert first[keyword].value == second[keyword].value
        assert first[keyword].value.is_valid
        assert len(first[keyword].value) <= 64
    other = to_dicom(render(sample_recipe(8), SIZE))
    assert other.SOPInstanceUID != first.SOPInstanceUID


def test_any_attribute_can_be_set_or_removed(phantom: Phantom) -> None:
    dataset = to_dicom(phantom, ViewPosition="AP", ImagerPixelSpacing=None, study_uid="1.2.3")
    assert dataset.ViewPosition == "AP"
    assert "ImagerPixelSpacing" not in dataset
    assert dataset.StudyInstanceUID == "1.2.3"


def test_several_windows_are_written(phantom: Phantom) -> None:
    dataset = to_dicom(phantom, windows=[(2048, 4096), (1000, 800)])
    assert [float(value) for value in dataset.WindowWidth] == [4096, 800]


def test_bits_out_of_range_are_refused(phantom: Phantom) -> None:
    with pytest.raises(ValueError, match="8 to 16"):
        to_dicom(phantom, bits_stored=20)


def test_a_study_holds_its_views_as_series(tmp_path: Path) -> None:
    paths = write_study(tmp_path, [sample_recipe(7, view="PA"), sample_recipe(7, view="LATERAL")], size=SIZE)
    datasets = [pydicom.dcmread(path) for path in paths]
    assert len({dataset.StudyInstanceUID for dataset in datasets}) == 1
    assert len({dataset.SeriesInstanceUID for dataset in datasets}) == 2
    assert len({dataset.SOPInstanceUID for dataset in datasets}) == 2
    assert [dataset.ViewPosition for dataset in datasets] == ["PA", "LL"]


def test_the_same_study_is_written_byte_for_byte(tmp_path: Path) -> None:
    first = write_study(tmp_path / "a", sample_recipe(5), size=SIZE)
    second = write_study(tmp_path / "b", sample_recipe(5), size=SIZE)
    assert first[0].read_bytes() == second[0].read_bytes()


def test_a_negative_carries_the_header_it_is_given() -> None:
    hand = negative_to_dicom("hand", 2, body_part="HAND", size=SIZE)
    assert (hand.Modality, hand.BodyPartExamined) == ("DX", "HAND")
    assert list(hand.PatientOrientation) == ["L", "F"]
    silent = negative_to_dicom("ct_slice", 2, modality="CT", size=SIZE)
    assert silent.Modality == "CT"
    assert "BodyPartExamined" not in silent


def test_a_prior_is_of_the_same_person_and_earlier() -> None:
    recipe = sample_recipe(11, view="PA")
    now, before = (to_dicom(render(each, 64)) for each in (recipe, prior_of(recipe)))
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"):
        assert now.get(keyword) == before.get(keyword)
    assert before.StudyDate < now.StudyDate
