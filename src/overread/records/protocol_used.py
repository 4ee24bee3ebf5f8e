"""What a case was read as: the protocol that the gate chose, and how the exam is named and coded."""

from overread.records._record import Record
from overread.records.findings import Code


class Exam(Record):
    """What was examined, as reports and exports name it; a code is None where none is certain."""

    name: str
    """At the beginning of a sentence, such as `Chest radiograph`."""
    procedure: Code | None = None
    """SNOMED CT, for the procedure reported of a structured report (PS3.16 TID 1500)."""
    report: Code | None = None
    """LOINC, for the code of a FHIR DiagnosticReport and OBR-4 of HL7 v2."""
    site: Code | None = None
    """SNOMED CT, of the part of the body."""


CHEST_FILM = Exam(
    name="Chest radiograph",
    procedure=Code(scheme="SCT", value="399208008", meaning="Plain chest X-ray"),
    report=Code(scheme="LN", value="30745-4", meaning="XR Chest Views"),
    site=Code(scheme="SCT", value="816094009", meaning="Chest"),
)
"""What every case was before there were protocols."""
CHEST_RADIOGRAPH = "chest_radiograph"
"""The protocol by which every case was read before there were several."""


class ProtocolUsed(Record):
    """Which protocol read a study."""

    name: str
    version: str
    exam: Exam
