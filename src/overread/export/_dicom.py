"""What every DICOM object that is written has in common: its study, its images, its UIDs, its times.

Only what the store kept is written. What it does not know (StudyID, the referring physician, the accession number where
no order named it) is empty, as type 2 attributes may be.
"""

import io
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pydicom.valuerep import format_number_as_ds

from overread.export._output import Export
from overread.imaging.slices import stored_slice
from overread.imaging.wire_format import PatientIdentity
from overread.records import CaseFile, ImageRef, Series, Slice, Spacing, content_digest
from overread.store.files import write_whole

FORMAT = 3
"""To be raised when a kind is written otherwise than before: the same UID must not name two contents (PS3.5 9)."""
NAMESPACE = uuid.UUID("0e5a9a5e-3c0b-5d57-9a0a-6f2c3d1b7e42")
MANUFACTURER = "Overread"
SERIES_NUMBERS = {
    "sr": 9801,
    "seg": 9802,
    "pdf-dicom": 9803,
    "text-sr": 9804,
    "capture": 9805,
    "seg-viewer": 9806,
    "gsps": 9807,
}
DAY = re.compile(r"^[0-9]{8}$")
SEXES = frozenset({"F", "M", "O"})
SHORT = 16
"""Longest SH value (PS3.5 table 6.2-1)."""


def uid(*parts: str | int) -> UID:
    """Give the UID that depends on the parts alone: 2.25 and a name-based UUID (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, content_digest([FORMAT, *parts], length=64)).int}")


def series_uid(file: CaseFile, kind: str) -> UID:
    """Give the series that the objects of a kind lie in: one for all versions of a case."""
    return uid(file.case_id, kind, "series")


def tracking_uid(file: CaseFile, name: str) -> UID:
    """Give the UID that a result of a case is tracked by (PS3.16 TID 1501): a finding's label, a measure in words."""
    return uid(file.case_id, "tracked", name)


def images_read(file: CaseFile) -> tuple[tuple[Series, ImageRef], ...]:
    """Give the images of the study that evidence was seen in, or that the plan named, with their series."""
    seen = {item.locator.sop_instance_uid for item in file.evidence}
    seen |= {file.plan.image_sop_instance_uid} if file.plan else set()
    found = {
        image.sop_instance_uid: (series, image)
        for series in file.case.study.series
        for image in series.images
        if image.sop_instance_uid in seen
    }
    return tuple(found.values())


def no_study(export: Export) -> str | None:
    """Say why no DICOM object can belong to the study of a case, or None."""
    file = export.file
    if file.case.study.source != "dicom" or export.identity is None:
        return "the input was a plain picture: there is no DICOM study that it could belong to"
    images = images_read(file)
    if not images:
        return "no image of the study was read"
    if any("SOPClassUID" not in export.headers.get(image.sop_instance_uid, {}) for _, image in images):
        return "the SOP class of an image is not on file; read the input again"
    return None


def source_of(export: Export, series: Series, image: ImageRef) -> Dataset:
    """Make the header of a source image out of what is on file: what highdicom takes identity and references from.

    The patient's name is left out: highdicom logs one that it finds odd. `finish` adds it.
    """
    kept = export.headers[image.sop_instance_uid]
    study, identity = export.file.case.study, export.identity or PatientIdentity()
    source = Dataset()
    source.SpecificCharacterSet = "ISO_IR 192"
    source.PatientName = None
    source.PatientID = identity.patient_id
    source.PatientBirthDate = identity.birth_date if DAY.match(identity.birth_date) else ""
    source.PatientSex = identity.sex if identity.sex in SEXES else ""
    source.StudyInstanceUID, source.StudyID = study.uid, ""
    source.StudyDate, source.StudyTime = study.study_date, study.study_time
    source.ReferringPhysicianName = ""
    source.AccessionNumber = _short(export.file.case.order.accession_number)
    source.SeriesInstanceUID, source.Modality = series.uid, series.modality
    source.SOPClassUID, source.SOPInstanceUID = kept["SOPClassUID"], image.sop_instance_uid
    source.Rows, source.Columns = stored_shape(export, image)
    source.PatientOrientation = kept.get("PatientOrientation", "").split("\\")
    source.ImagerPixelSpacing = kept.get("ImagerPixelSpacing", "").split("\\")
    if image.slice is not None and image.spacing is not None:
        _place(source, image, image.slice, image.spacing)
    return source


def _place(source: Dataset, image: ImageRef, shown: Slice, spacing: Spacing) -> None:
    """Say where a slice lies as it is stored (PS3.3 C.7.6.2); its thickness may be unknown, which is empty."""
    hanging = image.hanging
    place = shown if hanging is None else stored_slice(shown, hanging, (image.rows, image.columns), spacing)
    turned = hanging is not None and hanging.transposed
    pixel = (spacing.column_mm, spacing.row_mm) if turned else (spacing.row_mm, spacing.column_mm)
    source.FrameOfReferenceUID, source.PositionReferenceIndicator = shown.frame_of_reference, ""
    source.ImagePositionPatient = _decimals(place.position)
    source.ImageOrientationPatient = _decimals((*place.row, *place.column))
    source.PixelSpacing = _decimals(pixel)
    source.SliceThickness = None if shown.thickness_mm is None else _decimals((shown.thickness_mm,))[0]


def _decimals(values: Sequence[float]) -> list[str]:
    """Write numbers as DS, of sixteen characters at most (PS3.5 6.2)."""
    return [format_number_as_ds(value) for value in values]


def stored_shape(export: Export, image: ImageRef) -> tuple[int, int]:
    """Give rows and columns of an image as it is stored, before it was hung."""
    turned = image.hanging is not None and image.hanging.transposed
    return (image.columns, image.rows) if turned else (image.rows, image.columns)


def finish(dataset: Dataset, export: Export, at: datetime) -> Dataset:
    """Put in the patient's name and issuer, what made the object, and the times of the case in place of those of now.

    Dates and times are local ones, as those of the study are.
    """
    identity, local = export.identity or PatientIdentity(), at.astimezone()
    dataset.PatientName = identity.name
    if identity.issuer:
        dataset.IssuerOfPatientID = identity.issuer
    if export.file.case.study.synthetic:
        dataset.SyntheticData = "YES"
    dataset.SoftwareVersions = export.file.manifest.overread_version
    dataset.ManufacturerModelName = MANUFACTURER
    day, time = local.strftime("%Y%m%d"), local.strftime("%H%M%S")
    dataset.InstanceCreationDate = dataset.ContentDate = dataset.SeriesDate = day
    dataset.InstanceCreationTime = dataset.ContentTime = dataset.SeriesTime = time
    for item in dataset.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = day + time
    return dataset


def drafted_at(file: CaseFile) -> datetime:
    """Give when the last tool of the read ended: what the draft is of."""
    return max(item.provenance.ended for item in file.evidence)


def write_object(dataset: Dataset, path: Path) -> Path:
    """Write a DICOM file whole and give its path."""
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    write_whole(path, stream.getvalue())
    return path


def reference(study_uid: str, series: str, sop_class: str, sop_instance: str) -> Dataset:
    """Name an object, by what a predecessor is named by."""
    named = Dataset()
    named.StudyInstanceUID, named.SeriesInstanceUID = study_uid, series
    named.SOPClassUID, named.SOPInstanceUID = sop_class, sop_instance
    return named


def components(name: str) -> str:
    """Give the name of somebody who works here as a PN value (PS3.5 6.2.1): all of it as the family name."""
    return re.sub(r"[\\^=]", " ", name).strip()[:63] + "^"


def _short(value: str | None) -> str:
    return value if value is not None and len(value) <= SHORT else ""


def digests(values: Sequence[str]) -> str:
    """Name several digests by one."""
    return content_digest(sorted(values), length=64)
