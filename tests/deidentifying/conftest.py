"""A film of a made-up person, who is named wherever a file can name somebody."""

import io
from collections.abc import Callable

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from overread.deidentifying.image_file import deidentify
from overread.deidentifying.options import Options
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.settings import Limits
from overread.testing.phantoms import render, sample_recipe, to_dicom

KEY = b"a key of the tests, 32 bytes it is"
SECRETS = ("QUARTZMANN", "ZX-4711-77", "19410703", "ACCZX0099", "ELM LANE 7", "SAINT QUARTZ", "1.2.999.77")
"""What must not be left; each stands in several places."""


def named(**extra: object) -> FileDataset:
    """Give a phantom of Ms Quartzmann: in tags, sequences, private ones, meta information, preamble and tail."""
    dataset = to_dicom(
        render(sample_recipe(5, view="PA", flipped=False), 64),
        study_uid="1.2.999.77.1", series_uid="1.2.999.77.2", sop_uid="1.2.999.77.3",
        PatientName="QUARTZMANN^LISELOTTE", PatientID="ZX-4711-77", PatientBirthDate="19410703",
        AccessionNumber="ACCZX0099",
    )  # fmt: skip
    dataset.PatientAddress, dataset.InstitutionName = "ELM LANE 7", "SAINT QUARTZ"
    dataset.OtherPatientIDs, dataset.PatientComments = "ZX-4711-77", "QUARTZMANN called"
    dataset.StudyDescription = "CHEST PA for QUARTZMANN"
    dataset.Manufacturer = "Maker of QUARTZMANN"  # the table trusts it
    dataset.PatientAge, dataset.PatientSex = "095Y", "F"
    request = Dataset()
    request.RequestedProcedureID, request.ReasonForTheRequestedProcedure = "ACCZX0099", "QUARTZMANN fell"
    dataset.RequestAttributesSequence = Sequence([request])
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = dataset.SOPClassUID, "1.2.999.77.9"
    inner = Dataset()
    inner.CodeValue, inner.CodingSchemeDesignator, inner.CodeMeaning = "1", "99X", "view of QUARTZMANN"
    source.PurposeOfReferenceCodeSequence = Sequence([inner])
    dataset.SourceImageSequence = Sequence([source])
    block = dataset.private_block(0x0011, "ELM LANE 7", create=True)
    block.add_new(1, "LO", "QUARTZMANN")
    dataset.file_meta.SourceApplicationEntityTitle = "SAINT QUARTZ"
    dataset.preamble = b"QUARTZMANN".ljust(128, b"\0")
    for keyword, value in extra.items():
        setattr(dataset, keyword, value)
    return dataset


def bytes_of(dataset: FileDataset) -> bytes:
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue() + b"\xfc\xff\xfc\xffOB\0\0\x0a\0\0\0QUARTZMANN"


Deid = Callable[..., tuple[bytes, Dataset]]


@pytest.fixture
def deid() -> Deid:
    """De-identify a data set or bytes with options; give what was written and how it reads."""

    def call(what: FileDataset | bytes, **options: object) -> tuple[bytes, Dataset]:
        content = what if isinstance(what, bytes) else bytes_of(what)
        chosen = Options.model_validate({"pixels": "keep", **options})
        done = deidentify(content, chosen, Pseudonyms(KEY), None, Limits())
        return done.content, dcmread(io.BytesIO(done.content))

    return call
