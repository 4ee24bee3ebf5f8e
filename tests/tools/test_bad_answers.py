"""No path leads from an answer that is none to a negative, a possible or a lost critical result."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.backends.scripted import ScriptedChat, Turns
from overread.errors import AnswerInvalid, BackendError, ToolError, ToolOutputInvalid, Unavailable
from overread.ports import BackendCard, ChatAnswer, ChatRequest, Tool
from overread.reasoning.questions import ask_about, ask_side
from overread.records import Answer, Claim, Evidence, Question
from overread.testing.doubles import make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import report, vqa
from tests.tools.bad_answers import ALL, LANGUAGES, REFUSALS, THOUGHTS

ASKED = ask_about("Pneumothorax")
GOOD = ["The heart is enlarged.", "There is a large left pneumothorax.", "No pleural effusion.", "Possible pneumonia."]


def ask(tool: Tool, *questions: Question) -> tuple[list[Evidence], ToolError | Unavailable | None]:
    """Run a tool; give what it returned or, where it failed, what it had kept, and its failure."""
    kept: list[Sequence[Evidence]] = [()]
    work = replace(make_work(questions=questions), keep=lambda items: kept.append(tuple(items)))
    try:
        return list(tool.run(work)), None
    except (ToolError, Unavailable) as error:
        return list(kept[-1]), error


def reports(*sentences: str) -> Tool:
    return report.build(make_parts(report=ScriptedChat({"": {"findings": list(sentences), "impression": []}})))


@pytest.mark.parametrize(("kind", "text"), ALL)
def test_an_answer_that_is_none_says_nothing_of_its_label_and_is_a_failure(kind: str, text: str) -> None:
    tool = vqa.build(make_parts(vqa=ScriptedChat({"": {"answer": text}})))
    evidence, failure = ask(tool, ASKED)
    assert evidence == []
    assert isinstance(failure, ToolOutputInvalid)
    assert "1 of 1 answers" in str(failure)
    assert text not in str(failure), "a model's words may hold anything, and stay out of messages"


@pytest.mark.parametrize(("kind", "text"), ALL)
def test_one_bad_answer_costs_its_own_question_alone(kind: str, text: str) -> None:
    model = ScriptedChat({"pneumothorax": {"answer": text}, "": {"answer": "yes"}})
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), ask_about("Edema"), ASKED, ask_about("Fracture"))
    said = [(item.payload.label, item.payload.status) for item in evidence if isinstance(item.payload, Answer)]
    assert said == [("Edema", "present"), ("Fracture", "present")]
    assert "1 of 3 answers cannot be used (Pneumothorax: " in str(failure)


@pytest.mark.parametrize("text", [*REFUSALS[:8], *THOUGHTS, *LANGUAGES])
def test_of_a_report_that_is_none_only_what_it_states_as_present_is_kept(text: str) -> None:
    evidence, failure = ask(reports(*GOOD, text))
    assert isinstance(failure, ToolOutputInvalid)
    said = {a for item in evidence if isinstance(item.payload, Claim) for a in item.payload.assertions}
    assert {a.status for a in said} == {"present"}
    assert {(a.label, a.laterality) for a in said} >= {("Pneumothorax", "left"), ("Cardiomegaly", None)}


@pytest.mark.parametrize("text", [*REFUSALS[:8], *THOUGHTS, *LANGUAGES, "A radiograph of somebody.", "Thank you."])
def test_a_report_that_asserts_nothing_is_a_failed_report(text: str) -> None:
    evidence, failure = ask(reports(text))
    assert evidence == []
    assert isinstance(failure, ToolOutputInvalid)


@given(st.text(max_size=80))
def test_whatever_a_model_writes_an_absence_comes_only_from_an_english_denial(text: str) -> None:
    tool = vqa.build(make_parts(vqa=ScriptedChat({"": {"answer": text or "."}})))
    evidence, failure = ask(tool, ASKED, ask_side("Pneumothorax"))
    for item in evidence:
        if isinstance(item.payload, Answer) and item.payload.status == "absent":
            assert {"no", "none", "neither", "not", "absent", "negative"} & set(text.lower().replace(".", " ").split())
    assert len(evidence) == 2 or failure is not None


class Breaking:
    """Answers yes, and breaks at the question for a box or at the n-th question."""

    card = BackendCard("transformers", "vlm", "0" * 64, "chat")

    def __init__(self, error: Exception | None, at: int | None = None) -> None:
        self._error, self._at, self._asked = error, at, 0

    def ask(self, request: ChatRequest) -> ChatAnswer:
        self._asked += 1
        is_box = "box" in request.prompt
        if self._error is not None and (is_box if self._at is None else self._asked == self._at):
            raise self._error
        words = "on the left" if is_box else "yes"
        return ChatAnswer(text=words, data={"answer": words})


@pytest.mark.parametrize("error", [None, Unavailable("gone"), ToolOutputInvalid("no"), TimeoutError()])
def test_an_answer_is_kept_before_its_place_is_asked_for(error: Exception | None) -> None:
    kept: list[Sequence[Evidence]] = []
    work = replace(make_work(questions=(ASKED,)), keep=lambda items: kept.append(tuple(items)))
    tool = vqa.build(make_parts(vqa=Breaking(error)))
    try:
        evidence = list(tool.run(work))
    except (ToolError, TimeoutError):
        evidence = list(kept[-1])
    (answer,) = evidence
    assert isinstance(answer.payload, Answer)
    assert (answer.payload.status, answer.locator.region) == ("present", None)
    if isinstance(error, Unavailable):
        assert answer.provenance.parameters["box"] == "failed: Unavailable"


def test_a_model_that_goes_away_leaves_what_it_answered_before() -> None:
    evidence, failure = ask(
        vqa.build(make_parts(vqa=Breaking(Unavailable("gone"), at=2))), ask_about("Edema"), ask_about("Fracture")
    )
    assert isinstance(failure, Unavailable)
    assert [item.payload.label for item in evidence if isinstance(item.payload, Answer)] == ["Edema"]


def test_garbage_of_one_question_is_that_question_s_failure() -> None:
    model = ScriptedChat({"": {"answer": "yes"}}, turns=Turns(fault="garbage", times=1))
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), ask_about("Edema"), ask_about("Fracture"))
    assert isinstance(failure, ToolOutputInvalid)
    assert len(evidence) == 1


class Together(Breaking):
    """Answers all at once, the last first: yes, a box where one is asked for, or what `said` gives instead."""

    def __init__(self, said: Callable[[str], BackendError | None] = lambda _: None) -> None:
        super().__init__(None)
        self._said = said
        self.batches: list[list[str]] = []

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        self.batches.append([request.prompt for request in requests])
        for place, request in reversed(list(enumerate(requests))):
            words = "10 20 40 60" if "box" in request.prompt else "yes"
            yield place, self._said(request.prompt) or ChatAnswer(text=words, data={"answer": words})


THREE = (ask_about("Pneumothorax"), ask_about("Edema"), ask_about("Pleural Effusion"))


def test_all_questions_are_one_batch_and_all_places_another() -> None:
    model = Together()
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), *THREE)
    assert failure is None
    assert [item.payload.label for item in evidence if isinstance(item.payload, Answer)] == [q.label for q in THREE]
    assert len(model.batches[0]) == 3
    placed = [item for item in evidence if item.locator.region is not None]
    assert [len(batch) for batch in model.batches[1:]] == ([len(placed)] if placed else [])


def test_of_questions_asked_together_a_bad_answer_costs_only_itself() -> None:
    model = Together(lambda prompt: AnswerInvalid("it did not end") if "edema" in prompt else None)
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), *THREE)
    said = [item.payload.label for item in evidence if isinstance(item.payload, Answer)]
    assert said == ["Pneumothorax", "Pleural Effusion"]
    assert "1 of 3 answers cannot be used (Edema: it did not end)" in str(failure)


def test_of_questions_asked_together_what_came_before_the_model_went_away_is_kept() -> None:
    model = Together(lambda prompt: Unavailable("late") if "edema" in prompt else None)
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), *THREE)
    assert isinstance(failure, Unavailable)
    said = [item.payload.label for item in evidence if isinstance(item.payload, Answer)]
    assert said == ["Pneumothorax", "Pleural Effusion"]
    assert len(model.batches) == 1, "a model that is gone is not asked for places"


def test_a_place_that_cannot_be_told_leaves_its_answer() -> None:
    model = Together(lambda prompt: Unavailable("late") if "box" in prompt else None)
    evidence, failure = ask(vqa.build(make_parts(vqa=model)), ASKED)
    (answer,) = evidence
    assert failure is None
    assert answer.locator.region is None
    assert answer.provenance.parameters["box"] == "failed: Unavailable"
