"""The report as a message of HL7 v2.5.1, ORU^R01: its words by section, and its findings in codes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from overread.export._fhir_codes import IMAGING_STUDY
from overread.export._fhir_parts import day
from overread.export._hl7_observations import coded, observations
from overread.export._output import Export, Writer
from overread.export._report_state import report_status, report_time, why_no_report
from overread.export._states import State, newest
from overread.hl7v2.writing import OURS, composed, header, message, moment, segment
from overread.imaging.wire_format import PatientIdentity
from overread.records import VersionStatus, content_digest
from overread.store.files import write_whole

STATES: Mapping[VersionStatus, str] = MappingProxyType(
    {"preliminary": "P", "final": "F", "amended": "C", "appended": "C"}
)
"""HL7 table 0123, which has no word of its own for an addendum: C corrects what the message names as before."""
RADIOLOGY = "RAD"
"""Diagnostic service section (table 0074)."""


class Hl7Writer:
    """Writes report.hl7."""

    name = "hl7"
    describe = "HL7 v2.5.1 ORU^R01: the sentences by section and the findings in codes (report.hl7)."

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: without a report, or a patient to name in PID."""
        if why := why_no_report(export.file):
            return why
        who = export.identity
        return None if who and (who.patient_id or who.name) else "the input names no patient, and PID must name one"

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path; who receives it is put into its header when it is sent."""
        path = folder / "report.hl7"
        write_whole(path, message_of(export))
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return Hl7Writer()


def message_of(export: Export) -> bytes:
    """Give the newest state of a report; the same state gives the same bytes, with the same control id."""
    state, status = newest(export.file), STATES[report_status(export.file)]
    at = moment(report_time(export))
    return message(
        header({3: OURS, 7: at, 9: composed("ORU", "R01", "ORU_R01"), 10: control_id(state)}),
        _patient(export.identity or PatientIdentity()),
        segment("ORC", {1: "RE", 3: _filler(state)}),
        _request(state, status, at),
        *observations(state, status, control_id),
    )


def control_id(state: State) -> str:
    """Name the message of a state in twenty letters: the one before can be named without having been sent."""
    return f"OVR{content_digest(str(state.uid('hl7')), length=17).upper()}"


def _patient(who: PatientIdentity) -> str:
    parts = (who.name.partition("=")[0].split("^") + [""] * 5)[:5]
    family, given, middle, prefix, suffix = parts
    number = composed(who.patient_id, "", "", who.issuer, "MR") if who.patient_id else ""
    name = composed(family, given, middle, suffix, prefix)
    born = (day(who.birth_date) or "").replace("-", "")  # who checks messages refuses a date that there is not
    return segment("PID", {1: "1", 3: number, 5: name, 7: born, 8: composed(who.sex)})


def _filler(state: State) -> str:
    """Give the accession number, which most systems take for the filler's; without one the case is the filler's."""
    number = state.file.case.order.accession_number
    return composed(number) if number else composed(state.file.case_id, OURS)


def _request(state: State, status: str, at: str) -> str:
    """Give OBR; of who signed nothing is known but the name, which stands whole in the place of the family's."""
    study, order = state.file.case.study, state.file.case.order
    signer = f"&{composed(state.version.signed_by)}" if state.version else ""
    fields = {
        1: "1",
        3: _filler(state),
        4: coded(report, alternate=IMAGING_STUDY) if (report := state.file.exam.report) else coded(IMAGING_STUDY),
        7: f"{study.study_date or ''}{(study.study_time or '')[:6] if study.study_date else ''}",
        18: composed(order.accession_number or ""),
        22: at,
        24: RADIOLOGY,
        25: status,
        32: signer,
    }
    return segment("OBR", fields)
