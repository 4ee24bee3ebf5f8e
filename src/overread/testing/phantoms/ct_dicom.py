"""CT phantoms as a series of CT Image Storage (PS3.3 A.3), marked synthetic throughout."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from overread.testing.phantoms.ct import CtPhantom, CtRecipe, render_ct
from overread.testing.phantoms.dicom import SYNTHETIC, uid

INTERCEPT = -1024
LUNG_WINDOW = (-600, 1500)
SOFT_WINDOW = (40, 400)


def ct_series(phantom: CtPhantom, *, series: int = 1, **extra: Any) -> list[FileDataset]:
    """Give the slices from the feet to the head; `extra` sets any attribute by keyword, None removes it."""
    made = [_slice(phantom, index, series) for index in range(len(phantom.voxels))]
    for dataset in made:
        for keyword, value in extra.items():
            if value is not None:
                setattr(dataset, keyword, value)
            elif keyword in dataset:
                delattr(dataset, keyword)
    return made


def write_ct(
    folder: Path,
    recipe: CtRecipe,
    *,
    order: Sequence[int] | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
    prefix: str = "",
    **extra: Any,
) -> list[Path]:
    """Write a series into a folder, a file each slice; `order` gives the slices by number as they are named and
    numbered, from the feet up where it is None. Returns the files in that order."""
    datasets = ct_series(render_ct(recipe), **extra)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, index in enumerate(order if order is not None else range(len(datasets)), start=1):
        dataset = datasets[index]
        dataset.InstanceNumber = number
        if UID(transfer_syntax).is_compressed:
            dataset.compress(transfer_syntax, generate_instance_uid=False)
        paths.append(folder / f"{prefix}{number:04d}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def _slice(phantom: CtPhantom, index: int, series: int) -> FileDataset:
    recipe = phantom.recipe
    name = recipe.model_dump_json()
    dataset = _file(uid("ct", name, series, index))
    _identify(dataset, recipe, series)
    dataset.Modality, dataset.BodyPartExamined, dataset.PatientPosition = "CT", "CHEST", "HFS"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = uid("ct frame", name), ""
    dataset.ImagePositionPatient = [f"{value:.4f}" for value in phantom.origins[index]]
    dataset.ImageOrientationPatient = [f"{value:.8f}" for value in (*phantom.row, *phantom.column)]
    dataset.PixelSpacing = [f"{value:g}" for value in recipe.pixel_mm]
    dataset.SliceThickness = f"{recipe.thickness_mm or recipe.distance_mm:g}"
    dataset.KVP, dataset.ConvolutionKernel, dataset.AcquisitionNumber = "120", "NONE", 1
    stored = (phantom.voxels[index].astype(np.int32) - INTERCEPT).astype("<u2")
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = "1", str(INTERCEPT), "HU"
    dataset.WindowCenter = [str(LUNG_WINDOW[0]), str(SOFT_WINDOW[0])]
    dataset.WindowWidth = [str(LUNG_WINDOW[1]), str(SOFT_WINDOW[1])]
    dataset.WindowCenterWidthExplanation = ["LUNG", "SOFT TISSUE"]
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "NO", "00"
    dataset.InstanceNumber = index + 1
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def _file(instance: UID) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID, meta.ImplementationVersionName = uid("implementation"), "OVERREAD_PHANTOM"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, instance
    return dataset


def _identify(dataset: Dataset, recipe: CtRecipe, series: int) -> None:
    dataset.PatientName, dataset.PatientID = f"PHANTOM^CT^{recipe.number:04d}", f"PHANTOM-CT-{recipe.number:04d}"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19650101", "O", "060Y"
    dataset.PatientComments = SYNTHETIC
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = "20250301"
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "090000"
    dataset.AccessionNumber, dataset.StudyID = f"PHCT{recipe.number:06d}", str(recipe.number)
    dataset.ReferringPhysicianName = ""
    dataset.StudyInstanceUID = uid("ct study", recipe.number)
    dataset.SeriesInstanceUID, dataset.SeriesNumber = uid("ct series", recipe.model_dump_json(), series), series
    dataset.StudyDescription, dataset.SeriesDescription = f"CT CHEST ({SYNTHETIC})", f"AXIAL {SYNTHETIC}"
    dataset.ImageComments = SYNTHETIC
    dataset.Manufacturer, dataset.ManufacturerModelName = "Overread", "CT phantom renderer"
    dataset.DeviceSerialNumber = dataset.SoftwareVersions = "0"
