"""Findings and measurements as observations: only what the report still says is sent in codes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from overread.export._fhir_codes import (
    CERTAINTY,
    CHEST,
    FOUND,
    LATERALITY,
    MEASURED,
    PROBABILITY,
    SEVERITY,
    SIDES,
    Json,
    concept,
)
from overread.export._fhir_parts import instant, known, resource, to
from overread.export._output import Export
from overread.export._report_state import report_time
from overread.outputs.draft_policy import NOT_POSITIVE
from overread.outputs.evidence_text import words
from overread.outputs.statement_view import cited_ids
from overread.records import CaseFile, Evidence, Finding, Measurement, Review

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
    """Give an observation for each finding that is present, absent or possible, and each measurement that is cited."""
    file = export.file
    cited = set(cited_ids(file))
    measured = [
        _measured(export, item, item.payload, shared)
        for item in file.evidence
        if item.id in cited and isinstance(item.payload, Measurement)
    ]
    return [*(_found(export, item, shared) for item in coded_findings(file)), *measured]


def coded_findings(file: CaseFile) -> tuple[Finding, ...]:
    """Give the findings whose codes say what the report says: those that a sentence of it speaks of.

    Somebody who rewords or rejects a sentence by hand changes no code: such a finding is not sent, nor is any of a
    report whose words people wrote anew (amended), or that is signed as preliminary only.
    """
    told = tuple(item for item in _standing(file) if item.status in FOUND)
    return tuple(item for item in told if item.label != NOT_POSITIVE or item.status == "present")


def _standing(file: CaseFile) -> Iterator[Finding]:
    if file.preliminary is not None or any(version.status == "amended" for version in file.versions):
        return
    spoken = {one for item in (file.draft.statements if file.draft else ()) for one in item.finding_ids}
    if file.final is None:
        yield from (item for item in file.findings if item.id in spoken)
    elif file.review is not None:
        standing = spoken - _reworded(file, file.review) | {item.finding_id for item in file.review.findings}
        added = {item.label for item in file.review.added}
        yield from (item for item in file.final.findings if item.id in standing or item.label in added)


def _reworded(file: CaseFile, review: Review) -> set[str]:
    changed = {item.statement_id for item in review.statements if item.action != "accept"}
    statements = file.draft.statements if file.draft else ()
    return {one for item in statements if item.id in changed for one in item.finding_ids}


def _found(export: Export, finding: Finding, shared: Shared) -> Json:
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
    return {
        **_observation(export, finding.id, shared),
        "code": concept(finding.code, text=finding.label),
        "valueCodeableConcept": concept(FOUND[finding.status]),
        "bodySite": concept(CHEST, text=finding.location),
        "device": to(shared.program),
        **known(component=[part for part in parts if part]),
    }


def _measured(export: Export, item: Evidence, payload: Measurement, shared: Shared) -> Json:
    known_code = (MEASURED[payload.name],) if payload.name in MEASURED else ()
    return {
        **_observation(export, item.id, shared),
        "code": concept(*known_code, text=words(payload.name)),
        "valueQuantity": {"value": payload.value, "unit": payload.unit, "system": UCUM, "code": payload.unit},
        "bodySite": concept(CHEST),
        "method": {"text": payload.method},
        "device": to(shared.models.get(item.tool, shared.program)),
    }


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
