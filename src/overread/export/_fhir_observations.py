"""Findings and measurements as observations: only what the report still says is sent in codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from overread.export import _coded as coded
from overread.export._coding import (
    CERTAINTY,
    CHEST,
    LATERALITY,
    LUNG,
    MEASURED,
    MEASURED_AT,
    PRESENCE,
    PROBABILITY,
    SEVERITY,
    SIDES,
)
from overread.export._dicom import tracking_uid
from overread.export._fhir_codes import Json, concept
from overread.export._fhir_parts import instant, known, resource, to
from overread.export._output import Export
from overread.export._report_state import report_time
from overread.export._states import newest
from overread.outputs.evidence_text import words
from overread.records import CaseFile, Evidence, Finding, Measurement

UCUM = "http://unitsofmeasure.org"
PERCENT = {"unit": "%", "system": UCUM, "code": "%"}


@dataclass(frozen=True)
class Shared:
    """What all observations of a case refer to."""

    subject: Json
    study: Json | None
    program: Json
    models: Mapping[str, Json]


def observations(export: Export, shared: Shared) -> list[Json]:
    """Give an observation for each finding that is present, absent or possible, and each measurement that counts."""
    state = newest(export.file)
    measured = [_measured(export, item, value, shared) for item, value in coded.measures(state)]
    return [*(_found(export, item, shared) for item in coded.findings(state)), *measured]


def said_of(finding: Finding) -> Json:
    """Give what an observation says of a finding that was assessed: code, presence, place, side, certainty, change."""
    certainty = PROBABILITY if finding.status == "absent" else CERTAINTY
    parts = [
        {"code": concept(LATERALITY), "valueCodeableConcept": concept(SIDES[finding.laterality])}
        if finding.laterality
        else None,
        {"code": concept(certainty), "valueQuantity": {"value": round(finding.probability * 100, 2), **PERCENT}}
        if finding.probability is not None
        else None,
        {"code": concept(SEVERITY), "valueString": finding.severity} if finding.severity else None,
        {"code": {"text": "Change since the earlier study"}, "valueString": words(finding.change)}
        if finding.change
        else None,
    ]
    presence = PRESENCE.get(finding.status)
    return {
        "code": concept(finding.code, text=finding.label),
        **known(valueCodeableConcept=concept(presence) if presence else None),
        "bodySite": concept(CHEST, text=finding.location),
        **known(component=[part for part in parts if part]),
    }


def results_named(file: CaseFile, identity: str, tracked: str) -> list[Json]:
    """Name a result as every export of a case does: by its id, and by the UID that an SR tracks it by."""
    return [
        {"type": {"text": "Overread result"}, "value": identity},
        {"system": "urn:dicom:uid", "value": f"urn:oid:{tracking_uid(file, tracked)}"},
    ]


def _found(export: Export, finding: Finding, shared: Shared) -> Json:
    return {
        **_observation(export, finding.id, shared),
        "identifier": results_named(export.file, finding.id, finding.label),
        **said_of(finding),
        "device": to(shared.program),
    }


def _measured(export: Export, item: Evidence, payload: Measurement, shared: Shared) -> Json:
    known_code = (MEASURED[payload.name],) if payload.name in MEASURED else ()
    return {
        **_observation(export, item.id, shared),
        "identifier": results_named(export.file, item.id, words(payload.name)),
        "code": concept(*known_code, text=words(payload.name)),
        "valueQuantity": {"value": payload.value, "unit": payload.unit, "system": UCUM, "code": payload.unit},
        "bodySite": _site(payload),
        "method": {"text": payload.method},
        "device": to(shared.models.get(item.tool, shared.program)),
    }


def _site(payload: Measurement) -> Json:
    side = MEASURED_AT.get(payload.name)
    return concept(CHEST) if side is None else concept(LUNG, text=f"{side} lung")


def _observation(export: Export, key: str, shared: Shared) -> Json:
    """Begin an observation: preliminary until the report that it belongs to is signed as final."""
    file = export.file
    return {
        **resource("Observation", file.case_id, key),
        "status": "preliminary" if file.final is None else "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "imaging"}]}
        ],
        "subject": shared.subject,
        "issued": instant(report_time(export)),
        **known(derivedFrom=[to(shared.study)] if shared.study else []),
    }
