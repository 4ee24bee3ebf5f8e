"""Codes as FHIR writes them, those of a document and its sections, and its states."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from overread.reasoning.vocabulary import PRIVATE_SCHEME
from overread.records import Code, Section, VersionStatus

Json = dict[str, Any]

OWN_SYSTEM = f"urn:oid:2.25.{uuid.uuid5(uuid.NAMESPACE_OID, PRIVATE_SCHEME).int}"
"""Of labels and measurements that have no code we are certain of."""
SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "SCT": "http://snomed.info/sct",
        "RADLEX": "http://radlex.org",
        "DCM": "http://dicom.nema.org/resources/ontology/DCM",
        "LN": "http://loinc.org",
        PRIVATE_SCHEME: OWN_SYSTEM,
    }
)
"""Coding schemes of DICOM to code systems of FHIR."""

IMAGING_STUDY = Code(scheme="LN", value="18748-4", meaning="Diagnostic imaging study")
IMAGING_REPORT = Code(scheme="LN", value="85430-7", meaning="Diagnostic imaging report")
ADDENDUM = Code(scheme="LN", value="55107-7", meaning="Addendum Document")
SECTION_CODES: Mapping[Section, Code] = MappingProxyType(
    {
        "indication": Code(scheme="LN", value="18785-6", meaning="Radiology Reason for study (narrative)"),
        "technique": Code(scheme="LN", value="55111-9", meaning="Current imaging procedure descriptions Document"),
        "comparison": Code(scheme="LN", value="18834-2", meaning="Radiology Comparison study (narrative)"),
        "findings": Code(scheme="LN", value="59776-5", meaning="Procedure findings Narrative"),
        "impression": Code(scheme="LN", value="19005-8", meaning="Radiology Imaging study [Impression] (narrative)"),
    }
)
"""Limitations have a title and no code."""

DOCUMENT_STATES: Mapping[VersionStatus, str] = MappingProxyType(
    {"preliminary": "preliminary", "final": "final", "amended": "amended", "appended": "amended"}
)
"""Composition.status, which has no word of its own for an addendum."""


def coding(code: Code) -> Json:
    """Give a code with its system's address."""
    return {"system": SYSTEMS[code.scheme], "code": code.value, "display": code.meaning}


def concept(*codes: Code, text: str | None = None) -> Json:
    """Give one concept with its codes, and with words where there are any."""
    coded: Json = {"coding": [coding(code) for code in codes]} if codes else {}
    return {**coded, "text": text} if text else coded


def of_system(system: str, code: str, display: str) -> Json:
    """Give a concept of one of HL7's own tables."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code, "display": display}]}
