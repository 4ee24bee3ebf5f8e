"""The linter: the draft's own rules and verifier over the words that a reviewer has now."""

from pathlib import Path

import pytest

from overread.linting import Note, Preview
from overread.reading_room import ReadingRoom
from overread.records import AddedFinding, CaseFile, Review, StatementReview
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_answer, make_claim
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all
from tests.graphs.test_finding_decisions import change


def edited(file: CaseFile, holding: str, text: str, section: str = "findings") -> Review:
    """Put other words in the place of a sentence; nothing else is decided yet."""
    assert file.draft is not None
    sentence = next(s for s in file.draft.sections[section] if holding in s.text)  # type: ignore[index]
    own = StatementReview(statement_id=sentence.id, action="edit", text=text, reason="wording")
    return sign_all(file).model_copy(update={"statements": (own,)})


def notes(room: ReadingRoom, file: CaseFile, review: Review) -> tuple[Note, ...]:
    return room.preview(file.case_id, review).notes


def sided(tmp_path: Path) -> dict[str, ScriptedTool]:
    return {
        "classification": ScriptedTool("classification", [score("Pleural Effusion", 0.9), score("Pneumothorax", 0.1)]),
        "report": ScriptedTool("report", [make_claim("Left effusion.", "Pleural Effusion", "present", "left")]),
        "vqa": ScriptedTool("vqa", [make_answer("Pleural Effusion", "present", "left")]),
    }


def test_a_draft_that_nobody_touched_has_no_note(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        shown = room.preview(file.case_id, sign_all(file))
    assert shown.notes == ()
    assert file.draft is not None
    texts = [line.statement.text for lines in shown.sections.values() for line in lines]
    assert sorted(texts) == sorted(s.text for s in file.draft.statements)
    assert {line.origin for lines in shown.sections.values() for line in lines} == {"draft"}


@pytest.mark.parametrize(
    ("holding", "text", "about"),
    [
        ("effusion", "There is a right pleural effusion.", "side"),
        ("effusion", "No pleural effusion.", "negation"),
        ("effusion", "There is a left pleural effusion of 3.2 cm.", "measurement"),
        ("effusion", "The left pleural effusion is unchanged.", "prior"),
        ("effusion", "There is a left pleural effusion and a fracture.", "uncited"),
        ("effusion", "There is a left pleural effusion on the lateral view.", "view"),
        ("pneumothorax", "There is a left pneumothorax.", "negation"),
    ],
)
def test_each_kind_of_doubt_names_its_statement(tmp_path: Path, holding: str, text: str, about: str) -> None:
    with scripted_room(tmp_path, scripted_tools(**sided(tmp_path))) as room:
        file = room.read(put_case(room))
        review = edited(file, holding, text)
        found = notes(room, file, review)
    own = [note for note in found if note.statement_id == review.statements[0].statement_id]
    assert about in {note.about for note in own}, [(note.about, note.message) for note in found]
    assert all(note.section in ("findings", "impression") and note.message for note in found)


def test_words_that_say_the_same_have_no_note(tmp_path: Path) -> None:
    with scripted_room(tmp_path, scripted_tools(**sided(tmp_path))) as room:
        file = room.read(put_case(room))
        assert notes(room, file, edited(file, "effusion", "Moderate left pleural effusion.")) == ()


def test_an_impression_that_denies_what_the_findings_say_is_told(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        found = notes(room, file, edited(file, "effusion", "No pleural effusion.", "impression"))
    assert "negation" in {note.about for note in found if note.section == "impression"}


def test_what_the_reviewer_decided_of_a_finding_is_evidence_and_no_doubt(tmp_path: Path) -> None:
    with scripted_room(tmp_path, scripted_tools(**sided(tmp_path))) as room:
        file = room.read(put_case(room))
        decided = (change(file, "Pleural Effusion", "present", laterality="right"),)
        added = (AddedFinding(label="Pneumonia", laterality="left", zone="lower"),)
        shown = room.preview(
            file.case_id, sign_all(file).model_copy(update={"findings": decided, "added": added, "statements": ()})
        )
    assert shown.notes == ()
    made = [(line.origin, line.statement.text) for line in shown.sections["findings"] if line.origin != "draft"]
    assert made == [
        ("added", "There is pneumonia in the left lower zone."),
        ("changed", "There is a right pleural effusion."),
    ] or made == [
        ("changed", "There is a right pleural effusion."),
        ("added", "There is pneumonia in the left lower zone."),
    ]


def test_a_contradiction_is_one_note_of_the_whole_review(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        shown = room.preview(
            file.case_id, sign_all(file).model_copy(update={"added": (AddedFinding(label="Pleural Effusion"),)})
        )
    (note,) = shown.notes
    assert (note.about, note.statement_id) == ("decision", None)
    assert "change that finding instead" in note.message
    assert shown == Preview(notes=(note,))
