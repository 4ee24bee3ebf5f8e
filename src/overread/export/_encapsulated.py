"""A PDF of the report as a DICOM object of its study (PS3.3 A.45.1, Encapsulated PDF)."""

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, EncapsulatedPDFStorage, ExplicitVRLittleEndian

from overread.export._dicom import MANUFACTURER, SERIES_NUMBERS, finish, images_read, series_uid, source_of
from overread.export._items import code_item, reference_item
from overread.export._output import Export
from overread.export._states import newest
from overread.outputs.document import document_of

STUDY = (
    "SpecificCharacterSet", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName", "AccessionNumber",
)  # fmt: skip


def encapsulated(export: Export, pdf: bytes) -> Dataset:
    """Put a PDF into an object of the case's study; its title says whether it is a draft or a report."""
    state, images = newest(export.file), images_read(export.file)
    sources = [source_of(export, series, image) for series, image in images]
    made = _file(state.uid("pdf-dicom"))
    for keyword in STUDY:
        setattr(made, keyword, sources[0].get(keyword))
    made.Modality, made.ConversionType = "DOC", "WSD"
    made.SeriesInstanceUID, made.SeriesNumber = series_uid(export.file, "pdf-dicom"), SERIES_NUMBERS["pdf-dicom"]
    made.SeriesDescription, made.Manufacturer = "Overread report", MANUFACTURER
    made.InstanceNumber, made.BurnedInAnnotation = state.number, "YES"
    made.AcquisitionDateTime = ""
    made.DocumentTitle = document_of(export.file).title
    made.ConceptNameCodeSequence = Items([code_item("18748-4", "LN", "Diagnostic Imaging Report")])
    made.SourceInstanceSequence = Items([reference_item(source) for source in sources])
    made.VerificationFlag = "VERIFIED" if state.final else "UNVERIFIED"
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(pdf)
    made.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return finish(made, export, state.at)


def _file(sop_instance: UID) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = EncapsulatedPDFStorage, sop_instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = EncapsulatedPDFStorage, sop_instance
    return made
