"""OBX segments: the state, the study, the sentences by section, and what is coded, as `_coded` says."""

from collections.abc import Callable, Iterator

from overread.export._coded import findings, measures
from overread.export._coding import CERTAINTY, LATERALITY, MEASURED, MEASURED_AT, PRESENCE, PROBABILITY, SEVERITY, SIDES
from overread.export._fhir_codes import ADDENDUM, IMAGING_REPORT, SECTION_CODES
from overread.export._states import State
from overread.hl7v2.writing import composed, moment, repeated, segment
from overread.outputs.document import document_of
from overread.outputs.evidence_text import words
from overread.reasoning.vocabulary import PRIVATE_SCHEME
from overread.records import SECTIONS, Code, Evidence, Finding, Measurement

STUDY = Code(scheme="DCM", value="110180", meaning="Study Instance UID")
STATE = Code(scheme=PRIVATE_SCHEME, value="STATE", meaning="State of the report")
BEFORE = Code(scheme=PRIVATE_SCHEME, value="PREDECESSOR", meaning="Control id of the message that this one replaces")
LIMITATIONS = Code(scheme=PRIVATE_SCHEME, value="LIMITATIONS", meaning="Limitations of the reading")
UNVERIFIED = "PRELIMINARY, UNVERIFIED: drafted by software; nobody has signed it"


def coded(code: Code, *, alternate: Code | None = None) -> str:
    """Write a code as CWE, with another of the same meaning where there is one."""
    other = (alternate.value, alternate.meaning, alternate.scheme) if alternate else ()
    return composed(code.value, code.meaning, code.scheme, *other)


class _Numbered:
    """Writes OBX one after another."""

    def __init__(self, state: State, status: str) -> None:
        self._status = status
        manifest = state.file.manifest
        self._maker = composed(f"Overread {manifest.overread_version}", f"profile {manifest.profile}")
        self._at = moment(state.at)
        self._count = 0

    def __call__(self, kind: str, code: str, value: str, *, sub: str = "", units: str = "", by: str = "") -> str:
        self._count += 1
        fields = {1: str(self._count), 2: kind, 3: code, 4: sub, 5: value, 6: units, 11: self._status, 14: self._at}
        return segment("OBX", {**fields, 17: composed(by) if by else "", 18: self._maker})


def observations(state: State, status: str, named: Callable[[State], str]) -> Iterator[str]:
    """Give all of a state; `named` gives the control id of the message of one."""
    write, study = _Numbered(state, status), state.file.case.study
    yield write("TX", coded(STATE), repeated(_said_of(state)))
    if (before := state.before()) is not None:
        yield write("ST", coded(BEFORE), composed(named(before)))
    if study.source == "dicom":
        yield write("ST", coded(STUDY), composed(study.uid))
    if banners := document_of(state.file).banners:
        yield write("TX", coded(IMAGING_REPORT), repeated(*banners))
    for section in SECTIONS:
        if said := [line.text for line in state.sections.get(section, ())]:
            yield write("TX", coded(SECTION_CODES.get(section, LIMITATIONS)), repeated(*said))
    if state.version is not None and state.version.additions:
        yield write("TX", coded(ADDENDUM), repeated(*state.version.additions))
    for number, item in enumerate(findings(state), start=1):
        yield from _finding(write, item, str(number))
    for evidence, payload in measures(state):
        yield _measure(write, evidence, payload)


def _said_of(state: State) -> str:
    if state.version is None:
        return UNVERIFIED
    word = {"preliminary": "PRELIMINARY", "final": "FINAL", "amended": "AMENDED", "appended": "WITH ADDENDUM"}
    kind = "UNVERIFIED" if state.version.preliminary else "VERIFIED"
    by = f"signed by {state.version.signed_by}, version {state.version.version}"
    return f"{word[state.version.status]}, {kind}: {by}"


def _finding(write: _Numbered, item: Finding, sub: str) -> Iterator[str]:
    """Give the finding, then what is known of it under the same sub id."""
    yield write("CWE", coded(item.code), coded(PRESENCE[item.status]), sub=sub)
    if item.laterality:
        yield write("CWE", coded(LATERALITY), coded(SIDES[item.laterality]), sub=sub)
    if item.severity:
        yield write("ST", coded(SEVERITY), composed(item.severity), sub=sub)
    if item.probability is not None:
        name = PROBABILITY if item.status == "absent" else CERTAINTY
        yield write("NM", coded(name), f"{item.probability * 100:.2f}", sub=sub, units="%^percent^UCUM")


def _measure(write: _Numbered, item: Evidence, payload: Measurement) -> str:
    # A code that says nothing of the side would give two lungs one name: words do.
    name = None if payload.name in MEASURED_AT else MEASURED.get(payload.name)
    code = coded(name) if name else composed("", words(payload.name))
    units = composed(payload.unit, "", "UCUM")
    return write("NM", code, f"{payload.value:g}", units=units, by=f"{item.tool}: {payload.method}")
