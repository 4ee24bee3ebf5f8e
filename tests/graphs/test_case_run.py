"""A case through the graph: to its review, and to each of its ends."""

from pathlib import Path
from typing import Literal

import pytest

from overread.admission import AdmittedCase
from overread.errors import CaseUnknown, StaleReview, UsageError
from overread.ports import ToolInput
from overread.records import CaseFile, Measurement, StatementReview
from overread.review.pictures import first_shown
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.tool import Item
from overread.testing.phantoms import render, sample_recipe, to_dicom
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all


def finding(file: CaseFile, label: str) -> str:
    return next(found.status for found in file.findings if found.label == label)


def test_a_case_stops_at_its_review_with_every_statement_cited(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
    assert file.status == "awaiting_review"
    assert finding(file, "Pleural Effusion") == "present"
    assert finding(file, "Pneumothorax") == "absent"
    assert finding(file, "Fracture") == "not_assessed"
    known = {item.id for item in file.evidence}
    assert file.draft is not None
    assert file.draft.statements
    assert all(statement.citations and set(statement.citations) <= known for statement in file.draft.statements)
    assert file.review is None
    assert file.final is None


def test_signing_gives_a_final_report_and_delivers_it_once(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, sign_all(file))
        assert signed.status == "signed"
        assert signed.final is not None
        assert signed.final.signed_by == "Dr A"
        delivered = [event for _, event, _ in room.store.journal(file.case_id) if event == "delivered"]
        assert len(delivered) == 1
        assert any(room.home.delivery(file.case_id).iterdir())


def test_edits_and_rejections_shape_the_final_report_but_not_the_evidence(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        first, second, *rest = file.draft.sections["findings"]
        review = sign_all(file).model_copy(
            update={
                "statements": (
                    StatementReview(statement_id=first.id, action="edit", text="My words.", reason="wording"),
                    StatementReview(statement_id=second.id, action="reject", reason="wrong"),
                    *(
                        StatementReview(statement_id=s.id, action="accept")
                        for s in file.draft.statements
                        if s.id not in (first.id, second.id)
                    ),
                )
            }
        )
        signed = room.decide(file.case_id, review)
    assert signed.final is not None
    texts = [statement.text for statement in signed.final.sections["findings"]]
    assert texts[0] == "My words."
    assert second.text not in texts
    assert len(texts) == 1 + len(rest)
    assert signed.evidence == file.evidence


def test_an_undecided_statement_is_not_an_approval(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        review = sign_all(file)
        waiting = [statement.id for statement in file.draft.statements if statement.needs_decision]
        assert 0 < len(waiting) < len(file.draft.statements)
        for left_out in waiting:
            rest = tuple(item for item in review.statements if item.statement_id != left_out)
            with pytest.raises(UsageError, match="undecided"):
                room.decide(file.case_id, review.model_copy(update={"statements": rest}))
        assert room.file(file.case_id).status == "awaiting_review"
        needed = tuple(item for item in review.statements if item.statement_id in waiting)
        signed = room.decide(file.case_id, review.model_copy(update={"statements": needed}))
    assert signed.final is not None
    said = {section: len(statements) for section, statements in signed.final.sections.items()}
    assert said == {section: len(statements) for section, statements in file.draft.sections.items()}


@pytest.mark.parametrize(("action", "text"), [("reject", None), ("edit", "Moderate left effusion.")])
def test_what_is_decided_of_a_finding_goes_for_its_line_in_the_impression(
    tmp_path: Path, action: Literal["edit", "reject"], text: str | None
) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        assert file.draft is not None
        effusion = next(s for s in file.draft.sections["findings"] if "effusion" in s.text)
        assert [s.text for s in file.draft.sections["impression"]] == ["Pleural effusion."]
        others = (s for s in file.draft.statements if s.needs_decision and s.id != effusion.id)
        decided = (
            StatementReview(statement_id=effusion.id, action=action, text=text, reason="seen by me"),
            *(StatementReview(statement_id=s.id, action="accept") for s in others),
        )
        signed = room.decide(file.case_id, sign_all(file).model_copy(update={"statements": decided}))
    assert signed.final is not None
    impression = [statement.text for statement in signed.final.sections["impression"]]
    assert impression == ([text] if text else [])
    assert not any("There is a pleural effusion" in s.text for s in signed.final.sections["findings"])


def test_a_review_of_another_draft_is_refused(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        with pytest.raises(StaleReview):
            room.decide(file.case_id, sign_all(file).model_copy(update={"draft_digest": "0" * 64}))
        assert room.file(file.case_id).status == "awaiting_review"


def test_a_second_decision_is_refused(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        room.decide(file.case_id, sign_all(file))
        with pytest.raises(StaleReview):
            room.decide(file.case_id, sign_all(file, reviewer="Dr B"))
        final = room.file(file.case_id).final
        assert final is not None
        assert final.signed_by == "Dr A"


def test_a_revision_writes_a_new_draft_that_waits_again(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        revised = room.decide(file.case_id, sign_all(file, decision="revise"))
        assert revised.status == "awaiting_review"
        assert revised.draft is not None
        assert revised.draft.revision == 1
        assert revised.draft_digest != file.draft_digest
        assert room.decide(file.case_id, sign_all(revised)).status == "signed"


def test_a_rejected_case_has_no_final_report(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        rejected = room.decide(file.case_id, sign_all(file, decision="reject"))
    assert rejected.status == "rejected"
    assert rejected.final is None


def test_an_unknown_case_is_never_started_by_reading_or_reviewing_it(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        with pytest.raises(CaseUnknown):
            room.read("c-999999999999")
        with pytest.raises(CaseUnknown):
            room.decide("c-999999999999", sign_all(file))
        assert len(room.worklist()) == 1


def test_blank_pixels_are_refused_before_any_model_looks(tmp_path: Path) -> None:
    blank = ScriptedTool("quality", [Measurement(name="blank_fraction", value=1.0, unit="1", method="double")])
    tools = scripted_tools(quality=blank)
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room))
    assert file.status == "refused"
    assert file.gate is not None
    assert file.gate.refusal is not None
    assert file.gate.refusal.reason == "blank"
    assert file.draft is None
    assert [tool.runs for tool in tools.values() if isinstance(tool, ScriptedTool)] == [1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["error", "invalid_output", "foreign_study", "unavailable", "hang"])
def test_any_broken_tool_leaves_a_draft_that_names_it(tmp_path: Path, kind: str) -> None:
    for name in ("segmentation", "classification", "report", "vqa"):
        broken = ScriptedTool(name, [score("Edema", 0.9)], fault=Fault(kind))  # type: ignore[arg-type]
        with scripted_room(tmp_path / name, scripted_tools(**{name: broken}), tool_seconds=0.3) as room:
            file = room.read(put_case(room))
            broken.release()
        assert file.status == "awaiting_review"
        assert [failure.tool for failure in file.failures] == [name]
        assert not [item for item in file.evidence if item.tool == name]
        assert file.draft is not None
        assert any(name in statement.text.lower() for statement in file.draft.sections["limitations"])


def test_a_critical_finding_alerts_before_the_slowest_tool_is_done(tmp_path: Path) -> None:
    quick = ScriptedTool("classification", [score("Pneumothorax", 0.97)])
    slow = ScriptedTool("report", seconds=1.0)
    with scripted_room(tmp_path, scripted_tools(classification=quick, report=slow)) as room:
        file = room.read(put_case(room))
    ended = next(run.ended for run in file.manifest.tool_runs if run.tool == "report")
    assert [alert.label for alert in file.alerts] == ["Pneumothorax"]
    assert file.alerts[0].raised_at < ended


def test_tools_run_side_by_side(tmp_path: Path) -> None:
    tools = scripted_tools(
        **{name: ScriptedTool(name, seconds=0.5) for name in ("segmentation", "classification", "report")}
    )
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room))
    runs = {
        run.tool: run for run in file.manifest.tool_runs if run.tool in ("segmentation", "classification", "report")
    }
    assert max(run.started for run in runs.values()) < min(run.ended for run in runs.values())


def test_two_cases_share_nothing(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        one, two = room.read(put_case(room, 1)), room.read(put_case(room, 2))
    assert {item.id for item in one.evidence}.isdisjoint(item.id for item in two.evidence)
    assert one.case.study.uid != two.case.study.uid


def test_the_next_frontal_is_read_where_the_gate_refuses_the_first(tmp_path: Path) -> None:
    def blank_first(work: ToolInput) -> list[Item]:
        blank = 1.0 if work.image == work.study.frontal else 0.0
        return [Measurement(name="blank_fraction", value=blank, unit="1", method="double")]

    for number in (1, 2):
        dataset = to_dicom(render(sample_recipe(number, view="PA", flipped=False, patient=1), 96), study_uid="2.25.5")
        dataset.save_as(tmp_path / f"{number}.dcm")
    tools = scripted_tools(quality=ScriptedTool("quality", blank_first))
    with scripted_room(tmp_path / "home", tools) as room:
        taken = room.take_in([tmp_path / "1.dcm", tmp_path / "2.dcm"])
        assert isinstance(taken, AdmittedCase)
        file = room.read(taken.case.case_id)
    read = taken.case.study.images[1].sop_instance_uid
    assert file.status == "awaiting_review"
    assert file.plan is not None
    assert file.plan.image_sop_instance_uid == read
    assert {item.locator.sop_instance_uid for item in file.evidence} == {read}
    assert first_shown(file.case, file.plan) == 1
    assert file.draft is not None
    said = [statement.text for statement in file.draft.sections["limitations"]]
    assert "Of 2 images one is read. Not read: image 1: all but one grey level." in said
