"""The bundle: closed lists of states, references that resolve, and codes that say what the report says."""

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from overread.errors import UsageError
from overread.export._coding import PRESENCE
from overread.export._fhir_bundle import bundle_of
from overread.export._fhir_codes import SYSTEMS
from overread.export.fhir import build, check_bundle
from overread.export.pdf import pdf_of
from overread.reasoning.vocabulary import TERMS
from tests.export import case_exports as cases

# hl7.org/fhir/R4: the required bindings of what is written, which fhir.resources does not check.
CLOSED = {
    ("Bundle", "type"): {"document", "message", "transaction", "batch", "history", "searchset", "collection"},
    ("DiagnosticReport", "status"): {
        "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
        "entered-in-error", "unknown",
    },
    ("Composition", "status"): {"preliminary", "final", "amended", "entered-in-error"},
    ("Observation", "status"): {
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
    },
    ("ImagingStudy", "status"): {"registered", "available", "cancelled", "entered-in-error", "unknown"},
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
}  # fmt: skip
CLOSED_ANYWHERE = {
    "attester/mode": {"personal", "professional", "legal", "official"},
    "entity/role": {"derivation", "revision", "quotation", "source", "removal"},
    "deviceName/type": {
        "udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name", "model-name", "other",
    },
    "text/status": {"generated", "extensions", "additional", "empty"},
    "name/use": {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"},
}  # fmt: skip
TARGETS = {
    "DiagnosticReport/performer": {"Practitioner"},
    "DiagnosticReport/resultsInterpreter": {"Practitioner"},
    "DiagnosticReport/result": {"Observation"},
    "DiagnosticReport/imagingStudy": {"ImagingStudy"},
    "Observation/derivedFrom": {"ImagingStudy"},
    "Observation/device": {"Device"},
    "Composition/author": {"Practitioner", "Device"},
    "attester/party": {"Practitioner"},
    "agent/who": {"Practitioner", "Device"},
    "Device/parent": {"Device"},
    "section/entry": {"Observation"},
    "Provenance/target": {"DiagnosticReport", "Composition", "Observation"},
}
STATES = [
    (cases.draft, "preliminary", "preliminary"),
    (cases.preliminary, "preliminary", "preliminary"),
    (cases.signed, "final", "final"),
    (cases.appended, "appended", "amended"),
    (cases.amended, "amended", "amended"),
]


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item["resource"] for item in bundle["entry"] if item["resource"]["resourceType"] == kind]


def fields(value: Any, above: str, name: str = "") -> Iterator[tuple[str, Any]]:
    """Give each field below as `parent/name` with its value, lists taken apart."""
    if isinstance(value, dict):
        own = value.get("resourceType", name or above)
        for key, each in value.items():
            yield f"{own}/{key}", each
            yield from fields(each, own, key)
    elif isinstance(value, list):
        for each in value:
            yield from fields(each, above, name)


def refuse_open_states(bundle: dict[str, Any]) -> None:
    for item in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        for (kind, field), allowed in CLOSED.items():
            assert item["resourceType"] != kind or item.get(field, next(iter(allowed))) in allowed
    for path, value in fields(bundle, "Bundle"):
        assert value not in ("", [], {}, None), path
        assert path not in CLOSED_ANYWHERE or value in CLOSED_ANYWHERE[path], (path, value)


def refuse_lost_references(bundle: dict[str, Any]) -> None:
    kinds = {item["fullUrl"]: item["resource"]["resourceType"] for item in bundle["entry"]}
    assert len(kinds) == len(bundle["entry"])
    for path, value in fields(bundle, "Bundle"):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and "reference" in each:
                assert each["type"] == kinds[each["reference"]]
                assert path not in TARGETS or each["type"] in TARGETS[path], path


@pytest.mark.parametrize(("make", "report", "document"), STATES)
def test_each_state_of_a_report_is_a_valid_bundle(tmp_path: Path, make, report: str, document: str) -> None:
    export = cases.export_of(make, tmp_path)
    bundle = bundle_of(export)
    check_bundle(bundle)
    refuse_open_states(bundle)
    refuse_lost_references(bundle)
    assert bundle == bundle_of(export)
    assert resources(bundle, "DiagnosticReport")[0]["status"] == report
    assert resources(bundle, "Composition")[0]["status"] == document
    assert {item["status"] for item in resources(bundle, "Observation")} == {
        "preliminary" if export.file.final is None else "final"
    }


def test_the_probability_of_what_is_absent_is_no_certainty(tmp_path: Path) -> None:
    bundle = bundle_of(cases.export_of(cases.draft, tmp_path))
    (absent,) = [item for item in resources(bundle, "Observation") if item["code"]["text"] == "Pneumothorax"]
    (part,) = absent["component"]
    assert (part["code"]["coding"][0]["code"], part["valueQuantity"]["value"]) == ("PPRESENT", 10.0)


def test_the_checks_of_this_file_can_fail(tmp_path: Path) -> None:
    bundle = bundle_of(cases.export_of(cases.draft, tmp_path))
    bogus = json.loads(json.dumps(bundle).replace('"status": "preliminary"', '"status": "bogus"', 1))
    check_bundle(bogus)
    with pytest.raises(AssertionError):
        refuse_open_states(bogus)
    lost = {**bundle, "entry": [item for item in bundle["entry"] if item["resource"]["resourceType"] != "ImagingStudy"]}
    with pytest.raises(KeyError):
        refuse_lost_references(lost)
    with pytest.raises(ValueError, match="unheard"):
        check_bundle({**bundle, "unheard": 1})


def test_findings_are_coded_with_status_side_and_certainty(tmp_path: Path) -> None:
    export = cases.export_of(cases.sided, tmp_path)
    bundle = bundle_of(export)
    found = {item["code"]["text"]: item for item in resources(bundle, "Observation")}
    told = {item.label: item.status for item in export.file.findings if item.status in PRESENCE and item.label in found}
    assert set(told.values()) == {"present", "absent"}
    for label, status in told.items():
        code = TERMS[label].code
        assert found[label]["code"]["coding"][0] == {
            "system": SYSTEMS[code.scheme], "code": code.value, "display": code.meaning,
        }  # fmt: skip
        assert found[label]["valueCodeableConcept"]["coding"][0]["code"] == PRESENCE[status].value
        assert found[label]["derivedFrom"][0]["type"] == "ImagingStudy"
    parts = {
        (part["code"].get("coding") or [{}])[0].get("code"): part for part in found["Pleural Effusion"]["component"]
    }
    assert parts["111012"]["valueQuantity"] == {
        "value": 90.0, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%",
    }  # fmt: skip
    assert parts["272741003"]["valueCodeableConcept"]["coding"][0]["code"] == "7771000"
    assert not any(item.status == "not_assessed" and item.label in found for item in export.file.findings)


def test_a_cited_measurement_has_its_unit_and_the_device_that_gave_it(tmp_path: Path) -> None:
    bundle = bundle_of(cases.export_of(cases.draft, tmp_path))
    (ratio,) = [item for item in resources(bundle, "Observation") if "valueQuantity" in item]
    assert (ratio["code"]["text"], ratio["valueQuantity"]["value"]) == ("cardiothoracic ratio", 0.44)
    assert (ratio["valueQuantity"]["system"], ratio["valueQuantity"]["code"]) == ("http://unitsofmeasure.org", "1")
    devices = {f"urn:uuid:{item['id']}": item for item in resources(bundle, "Device")}
    assert devices[ratio["device"]["reference"]]["deviceName"][0]["name"] == "segmentation: scripted"
    assert devices[ratio["device"]["reference"]]["version"] == [{"value": "1"}]


def test_codes_are_not_sent_of_sentences_that_somebody_reworded(tmp_path: Path) -> None:
    reworded = bundle_of(cases.export_of(cases.reworded, tmp_path / "reworded"))
    amended = bundle_of(cases.export_of(cases.amended, tmp_path / "amended"))
    labels = {item["code"]["text"] for item in resources(reworded, "Observation")}
    assert "Pleural Effusion" not in labels
    assert "Pneumothorax" in labels
    assert {item["code"]["text"] for item in resources(amended, "Observation")} == {"cardiothoracic ratio"}


def test_the_study_is_named_by_its_uids_and_the_patient_by_id_with_issuer(tmp_path: Path) -> None:
    export = cases.export_of(cases.draft, tmp_path)
    bundle = bundle_of(export)
    (study,), (patient,) = resources(bundle, "ImagingStudy"), resources(bundle, "Patient")
    assert study["identifier"][0] == {"system": "urn:dicom:uid", "value": f"urn:oid:{export.file.case.study.uid}"}
    assert [item["uid"] for item in study["series"]] == [item.uid for item in export.file.case.study.series]
    assert patient["identifier"][0]["value"] == "PID-4711"
    assert patient["identifier"][0]["assigner"] == {"display": "Klinikum Süd"}
    assert patient["name"][0] == {
        "use": "official", "family": "Müller-Lüdenscheidt", "given": ["Jörg", "Ägidius"], "prefix": ["Dr."],
    }  # fmt: skip
    assert "birthDate" not in patient, "30 February is no date"


def test_an_instance_is_named_where_the_header_tells_its_sop_class(tmp_path: Path) -> None:
    export = cases.export_of(cases.draft, tmp_path)
    (image,) = export.file.case.study.images
    kind = "1.2.840.10008.5.1.4.1.1.1.1"
    bundle = bundle_of(replace(export, headers={image.sop_instance_uid: {"SOPClassUID": kind}}))
    check_bundle(bundle)
    (series,) = resources(bundle, "ImagingStudy")[0]["series"]
    (instance,) = series["instance"]
    assert (instance["uid"], instance["sopClass"]["code"]) == (image.sop_instance_uid, f"urn:oid:{kind}")
    assert "instance" not in resources(bundle_of(replace(export, headers={})), "ImagingStudy")[0]["series"][0]


def test_a_plain_picture_has_no_study_and_no_patient(tmp_path: Path) -> None:
    bundle = bundle_of(cases.export_of(cases.plain_picture, tmp_path, None))
    check_bundle(bundle)
    refuse_open_states(bundle)
    refuse_lost_references(bundle)
    assert not resources(bundle, "Patient")
    assert not resources(bundle, "ImagingStudy")
    assert resources(bundle, "DiagnosticReport")[0]["subject"] == {"display": "Patient not stated in the input"}


def test_every_signature_has_a_provenance_over_its_text(tmp_path: Path) -> None:
    export = cases.export_of(cases.appended, tmp_path)
    bundle = bundle_of(export)
    drafted, *signed = resources(bundle, "Provenance")
    people = {f"urn:uuid:{item['id']}": item["name"][0]["text"] for item in resources(bundle, "Practitioner")}
    assert drafted["agent"][0]["who"]["type"] == "Device"
    assert [people[item["agent"][0]["who"]["reference"]] for item in signed] == [cases.SIGNER, "Prof. Østergård"]
    for item, version in zip(signed, export.file.versions, strict=True):
        digests = [entity["what"]["identifier"]["value"] for entity in item["entity"]]
        assert digests[:2] == [version.draft_digest, version.text_digest]
    assert signed[1]["entity"][2]["what"]["identifier"]["value"] == export.file.versions[0].text_digest


def test_a_draft_names_no_signer(tmp_path: Path) -> None:
    bundle = bundle_of(cases.export_of(cases.draft, tmp_path))
    assert not resources(bundle, "Practitioner")
    assert "attester" not in resources(bundle, "Composition")[0]
    assert "resultsInterpreter" not in resources(bundle, "DiagnosticReport")[0]


def test_the_report_is_whole_in_it_as_pdf_and_a_section_at_a_time(tmp_path: Path) -> None:
    export = cases.export_of(cases.appended, tmp_path)
    bundle = bundle_of(export)
    (report,), (document,) = resources(bundle, "DiagnosticReport"), resources(bundle, "Composition")
    as_pdf, as_text = (base64.b64decode(form["data"]) for form in report["presentedForm"])
    assert as_pdf == pdf_of(export)
    assert len(PdfReader(io.BytesIO(as_pdf)).pages) > 1
    assert "There is a pleural effusion." in as_text.decode()
    assert report["conclusion"] == "Pleural effusion."
    said = {part["title"]: re.sub("<[^>]+>", " ", part["text"]["div"]) for part in document["section"]}
    assert "There is a pleural effusion." in said["Findings"]
    assert "The ward in Gießen was told by telephone." in said["Addendum"]


def test_what_is_not_valid_is_not_written(tmp_path: Path) -> None:
    export = cases.export_of(cases.odd_modality, tmp_path / "home")
    with pytest.raises((ValueError, UsageError)):
        build().write(export, tmp_path)
    assert not (tmp_path / "fhir.json").exists()
