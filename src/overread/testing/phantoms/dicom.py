"""Phantoms as DICOM: DX Image Storage - For Presentation (PS3.3 A.26), marked synthetic throughout."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from overread.testing.phantoms.negatives import render_negative
from overread.testing.phantoms.physics import WHITE
from overread.testing.phantoms.recipe import PhantomRecipe
from overread.testing.phantoms.render import Phantom, render

SYNTHETIC = "SYNTHETIC PHANTOM, NOT A PATIENT"
NAMESPACE = uuid.UUID("6f1d2f0a-6a57-5b0e-9f5a-0c3f7a6e9b11")
YEAR = 2025
PRIOR_NUMBERS = 1_000_000
"""Study numbers from here on are priors and dated a year earlier."""
VIEW_CODES = {
    "PA": ("272479007", "SCT", "postero-anterior"),
    "AP": ("399348003", "SCT", "antero-posterior"),
    "LATERAL": ("399173006", "SCT", "left lateral"),
}
"""PS3.16 CID 4010."""
Photometric = Literal["MONOCHROME2", "MONOCHROME1"]


def uid(*keys: str | int) -> UID:
    """Return a UID that depends on the keys alone (2.25 root, PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, '/'.join(map(str, keys))).int}")


def to_dicom(
    phantom: Phantom,
    *,
    photometric: Photometric = "MONOCHROME2",
    bits_stored: int = 12,
    rescale: tuple[float, float] | None = None,
    windows: Sequence[tuple[float, float]] | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
    study_uid: str | None = None,
    series_uid: str | None = None,
    sop_uid: str | None = None,
    series_number: int = 1,
    instance_number: int = 1,
    **extra: Any,
) -> FileDataset:
    """Return the DICOM object of a phantom.

    ``rescale`` is (slope, intercept); ``windows`` are (centre, width) after rescaling, the full range by default.
    ``extra`` sets any attribute by keyword, None removes it. A ``flipped`` recipe keeps the header of an unflipped
    one: a reader must not trust it blindly. ValueError for bits outside 8 to 16.
    """
    recipe = phantom.recipe
    dataset = _file(sop_uid or uid("image", recipe.model_dump_json(), phantom.pixels.shape[0]), transfer_syntax)
    _identify(dataset, recipe)
    dataset.StudyInstanceUID = study_uid or uid("study", recipe.patient, recipe.number)
    dataset.SeriesInstanceUID = series_uid or uid("series", recipe.patient, recipe.number, recipe.view)
    dataset.SeriesNumber, dataset.InstanceNumber = series_number, instance_number
    _describe_view(dataset, recipe)
    _describe_film(dataset, phantom.spacing_mm)
    _add_pixels(dataset, phantom.pixels, photometric, bits_stored, rescale, windows)
    dataset.BurnedInAnnotation = "YES" if recipe.burned_text else "NO"
    return _finish(dataset, transfer_syntax, extra)


def negative_to_dicom(
    kind: str, number: int, *, modality: str = "DX", body_part: str | None = None, size: int = 512, **extra: Any
) -> FileDataset:
    """Return a non-chest image as DICOM; the header says so only where ``body_part`` does."""
    dataset = _file(uid("negative image", kind, number, size), ExplicitVRLittleEndian)
    _identify(dataset, PhantomRecipe(number=number, patient=number))
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (
        uid("negative study", kind, number),
        uid("negative series", kind, number),
    )
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.PatientOrientation = ["L", "F"]
    _describe_film(dataset, 0.7)
    dataset.Modality = modality
    _add_pixels(dataset, render_negative(kind, number, size), "MONOCHROME2", 12, None, None)
    dataset.BurnedInAnnotation = "NO"
    return _finish(dataset, ExplicitVRLittleEndian, {"BodyPartExamined": body_part} | extra)


def write_study(
    folder: Path, recipes: Sequence[PhantomRecipe] | PhantomRecipe, *, size: int = 512, **dicom_options: Any
) -> list[Path]:
    """Write one study into a folder, a series for each recipe; returns the files in that order."""
    views = [recipes] if isinstance(recipes, PhantomRecipe) else list(recipes)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index, recipe in enumerate(views, start=1):
        options: dict[str, Any] = {
            "study_uid": uid("study", views[0].patient, views[0].number),
            "series_uid": uid("series", views[0].patient, views[0].number, index),
            "series_number": index,
            "AccessionNumber": accession(views[0]),
        }
        dataset = to_dicom(render(recipe, size), **(options | dicom_options))
        paths.append(folder / f"{index:02d}-{recipe.view.lower()}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def accession(recipe: PhantomRecipe) -> str:
    """Return the accession number of a phantom study."""
    return f"PH{recipe.number:08d}"


def study_date(recipe: PhantomRecipe) -> date:
    """Return the study date: in 2025 by number, priors in 2024."""
    year = YEAR - 1 if recipe.number >= PRIOR_NUMBERS else YEAR
    return date(year, 1, 1) + timedelta(days=recipe.number % 365)


def _file(sop_uid: str, transfer_syntax: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("implementation")
    meta.ImplementationVersionName = "OVERREAD_PHANTOM"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = UID(sop_uid)
    return dataset


def _identify(dataset: Dataset, recipe: PhantomRecipe) -> None:
    day = study_date(recipe)
    hour = f"{7 + recipe.number % 12:02d}{recipe.number % 60:02d}00"
    dataset.PatientName = f"PHANTOM^{recipe.patient:04d}"
    dataset.PatientID = f"PHANTOM-{recipe.patient:04d}"
    # Born once: the age of the recipe is that in the year of the studies, a prior is of the year before.
    dataset.PatientBirthDate = f"{YEAR - recipe.age_years}0101"
    dataset.PatientSex, dataset.PatientAge = recipe.sex, f"{recipe.age_years:03d}Y"
    dataset.PatientComments = SYNTHETIC
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day.strftime("%Y%m%d")
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = hour
    dataset.AccessionNumber, dataset.StudyID = accession(recipe), str(recipe.number)
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = f"CHEST ({SYNTHETIC})"
    dataset.SeriesDescription = f"{recipe.view} {SYNTHETIC}"
    dataset.ImageComments = dataset.DerivationDescription = SYNTHETIC
    dataset.Manufacturer, dataset.ManufacturerModelName = "Overread", "phantom renderer"
    dataset.DeviceSerialNumber = dataset.SoftwareVersions = "0"


def _describe_view(dataset: Dataset, recipe: PhantomRecipe) -> None:
    lateral = recipe.view == "LATERAL"
    dataset.ViewPosition = "LL" if lateral else recipe.view
    dataset.ViewCodeSequence = _code(*VIEW_CODES[recipe.view])
    dataset.PatientOrientation = ["P", "F"] if lateral else ["L", "F"]
    dataset.BodyPartExamined = "CHEST"
    if recipe.supine:
        dataset.PatientOrientationCodeSequence = _code("102538003", "SCT", "recumbent")
        dataset.PatientOrientationCodeSequence[0].PatientOrientationModifierCodeSequence = _code(
            "40199007", "SCT", "supine"
        )


def _describe_film(dataset: Dataset, spacing: float) -> None:
    dataset.Modality, dataset.PresentationIntentType = "DX", "FOR PRESENTATION"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.ImageLaterality = "U"
    dataset.AnatomicRegionSequence = _code("51185008", "SCT", "Chest")
    dataset.DetectorType = "DIRECT"
    dataset.PositionerType = "NONE"
    dataset.ImagerPixelSpacing = [f"{spacing:.6g}"] * 2
    dataset.LossyImageCompression = "00"
    dataset.AcquisitionContextSequence = Items()


def _code(value: str, scheme: str, meaning: str) -> Items:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Items([item])


def _add_pixels(
    dataset: Dataset,
    pixels: NDArray[np.uint16],
    photometric: Photometric,
    bits_stored: int,
    rescale: tuple[float, float] | None,
    windows: Sequence[tuple[float, float]] | None,
) -> None:
    if not 8 <= bits_stored <= 16:
        raise ValueError(f"bits_stored is {bits_stored}; DX phantoms are stored in 8 to 16 bits")
    top = 2**bits_stored - 1
    stored = np.rint(pixels.astype(np.float64) * (top / WHITE)).astype(np.uint16)
    inverse = photometric == "MONOCHROME1"
    stored = (top - stored).astype(np.uint16) if inverse else stored
    slope, intercept = rescale or (1.0, 0.0)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = 8 if bits_stored == 8 else 16
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits_stored, bits_stored - 1, 0
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1 if inverse else -1
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = f"{slope:g}", f"{intercept:g}", "US"
    dataset.PresentationLUTShape = "INVERSE" if inverse else "IDENTITY"
    full = [((top + 1) / 2 * slope + intercept, (top + 1) * slope)]
    shown = list(windows) if windows is not None else full
    if shown:
        dataset.WindowCenter = [f"{centre:g}" for centre, _ in shown]
        dataset.WindowWidth = [f"{width:g}" for _, width in shown]
    depth = np.uint8 if dataset.BitsAllocated == 8 else np.dtype("<u2")
    dataset.PixelData = stored.astype(depth).tobytes()
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 else "OW"


def _finish(dataset: FileDataset, transfer_syntax: str, extra: dict[str, Any]) -> FileDataset:
    if transfer_syntax != ExplicitVRLittleEndian:
        if UID(transfer_syntax).is_compressed:
            dataset.compress(transfer_syntax, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    for keyword, value in extra.items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)
    return dataset
