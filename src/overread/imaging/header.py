"""Take from a DICOM header what the rest may know: an explicit list, and the identity apart."""

import re
from datetime import date
from typing import Literal

from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.errors import Unreadable
from overread.imaging.header_values import numbers_of, text_of
from overread.imaging.plain_text import TEXT_LIMIT
from overread.imaging.wire_format import PatientIdentity
from overread.records import Spacing, SyntheticKind

KEPT = (
    "SOPClassUID",
    "ImageType",
    "PresentationIntentType",
    "Modality",
    "ViewPosition",
    "BodyPartExamined",
    "PatientOrientation",
    "ImageOrientationPatient",
    "FieldOfViewRotation",
    "FieldOfViewHorizontalFlip",
    "ImageLaterality",
    "Laterality",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "BitsStored",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "StudyDate",
    "AcquisitionDate",
    "Manufacturer",
    "PatientAge",
    "PatientSex",
    "BurnedInAnnotation",
    "QualityControlImage",
    "QualityControlSubject",
    "PregnancyStatus",
    "LossyImageCompression",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "RescaleSlope",
    "RescaleIntercept",
    "PresentationLUTShape",
)
"""Keywords that may leave the reader; none names the patient, a person or a place."""
MOST_MAGNIFIED = 2.0
"""Beyond this the patient would stand halfway to the tube."""
PHANTOM_WORDS = "SYNTHETIC PHANTOM"
GENERATED_WORDS = "SYNTHETIC IMAGE, NOT A PATIENT"
"""What a model drew that was asked for it. All of them: a real mammogram may be called a synthetic image."""
AGE = re.compile(r"^([0-9]{1,3})([DWMY]?)$")
TIME = re.compile(r"^([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?(?:\.[0-9]*)?$")
YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0, "": 1.0}


def kept_headers(dataset: Dataset, transfer_syntax: str) -> dict[str, str]:
    """Give the listed values that are not empty, as plain text."""
    values = {keyword: text_of(dataset, keyword) for keyword in KEPT}
    values["TransferSyntaxUID"] = transfer_syntax
    return {keyword: value for keyword, value in values.items() if value}


def identity_of(dataset: Dataset) -> PatientIdentity:
    """Take who the patient is, for the case store alone; what the header does not say is an empty text."""
    return PatientIdentity(
        name=text_of(dataset, "PatientName"),
        patient_id=text_of(dataset, "PatientID"),
        issuer=text_of(dataset, "IssuerOfPatientID"),
        birth_date=text_of(dataset, "PatientBirthDate"),
        sex=text_of(dataset, "PatientSex"),
    )


def identifier_of(dataset: Dataset, keyword: str) -> str:
    """Give a UID that is one; a value that could be a path or a formula never goes further than here."""
    uid = UID(text_of(dataset, keyword, 4 * TEXT_LIMIT))  # a cut value could pass for a valid one
    if not uid:
        raise Unreadable("invalid_identifier", f"the file has no {keyword}", "Send it again from the archive")
    if not uid.is_valid:
        raise Unreadable("invalid_identifier", f"the {keyword} is not a valid UID", "Correct it at the source")
    return str(uid)


def day_of(dataset: Dataset, keyword: str) -> str | None:
    """Give a DICOM date as YYYYMMDD when it is a real day."""
    text = text_of(dataset, keyword).replace(".", "")
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text if len(text) == 8 and text.isdecimal() else None


def time_of(dataset: Dataset, keyword: str) -> str | None:
    """Give a DICOM time (TM, PS3.5 6.2) as HHMMSS when it says at least hour and minute."""
    match = TIME.match(text_of(dataset, keyword).replace(":", ""))
    return None if match is None else f"{match[1]}{match[2]}{match[3] or '00'}"


def age_of(dataset: Dataset) -> float | None:
    """Give the age in years from PatientAge, else from the dates of birth and study."""
    match = AGE.match(text_of(dataset, "PatientAge").upper())
    if match:
        age = int(match[1]) * YEARS[match[2]]
        return round(age, 2) if age <= 150 else None
    born, seen = day_of(dataset, "PatientBirthDate"), day_of(dataset, "StudyDate")
    if born is None or seen is None:
        return None
    days = (date.fromisoformat(seen) - date.fromisoformat(born)).days
    return float(int(days / 365.25)) if 0 <= days <= 150 * 366 else None


def spacing_of(dataset: Dataset) -> tuple[Spacing | None, tuple[str, ...]]:
    """Give millimetres per pixel with their source (PS3.3 10.7.1.3), and notes on what was found wrong."""
    notes: list[str] = []
    sources: tuple[Literal["PixelSpacing", "ImagerPixelSpacing"], ...] = ("PixelSpacing", "ImagerPixelSpacing")
    for source in sources:
        numbers = numbers_of(dataset, source)
        if len(numbers) == 2 and all(0.001 <= number <= 10 for number in numbers):
            same = numbers == numbers_of(dataset, "ImagerPixelSpacing")
            if source == "PixelSpacing" and not same:
                return Spacing(row_mm=numbers[0], column_mm=numbers[1], source=source, calibrated=True), tuple(notes)
            spacing, note = _at_imager(numbers[0], numbers[1], magnification_of(dataset))
            return spacing, (*notes, note)
        if text_of(dataset, source):
            notes.append(f"{source} is not a pair of plausible millimetres and is not used.")
    return None, tuple(notes)


def _at_imager(row: float, column: float, factor: float | None) -> tuple[Spacing, str]:
    """Bring a spacing at the imager plane into the patient where the magnification is stated, and say what was done."""
    if factor is None:
        spacing = Spacing(row_mm=row, column_mm=column, source="ImagerPixelSpacing", calibrated=False)
        return spacing, "Spacing is at the imager plane: lengths are magnified by an unknown factor."
    spacing = Spacing(
        row_mm=round(row / factor, 5),
        column_mm=round(column / factor, 5),
        source="ImagerPixelSpacing",
        calibrated=True,
        magnification=factor,
    )
    return spacing, f"Spacing is that at the imager plane divided by the stated magnification of {factor:g}."


def magnification_of(dataset: Dataset) -> float | None:
    """Give the stated magnification: the estimated factor, else detector over patient distance (PS3.3 C.8.11.5).

    None where neither is there, or says a factor that no chest radiograph has.
    """
    factors = numbers_of(dataset, "EstimatedRadiographicMagnificationFactor")
    if not factors:
        distances = [numbers_of(dataset, f"DistanceSourceTo{end}") for end in ("Detector", "Patient")]
        if all(len(distance) == 1 and distance[0] > 0 for distance in distances):
            factors = (distances[0][0] / distances[1][0],)
    known = len(factors) == 1 and 1 < factors[0] <= MOST_MAGNIFIED
    return round(factors[0], 4) if known else None


def synthetic_kind(dataset: Dataset) -> SyntheticKind | None:
    """Say whether the header calls the image synthetic, and of what kind.

    A phantom is called so by ImageComments or SeriesDescription. What is called otherwise there, or marked by Synthetic
    Data (0008,001C), was made in a way that nobody knows here: some or all of it is no faithful picture of what was
    acquired. Conversion Type SYN says nothing: reconstructions of a patient have it too.
    """
    words = " ".join(text_of(dataset, keyword, 1024) for keyword in ("ImageComments", "SeriesDescription"))
    marked = text_of(dataset, "SyntheticData").strip().upper() == "YES"
    return kind_in_words(words) or ("generated" if marked else None)


def kind_in_words(words: str) -> SyntheticKind | None:
    """Say of what synthetic kind words call a picture; None where they call it nothing of that."""
    plain = words.upper()
    return "phantom" if PHANTOM_WORDS in plain else "generated" if GENERATED_WORDS in plain else None
