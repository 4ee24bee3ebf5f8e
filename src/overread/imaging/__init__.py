"""Images in: DICOM, PNG and JPEG to pictures as shown, refused at the gate when they are no chest radiographs."""

from overread.imaging.read_result import PixelSink, ReadResult, derived_uid
from overread.imaging.sandbox import prepare_reader
from overread.imaging.study_reader import read_input, read_report
from overread.imaging.wire_format import REPORT_LIMIT, Narrative, PatientIdentity

__all__ = [
    "REPORT_LIMIT",
    "Narrative",
    "PatientIdentity",
    "PixelSink",
    "ReadResult",
    "derived_uid",
    "prepare_reader",
    "read_input",
    "read_report",
]
