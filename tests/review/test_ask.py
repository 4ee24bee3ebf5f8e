"""A question to the model from the page: answered with evidence, kept, and never part of the report."""

import pytest
from playwright.sync_api import expect

from overread.errors import UsageError
from overread.questioning import ask_of
from tests.review.conftest import Visits
from tests.review.stage import Stage


def test_an_answer_is_kept_and_changes_nothing_of_the_case(stage: Stage) -> None:
    file = stage.case()
    asked = ask_of(stage.room, file, "Is there a right pleural effusion?", "Dr A")
    assert asked.answer is not None
    assert asked.answer.provenance.ended >= asked.answer.provenance.started
    assert asked.question.label == "Pleural Effusion"
    labels = {getattr(item.payload, "label", None) for item in file.evidence if item.id in asked.beside}
    assert "Pleural Effusion" in labels
    stage.room.home.questions.add(file.case_id, asked)
    assert stage.room.home.questions.of(file.case_id) == (asked,)
    assert stage.room.file(file.case_id) == file
    assert stage.room.store.audit.of(file.case_id)[-1].action == "ask"


def test_a_question_in_words_that_name_a_patient_is_in_no_audit(stage: Stage) -> None:
    file = stage.case()
    asked = ask_of(stage.room, file, "Has CANARYNAME a pneumothorax?", "Dr A")
    stage.room.home.questions.add(file.case_id, asked)
    assert "CANARYNAME" not in "".join(link.detail for link in stage.room.store.audit.of(file.case_id))


def test_a_case_that_was_never_read_cannot_be_asked_about(stage: Stage) -> None:
    with pytest.raises(UsageError, match="not read"):
        ask_of(stage.room, stage.case(read=False), "Is there a pneumothorax?", "Dr A")


def test_the_call_refuses_what_is_no_question(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        for sent in (
            {"case_id": file.case_id, "text": "?"},
            {"case_id": "c-1", "text": "Is it?"},
            [],
            {"text": "x" * 400},
        ):
            answer = visitor.post("/call/ask", json=sent)
            assert answer.status_code == 422
            assert answer.json()["error"]


def test_the_page_asks_and_shows_the_answer_again_after_a_reload(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.click("#tab-ask")
    page.fill("#question", "Is there a right pleural effusion?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-asked] .asked")).to_have_count(1)
    before = page.locator("[data-asked] .asked .answer").inner_text()
    page.reload()
    page.click("#tab-ask")
    expect(page.locator("[data-asked] .asked .answer")).to_have_text(before)
