"""Look for what told who the patient is in all that is left: the last check before an object is written."""

import re
from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

WHO = frozenset(
    {
        "AccessionNumber", "DeviceSerialNumber", "InstitutionAddress", "InstitutionName", "IssuerOfPatientID",
        "NameOfPhysiciansReadingStudy", "OperatorsName", "OtherPatientIDs", "OtherPatientNames", "PatientAddress",
        "PatientBirthDate", "PatientBirthName", "PatientID", "PatientMotherBirthName", "PatientName",
        "PatientTelephoneNumbers", "PerformingPhysicianName", "ReferringPhysicianName", "RequestingPhysician",
        "ResponsiblePerson", "StudyID",
    }
)  # fmt: skip
"""Attributes whose words name somebody; wherever else such a word stands, it names them too."""
LEAST = 4
"""Letters or digits; shorter words are too often part of others."""
COMMON = frozenset(
    {"anonymous", "anonymized", "anon", "clinic", "hospital", "none", "removed", "test", "unknown", "xray"}
)
TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})


def words_of(dataset: Dataset) -> frozenset[str]:
    """Give the words, in small letters, that tell who somebody is: names by part, numbers and days whole."""
    found: set[str] = set()
    for element in _all(dataset):
        if element.keyword in WHO and not element.is_empty and element.VR != "SQ":
            for value in element.value if isinstance(element.value, MultiValue) else (element.value,):
                found.add(str(value).strip().lower())
                if element.VR == "PN":
                    found.update(re.split(r"[^\w]+", str(value).lower()))
    return frozenset(word for word in found - COMMON if len(word) >= LEAST and not _is_plain(word))


def holding(dataset: Dataset, words: frozenset[str]) -> Iterator[DataElement]:
    """Give each element of text that holds one of the words."""
    if not words:
        return
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words)))
    for element in _all(dataset):
        if element.VR in TEXTS and not element.is_empty and pattern.search(str(element.value).lower()):
            yield element


def _is_plain(word: str) -> bool:
    """Say whether a word is a number of zeros or the like, which says nothing."""
    return len(set(word)) == 1


def _all(dataset: Dataset) -> Iterator[DataElement]:
    for level in _levels(dataset):
        yield from level


def _levels(dataset: Dataset) -> Iterator[Dataset]:
    yield dataset
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _levels(item)
