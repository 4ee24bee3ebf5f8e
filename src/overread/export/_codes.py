"""Codes as highdicom takes them: those of `_coding`, and what only DICOM objects say.

Codes of the standard come out of pydicom's dictionaries of PS3.16; those of findings out of `reasoning.vocabulary`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from overread.export._coding import CHEST
from overread.reasoning.vocabulary import PRIVATE_SCHEME
from overread.records import Code, Section


def concept(value: str, scheme: str, meaning: str) -> CodedConcept:
    """Make a concept of its parts."""
    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning)


def of(code: Code) -> CodedConcept:
    """Give a code of the vocabulary as DICOM has it."""
    return concept(code.value, code.scheme, code.meaning)


IMAGING = Code(scheme="SCT", value="363679005", meaning="Imaging")
"""Any procedure of imaging, where nothing more is known."""
PRESENCE = codes.DCM.PresenceOfProperty
SITE = of(CHEST)
SECTIONS: Mapping[Section, CodedConcept] = MappingProxyType(
    {
        "indication": codes.DCM.IndicationsForProcedure,
        "technique": codes.DCM.ProcedureDescription,
        "comparison": codes.DCM.PriorProcedureDescriptions,
        "findings": codes.DCM.Findings,
        "impression": codes.DCM.Impressions,
        "limitations": concept("LIMITATIONS", PRIVATE_SCHEME, "Limitations of the reading"),
    }
)
"""Headings of a report (PS3.16 CID 7001)."""
SENTENCES: Mapping[Section, CodedConcept] = MappingProxyType(
    {**SECTIONS, "findings": codes.DCM.Finding, "impression": codes.DCM.Impression}
)
ADDENDUM = codes.DCM.Addendum


class Structure(NamedTuple):
    """What a mask is of, and on which side."""

    kind: CodedConcept
    side: CodedConcept | None = None


STRUCTURES: Mapping[str, Structure] = MappingProxyType(
    {
        "right_lung": Structure(codes.SCT.Lung, codes.SCT.Right),
        "left_lung": Structure(codes.SCT.Lung, codes.SCT.Left),
        "lungs": Structure(codes.SCT.Lung, codes.SCT.RightAndLeft),
        "heart": Structure(codes.SCT.Heart),
    }
)
UNITS: Mapping[str, CodedConcept] = MappingProxyType(
    {
        "1": concept("1", "UCUM", "no units"),
        "cm2": concept("cm2", "UCUM", "square centimeter"),
        "%": codes.UCUM.Percent,
        "mL": concept("mL", "UCUM", "milliliter"),
        "[hnsf'U]": codes.UCUM.HounsfieldUnit,
    }
)


def own_scheme() -> CodingSchemeIdentificationItem:
    """Say what the private coding scheme is (PS3.3 C.12.1.1)."""
    return CodingSchemeIdentificationItem(
        designator=PRIVATE_SCHEME, name="Overread labels", responsible_organization="Overread"
    )
