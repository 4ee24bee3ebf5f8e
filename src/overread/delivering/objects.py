"""A DICOM object that is to be sent: its names, and a digest of what no archive may put right on its way in."""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset, dcmread

from overread.errors import PeerError

PUT_RIGHT = frozenset(
    {
        "AccessionNumber", "IssuerOfPatientID", "OriginalAttributesSequence", "OtherPatientIDs", "PatientBirthDate",
        "PatientID", "PatientName", "PatientSex", "ReferringPhysicianName", "SpecificCharacterSet", "StudyDate",
        "StudyDescription", "StudyID", "StudyTime",
    }
)  # fmt: skip
"""What archives coerce to what they know of a patient and a study (PS3.4 B.4.1.3), and the mark that they leave."""


@dataclass(frozen=True)
class DicomObject:
    """One file as it is sent."""

    study_uid: str
    series_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    digest: str
    content: bytes = field(repr=False)


def read_object(path: Path) -> DicomObject:
    """Read a DICOM file that we wrote."""
    content = path.read_bytes()
    made = dcmread(io.BytesIO(content))
    return DicomObject(
        study_uid=str(made.StudyInstanceUID),
        series_uid=str(made.SeriesInstanceUID),
        sop_class_uid=str(made.SOPClassUID),
        sop_instance_uid=str(made.SOPInstanceUID),
        digest=_digest(made),
        content=content,
    )


def refuse_other(item: DicomObject, there: bytes, where: str) -> None:
    """Raise `PeerError` (`conflict`) where another system has something else under an object's UID."""
    try:
        same = _digest(dcmread(io.BytesIO(there))) == item.digest
    except Exception as error:  # noqa: BLE001 - whatever pydicom meets in the bytes of others
        raise PeerError("bad_answer", f"{where} gives no DICOM object back: {type(error).__name__}") from None
    if not same:
        raise PeerError("conflict", f"{where} has another object under the same UID; neither is overwritten")


def _digest(made: Dataset) -> str:
    told = hashlib.sha256()
    for element in made:
        if element.tag.is_private or element.keyword in PUT_RIGHT or element.tag.element == 0:
            continue
        told.update(repr((int(element.tag), _plain(element.value))).encode())
    return told.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Dataset):
        return _digest(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value) if value is not None else ""
    return [_plain(item) for item in value]
