"""What a reviewer decides on findings: sentences, evidence and conflicts follow, and contradictions are refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from overread.errors import UsageError
from overread.ports import EvidenceIndex, Tool
from overread.reasoning.citations import objections
from overread.records import (
    REVIEWER,
    AddedFinding,
    CaseFile,
    ConflictResolution,
    Finding,
    FindingReview,
    Locator,
    Region,
    Review,
    Statement,
    StatementReview,
)
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_claim
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all


def finding(file: CaseFile, label: str) -> Finding:
    return next(item for item in file.findings if item.label == label)


def change(file: CaseFile, label: str, status: str, reason: str = "seen by me", **values: Any) -> FindingReview:
    known = finding(file, label)
    return FindingReview(finding_id=known.id, status=status, reason=reason, **values)  # type: ignore[arg-type]


def review(file: CaseFile, decision: str = "sign", **values: Any) -> Review:
    """Decide on findings as given, and accept what is left to decide."""
    changed = {item.finding_id for item in values.get("findings", ())}
    base = sign_all(file, decision=decision)
    assert file.draft is not None
    if "statements" not in values:
        values["statements"] = tuple(
            StatementReview(statement_id=s.id, action="accept")
            for s in file.draft.statements
            if s.needs_decision and not (s.finding_ids and changed.issuperset(s.finding_ids))
        )
    return base.model_copy(update=values)


def words(file: CaseFile, section: str) -> list[str]:
    assert file.final is not None
    return [item.text for item in file.final.sections[section]]  # type: ignore[index]


def every_citation_resolves(file: CaseFile) -> bool:
    index = EvidenceIndex(file.evidence)
    assert file.final is not None
    final = [item for items in file.final.sections.values() for item in items]
    made = [Statement(id=f"s-{place}", text=item.text, citations=item.citations) for place, item in enumerate(final)]
    return bool(made) and not [found for item in made for found in objections(item, index, file.case)]


def seeing(*scores: object) -> dict[str, Tool]:
    return scripted_tools(classification=ScriptedTool("classification", list(scores)))  # type: ignore[arg-type]


def test_a_changed_side_changes_findings_and_impression_and_cites_the_reviewer(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        decided = change(file, "Pleural Effusion", "present", laterality="right")
        signed = room.decide(file.case_id, review(file, findings=(decided,)))
    assert "There is a right pleural effusion." in words(signed, "findings")
    assert "Right pleural effusion." in words(signed, "impression")
    assert not [text for text in words(signed, "findings") if text == "There is pleural effusion."]
    assert signed.final is not None
    (made,) = [item for item in signed.final.sections["findings"] if item.decided == "changed"]
    (own,) = [item for item in signed.evidence if item.id in made.citations]
    assert (own.tool, own.provenance.model, own.provenance.parameters["reviewer"]) == (REVIEWER, "none", "Dr A")
    assert every_citation_resolves(signed)
    assert next(f for f in signed.final.findings if f.label == "Pleural Effusion").laterality == "right"
    assert finding(signed, "Pleural Effusion").laterality is None, "what the tools found stays on file"


def test_an_absence_among_others_becomes_a_presence_and_the_rest_stays_denied(tmp_path: Path) -> None:
    tools = seeing(score("Pneumothorax", 0.1), score("Pleural Effusion", 0.1), score("Edema", 0.1))
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        denied = next(s for s in file.draft.sections["findings"] if "pneumothorax" in s.text)
        assert len(denied.finding_ids) == 2
        decided = change(file, "Pneumothorax", "present", laterality="left")
        signed = room.decide(file.case_id, review(file, findings=(decided,)))
    assert words(signed, "findings").count("There is a left pneumothorax.") == 1
    assert "No pleural effusion." in words(signed, "findings")
    assert words(signed, "impression")[0] == "Left pneumothorax; critical result, category 1."
    assert every_citation_resolves(signed)


def test_the_rest_of_a_sentence_still_waits_for_its_decision(tmp_path: Path) -> None:
    tools = seeing(score("Pneumothorax", 0.1), score("Pleural Effusion", 0.1))
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        decided = change(file, "Pneumothorax", "present", laterality="left")
        shared = next(s for s in file.draft.sections["findings"] if finding(file, "Pneumothorax").id in s.finding_ids)
        accepted = [item for item in review(file).statements if item.statement_id != shared.id]
        with pytest.raises(UsageError, match="1 statements are undecided"):
            room.decide(file.case_id, review(file, findings=(decided,), statements=tuple(accepted)))


def test_a_finding_made_absent_is_denied_where_it_was_told(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, review(file, findings=(change(file, "Pleural Effusion", "absent"),)))
    assert "No pleural effusion." in words(signed, "findings")
    assert "No pleural effusion." in words(signed, "impression")
    assert every_citation_resolves(signed)


def test_a_rejected_finding_is_not_told_at_all(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, review(file, findings=(change(file, "Pleural Effusion", "not_assessed"),)))
    told = [*words(signed, "findings"), *words(signed, "impression")]
    assert not [text for text in told if "effusion" in text.lower()]


def test_an_added_finding_is_told_placed_and_no_more_called_not_assessed(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        assert any("consolidation" in s.text for s in (file.draft.sections["limitations"] if file.draft else ()))
        added = AddedFinding(label="Consolidation", status="uncertain", laterality="right", zone="lower")
        signed = room.decide(file.case_id, review(file, added=(added,)))
    assert "Possible consolidation in the right lower zone." in words(signed, "findings")
    assert "Possible consolidation in the right lower zone." in words(signed, "impression")
    assert not [text for text in words(signed, "limitations") if "consolidation" in text]
    assert [text for text in words(signed, "limitations") if text.startswith("Not assessed: ")]
    assert signed.final is not None
    made = [item for items in signed.final.sections.values() for item in items if item.decided == "added"]
    assert len(made) == 2
    assert every_citation_resolves(signed)


def test_what_is_added_takes_away_that_nothing_was_found(tmp_path: Path) -> None:
    core = ("Edema", "Consolidation", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Cardiomegaly")
    with scripted_room(tmp_path, seeing(*(score(label, 0.02) for label in core))) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        assert [s.text for s in file.draft.sections["impression"]] == ["No acute finding identified by the models."]
        signed = room.decide(file.case_id, review(file, added=(AddedFinding(label="Fracture", laterality="left"),)))
    assert words(signed, "impression") == ["Fracture on the left."]
    assert signed.final is not None
    assert next(f for f in signed.final.findings if f.label == "No Finding").status == "absent"


def test_a_drawn_region_is_where_the_reviewers_evidence_lies(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        image = file.case.study.images[0]
        region = Region(x=10, y=20, width=30, height=16)
        place = Locator(sop_instance_uid=image.sop_instance_uid, region=region)
        added = AddedFinding(label="Lung Lesion", laterality="left", place=place)
        signed = room.decide(file.case_id, review(file, added=(added,)))
    assert [item.locator.region for item in signed.evidence if item.tool == REVIEWER] == [region]
    assert every_citation_resolves(signed)


def test_the_heart_keeps_its_measured_ratio_beside_another_verdict(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, review(file, findings=(change(file, "Cardiomegaly", "present"),)))
    assert "There is cardiomegaly." in words(signed, "findings")
    assert "The cardiothoracic ratio is 0.44." in words(signed, "findings")


@pytest.mark.parametrize(
    ("values", "words_of_it"),
    [
        ({"added": (AddedFinding(label="Pneumonitis"),)}, "no label named 'Pneumonitis'"),
        ({"added": (AddedFinding(label="No Finding"),)}, "follows from the other findings"),
        ({"added": (AddedFinding(label="Cardiomegaly", laterality="left"),)}, "Cardiomegaly has no side"),
        ({"added": (AddedFinding(label="Pleural Effusion"),)}, "change that finding instead"),
        ({"added": (AddedFinding(label="Fracture"), AddedFinding(label="Fracture"))}, "decided twice"),
        ({"findings": (FindingReview(finding_id="f-1", status="absent", reason="x"),)}, "has no finding f-1"),
        ({"resolutions": (ConflictResolution(conflict_id="k-1", reason="x"),)}, "no open conflict k-1"),
    ],
)
def test_what_contradicts_itself_or_the_case_is_refused_in_one_line(
    tmp_path: Path, values: dict[str, Any], words_of_it: str
) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        with pytest.raises(UsageError, match=words_of_it) as refused:
            room.decide(file.case_id, review(file, **values))
        assert "\n" not in str(refused.value)
        assert room.decide(file.case_id, review(file)).status == "signed", "nothing was written down"


def test_a_finding_is_decided_once(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        decided = change(file, "Pleural Effusion", "present", laterality="right")
        for action in ("edit", "reject", "accept"):
            both = sign_all(file).model_copy(update={"findings": (decided,)})
            told = tuple(
                StatementReview(statement_id=item.statement_id, action=action, text="Other.", reason="x")  # type: ignore[arg-type]
                for item in both.statements
            )
            with pytest.raises(UsageError, match="decide it once"):
                room.decide(file.case_id, both.model_copy(update={"statements": told}))
        same = change(file, "Pleural Effusion", "present")
        with pytest.raises(UsageError, match="in the draft already; accept it"):
            room.decide(file.case_id, review(file, findings=(same,)))


@pytest.mark.parametrize(
    ("region", "words_of_it"),
    [
        (Region(x=100, y=20, width=60, height=16), "lies outside its picture of 128 x 128"),
        (None, "has no region"),
    ],
)
def test_a_region_that_is_not_in_the_picture_is_refused(
    tmp_path: Path, region: Region | None, words_of_it: str
) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        place = Locator(sop_instance_uid=file.case.study.images[0].sop_instance_uid, region=region)
        with pytest.raises(UsageError, match=words_of_it):
            room.decide(file.case_id, review(file, added=(AddedFinding(label="Lung Lesion", place=place),)))
        elsewhere = Locator(sop_instance_uid="1.2.3", region=Region(x=1, y=1, width=2, height=2))
        with pytest.raises(UsageError, match="not of this study"):
            room.decide(file.case_id, review(file, added=(AddedFinding(label="Lung Lesion", place=elsewhere),)))


def test_a_record_refuses_a_side_of_nothing_and_a_zone_without_a_side() -> None:
    with pytest.raises(ValidationError, match="absent has no side"):
        FindingReview(finding_id="f-1", status="absent", laterality="left", reason="x")
    with pytest.raises(ValidationError, match="lower zone needs a side"):
        AddedFinding(label="Pneumonia", zone="lower")
    with pytest.raises(ValidationError, match="has no reason"):
        FindingReview(finding_id="f-1", status="absent", reason=" ")


def test_a_conflict_is_settled_with_a_reason_that_the_file_keeps(tmp_path: Path) -> None:
    sides = [
        make_claim("Left pleural effusion.", "Pleural Effusion", "present", "left"),
        make_claim("Right pleural effusion.", "Pleural Effusion", "present", "right", section="impression"),
    ]
    tools = scripted_tools(report=ScriptedTool("report", sides))
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room))
        (waiting,) = [item for item in file.conflicts if item.resolution == "open" and item.rule == "laterality"]
        settled = ConflictResolution(conflict_id=waiting.id, reason="the marker says left")
        signed = room.decide(file.case_id, review(file, resolutions=(settled,)))
    (after,) = [item for item in signed.conflicts if item.id == waiting.id]
    assert (after.resolution, after.resolution_note) == ("resolved", "Settled by Dr A: the marker says left")
    assert signed.final is not None
    assert signed.final.resolutions == (settled,)
    assert "laterality" not in " ".join(words(signed, "limitations"))


def test_a_second_revise_keeps_the_words_of_the_first(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        file = room.decide(file.case_id, _revise(file, "effusion", "edit", "Small pleural effusion."))
        file = room.decide(file.case_id, _revise(file, "heart", "edit", "The heart is of normal size."))
        assert {"Small pleural effusion.", "The heart is of normal size."} <= set(_drafted(file))
        file = room.decide(file.case_id, _revise(file, "Small pleural", "edit", "Tiny pleural effusion."))
        assert "Tiny pleural effusion." in _drafted(file)
        file = room.decide(file.case_id, _revise(file, "Tiny pleural", "reject", None))
        assert not [
            text for text in _drafted(file) if "effusion" in text and text.startswith(("Tiny", "Small", "There"))
        ]
        assert "The heart is of normal size." in _drafted(file)


def test_findings_that_were_decided_stand_in_the_next_draft(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        added = AddedFinding(label="Consolidation", laterality="right", zone="lower")
        decided = change(file, "Pleural Effusion", "present", laterality="left")
        again = room.decide(file.case_id, review(file, "revise", findings=(decided,), added=(added,), comment="side"))
        assert again.draft is not None
        for text in ("There is a left pleural effusion.", "There is consolidation in the right lower zone."):
            assert text in _drafted(again)
        assert not again.draft.withheld
        assert finding(again, "Consolidation").status == "present"
        again = room.decide(file.case_id, review(again, "revise", comment="once more"))
        assert "There is a left pleural effusion." in _drafted(again)
        signed = room.decide(file.case_id, review(again))
        assert every_citation_resolves(signed)


def test_a_review_without_decisions_on_findings_is_written_as_before() -> None:
    old = {
        "reviewer": "Dr A",
        "role": "radiologist",
        "decision": "sign",
        "statements": [],
        "comment": None,
        "draft_digest": "d",
        "at": "2026-01-01T00:00:00Z",
    }
    assert Review.model_validate(old).model_dump(mode="json") == old


def _drafted(file: CaseFile) -> list[str]:
    assert file.draft is not None
    return [item.text for item in file.draft.statements]


def _revise(file: CaseFile, holding: str, action: str, text: str | None) -> Review:
    assert file.draft is not None
    sentence = next(item for item in file.draft.sections["findings"] if holding in item.text)
    one = StatementReview(statement_id=sentence.id, action=action, text=text, reason="wording")  # type: ignore[arg-type]
    return sign_all(file, decision="revise").model_copy(update={"statements": (one,)})
