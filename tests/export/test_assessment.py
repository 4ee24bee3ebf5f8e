"""Each decision of the reviewer once: on which result, by whom, why, and over which evidence of which model."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from overread.export import assessment
from overread.export._decisions import decisions
from overread.export._fhir_assessment import assessment_bundle
from overread.export._fhir_bundle import bundle_of
from overread.export.fhir import check_bundle
from overread.records import Conflict, ConflictResolution
from tests.export import case_exports as cases
from tests.export.test_fhir import refuse_lost_references, refuse_open_states, resources

Json = dict[str, Any]


def bundle(export: Any) -> Json:
    assert export.file.review is not None
    made = assessment_bundle(export, export.file.review)
    check_bundle(made)
    refuse_open_states(made)
    refuse_lost_references(
        {**made, "entry": [{**item, "resource": without_own(item["resource"])} for item in made["entry"]]}
    )
    return made


def without_own(value: Any) -> Any:
    """Leave out references to what is contained, once they are seen to be there."""
    if isinstance(value, dict) and value.get("resourceType") == "Observation" and "contained" in value:
        inside = {f"#{item['id']}" for item in value["contained"]}
        named = {item["reference"] for key in ("focus", "hasMember") for item in value.get(key, [])}
        assert inside <= named
        assert {item for item in named if item.startswith("#")} <= inside
        outer = ("contained", "focus", "hasMember")
        return {key: each for key, each in value.items() if key not in outer}
    return value


def outcomes(made: Json) -> Counter[str]:
    return Counter(item["valueCodeableConcept"]["coding"][0]["code"] for item in resources(made, "Observation"))


def of(made: Json, outcome: str) -> list[Json]:
    return [
        item for item in resources(made, "Observation") if item["valueCodeableConcept"]["coding"][0]["code"] == outcome
    ]


def test_every_decision_is_there_once_with_its_author_and_its_time(tmp_path: Path) -> None:
    export = cases.export_of(cases.decided, tmp_path)
    file, made = export.file, bundle(export)
    review = file.review
    assert review is not None
    wanted = len(review.statements) + len(review.findings) + len(review.added)
    keys = [item["identifier"][0]["value"] for item in resources(made, "Observation")]
    assert len(keys) == len(set(keys)) == wanted == len(decisions(file))
    told = Counter(item.action for item in review.statements)
    assert outcomes(made) == {
        "ACCEPTED": told["accept"],
        "EDITED": told["edit"] + 1,
        "REJECTED": told["reject"],
        "SUPPLEMENTED": 1,
    }
    people = {f"urn:uuid:{item['id']}": item["name"][0]["text"] for item in resources(made, "Practitioner")}
    assert {people[item["performer"][0]["reference"]] for item in resources(made, "Observation")} == {cases.SIGNER}
    assert len(resources(made, "Provenance")) == wanted
    assert made == bundle(export)


def test_an_edit_has_the_words_before_and_after_and_a_rejection_its_reason(tmp_path: Path) -> None:
    made = bundle(cases.export_of(cases.decided, tmp_path))
    sentence = next(item for item in of(made, "EDITED") if "valueString" in item["contained"][0])
    drafted, decided = sentence["contained"]
    assert (drafted["status"], decided["valueString"]) == ("preliminary", "No air in the pleural space.")
    assert drafted["valueString"] != decided["valueString"]
    assert drafted["hasMember"][0]["display"] == "Pneumothorax"
    (struck,) = of(made, "REJECTED")
    assert struck["note"] == [{"text": "goes without saying"}]
    assert [item["id"] for item in struck["contained"]] == ["drafted"]


def test_a_changed_finding_is_told_as_drafted_and_as_signed_by_the_identifiers_of_the_report(tmp_path: Path) -> None:
    export = cases.export_of(cases.decided, tmp_path)
    made = bundle(export)
    (changed,) = [item for item in of(made, "EDITED") if "valueCodeableConcept" in item["contained"][0]]
    drafted, decided = changed["contained"]
    assert [item["valueCodeableConcept"]["coding"][0]["display"] for item in (drafted, decided)] == [
        "Present",
        "Possible",
    ]
    assert changed["note"] == [{"text": "a skin fold, perhaps"}]
    in_report = next(
        item for item in resources(bundle_of(export), "Observation") if item["code"]["text"] == "Pleural Effusion"
    )
    assert drafted["identifier"] == decided["identifier"] == in_report["identifier"]
    (added,) = of(made, "SUPPLEMENTED")
    assert added["contained"][0]["code"]["text"] == "Fracture"
    assert added["focus"][0]["type"] == "ImagingStudy"


def test_each_result_is_told_with_its_evidence_and_the_model_that_gave_it(tmp_path: Path) -> None:
    export = cases.export_of(cases.decided, tmp_path)
    made = bundle(export)
    devices = {f"urn:uuid:{item['id']}": item["deviceName"][0]["name"] for item in resources(made, "Device")}
    (changed,) = [item for item in of(made, "EDITED") if "valueCodeableConcept" in item["contained"][0]]
    (source,) = [
        item for item in resources(made, "Provenance") if item["target"][0]["reference"] == f"urn:uuid:{changed['id']}"
    ]
    drafted = next(item for item in export.file.findings if item.label == "Pleural Effusion")
    digest, *evidence = source["entity"]
    assert digest["what"]["identifier"]["value"] == export.file.final.draft_digest
    assert {item["what"]["identifier"]["value"] for item in evidence} == {*drafted.evidence_ids, *drafted.against_ids}
    assert {devices[item["agent"][0]["who"]["reference"]] for item in evidence} == {"classification: scripted"}
    assert source["agent"][0]["role"] == [{"text": "radiologist"}]


def test_a_settled_conflict_is_a_decision_too(tmp_path: Path) -> None:
    export = cases.export_of(cases.signed, tmp_path)
    conflict = Conflict.of("laterality", "warn", "left against right")
    assert export.file.review is not None
    settles = ConflictResolution(conflict_id=conflict.id, reason="left, as the marker says")
    review = export.file.review.model_copy(update={"resolutions": (settles,)})
    file = export.file.model_copy(update={"conflicts": (conflict,), "review": review})
    (settled,) = of(bundle(cases.replaced(export, file)), "SETTLED")
    assert settled["contained"][0]["valueString"] == "left against right"


@pytest.mark.parametrize("make", [cases.draft, cases.preliminary])
def test_before_a_final_signature_there_is_none(tmp_path: Path, make: Any) -> None:
    assert "nobody has signed" in (assessment.build().why_not(cases.export_of(make, tmp_path)) or "")


def test_a_plain_picture_has_decisions_too(tmp_path: Path) -> None:
    made = bundle(cases.export_of(cases.signed_picture, tmp_path, None))
    assert set(outcomes(made)) == {"ACCEPTED"}
    assert not resources(made, "ImagingStudy")


def test_the_file_is_written(tmp_path: Path) -> None:
    export = cases.export_of(cases.decided, tmp_path / "home")
    assert assessment.build().why_not(export) is None
    (path,) = assessment.build().write(export, tmp_path)
    assert path.name == "assessment.json"
