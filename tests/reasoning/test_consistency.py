import pytest

from overread.reasoning.consistency import inconsistent
from overread.reasoning.questions import CONTROL, NORMAL, Probe, ask_about, probes_of
from overread.records import Evidence, Laterality, Question
from overread.testing.doubles import make_evidence
from overread.testing.doubles.answerers import Answerer, no_sayer, one_that_looks, yes_sayer
from overread.testing.doubles.payloads import make_answer

EFFUSION = "Pleural Effusion"


def said(answerer: Answerer, base: Question, probes: tuple[Probe, ...]) -> tuple[Evidence, list[Evidence]]:
    """Answer a question bound to its label, and its probes, bound to none."""
    status = "present" if answerer(base) else "absent"
    own = make_evidence(make_answer(base.label or "", status, base.laterality, base.text), tool="vqa")
    others = [
        make_answer("", "present" if answerer(probe.question) else "absent", question=probe.question.text).model_copy(
            update={"label": None, "status": None}
        )
        for probe in probes
    ]
    return own, [make_evidence(answer, tool="vqa") for answer in others]


@pytest.mark.parametrize("side", [None, "left"])
@pytest.mark.parametrize("answerer", [yes_sayer, no_sayer])
def test_habits_are_heard_in_every_form_of_question(answerer: Answerer, side: Laterality | None) -> None:
    base = ask_about(EFFUSION, side)
    own, others = said(answerer, base, probes_of(base))
    assert inconsistent([own, *others]) == {own.id}
    assert inconsistent([own]) == frozenset()


@pytest.mark.parametrize("there", [{}, {EFFUSION: "left"}, {EFFUSION: "right"}, {EFFUSION: "bilateral"}])
def test_one_that_looks_is_consistent_whatever_is_there(there: dict[str, Laterality]) -> None:
    base = ask_about(EFFUSION)
    own, others = said(one_that_looks(dict(there)), base, probes_of(base))
    assert inconsistent([own, *others]) == frozenset()


def test_yes_to_both_sides_does_not_tell_the_side() -> None:
    base = ask_about(EFFUSION, "left")
    own, others = said(one_that_looks({EFFUSION: "bilateral"}), base, probes_of(base))
    assert inconsistent([own, *others]) == {own.id}


def test_answers_of_another_tool_or_image_contradict_nothing() -> None:
    base = ask_about(EFFUSION)
    own, others = said(yes_sayer, base, probes_of(base))
    elsewhere = [make_evidence(item.payload, tool="other") for item in others]
    assert inconsistent([own, *elsewhere]) == frozenset()


def test_probes_are_bound_to_no_label_and_the_most_telling_comes_first() -> None:
    probes = probes_of(ask_about(EFFUSION))
    assert probes[0].question == NORMAL
    assert CONTROL in [probe.question for probe in probes]
    assert all(probe.question.label is None for probe in probes)
    assert probes_of(Question(text="What is the view?")) == ()
    assert probes_of(ask_about(EFFUSION, "left"), "literal")[0].question.text == "Is there no left pleural effusion?"


def test_an_answer_about_a_label_outside_the_vocabulary_contradicts_nothing() -> None:
    answers = [
        make_answer("Flail Chest", status, question=f"Is there a flail chest? {status}")
        for status in ("present", "absent")
    ]
    assert inconsistent([make_evidence(answer, tool="vqa") for answer in answers]) == frozenset()
