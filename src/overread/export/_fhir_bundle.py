"""One bundle of a case: every resource that another of it refers to is in it."""

from overread.export._fhir_codes import Json
from overread.export._fhir_observations import Shared, observations
from overread.export._fhir_parts import full_url, instant, resource
from overread.export._fhir_people import models, patient, practitioner, software, subject
from overread.export._fhir_provenance import provenances
from overread.export._fhir_report import composition, diagnostic_report
from overread.export._fhir_study import imaging_study
from overread.export._output import Export
from overread.export._report_state import report_time
from overread.records import CaseFile

TEST_DATA: Json = {
    "meta": {
        "security": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code": "HTEST",
                "display": "test health data",
            }
        ]
    }
}
"""The security label of what is of no patient (FHIR R4, Security Labels; HL7 v3 ActReason)."""


def bundle_of(export: Export) -> Json:
    """Give a collection of the case's resources; the same case gives the same one.

    Raises `Unavailable` where what writes the PDF in it is not installed.
    """
    file = export.file
    who, program = patient(export), software(file)
    study = imaging_study(export, subject(who))
    tools = models(file, program)
    shared = Shared(subject(who), study, program, tools)
    results = observations(export, shared)
    signer = _signer(file)
    report = diagnostic_report(export, shared, results, signer)
    document = composition(export, shared, results, signer)
    signers = {item.signed_by: practitioner(item.signed_by) for item in file.versions}
    entries = [
        report, document, *results, *filter(None, (study, who)), program, *tools.values(), *signers.values(),
        *provenances(export, [report, document], program),
    ]  # fmt: skip
    return {
        **resource("Bundle", file.case_id),
        "type": "collection",
        "timestamp": instant(report_time(export)),
        "entry": [
            {"fullUrl": full_url(item), "resource": {**item, **TEST_DATA} if file.case.study.synthetic else item}
            for item in _each_once(entries)
        ],
    }


def _signer(file: CaseFile) -> Json | None:
    """Give who answers for the report as it is: the newest signature's person, None of a draft."""
    signed = file.newest if file.final is not None else file.preliminary
    return practitioner(signed.signed_by) if signed is not None else None


def _each_once(entries: list[Json]) -> list[Json]:
    return list({full_url(item): item for item in entries}.values())
