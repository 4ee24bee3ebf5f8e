"""A PDF as an object of the study that it reports."""

from pathlib import Path

from pydicom import dcmread

from overread.export._dicom import write_object
from overread.export._encapsulated import encapsulated
from tests.export.conftest import Exported, Read, assert_valid

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


def test_a_pdf_is_put_into_the_study(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(30)
    path = write_object(encapsulated(exported(file.case_id), PDF), tmp_path / "report.dcm")
    made = dcmread(path)
    assert made.EncapsulatedDocument[: made.EncapsulatedDocumentLength] == PDF
    assert (made.StudyInstanceUID, made.DocumentTitle) == (file.case.study.uid, "Draft report")
    assert made.VerificationFlag == "UNVERIFIED"
    assert_valid(path)
