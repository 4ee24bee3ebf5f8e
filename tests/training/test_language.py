"""The sentences that the models learn: they say what is known, and can be read back."""

import json
import random

import pytest

from tests.needs import require
from training.captions import caption, prompts
from training.facts import Facts, FindingFact
from training.phrases import ABSENT, PRESENT, labels_in, present_sentence, sides_in
from training.questions import CANNOT_TELL, ask, sided_presence, unknowable
from training.reports import Usual, report_of

EFFUSION = FindingFact("Pleural Effusion", "left", None, "small")
FACTS = Facts((EFFUSION,), frozenset(ABSENT) - {"Pleural Effusion"}, "PA", True)


@pytest.mark.parametrize("label", sorted(PRESENT))
@pytest.mark.parametrize("side", ["left", "right", "bilateral", None])
def test_every_finding_sentence_is_read_back_as_its_label(label: str, side: str | None) -> None:
    for seed in range(6):
        sentence = present_sentence(FindingFact(label, side, "upper", "small"), random.Random(seed))
        assert labels_in([sentence]) == {label: 1}
        assert "  " not in sentence
        assert "{" not in sentence


@pytest.mark.parametrize("label", sorted(ABSENT))
def test_every_negative_sentence_is_read_back_as_absent(label: str) -> None:
    for sentence in ABSENT[label]:
        assert labels_in([sentence]) == {label: 0}


def test_a_report_is_json_that_names_the_finding_its_side_and_the_negatives() -> None:
    report = json.loads(report_of(FACTS, Usual(3)))
    assert labels_in(report["findings"])["Pleural Effusion"] == 1
    assert sides_in(report["findings"]) == {"Pleural Effusion": "left"}
    assert labels_in(report["findings"])["Pneumothorax"] == 0
    assert labels_in(report["impression"]) == {"Pleural Effusion": 1}


def test_what_a_source_does_not_know_is_neither_said_nor_denied() -> None:
    unknown = Facts((FindingFact("Pneumonia"),), frozenset(), "AP", False)
    for seed in range(20):
        report = json.loads(report_of(unknown, Usual(seed)))
        assert set(labels_in(report["findings"])) == {"Pneumonia"}
        text, _ = caption(unknown, random.Random(seed))
        assert set(labels_in([text])) <= {"Pneumonia"}


def test_a_question_of_the_other_side_is_answered_no() -> None:
    answers = {
        (a.question.split()[3], a.answer)
        for seed in range(20)
        if (a := sided_presence(FACTS, "Pleural Effusion", random.Random(seed)))
    }
    assert answers == {("left", "yes"), ("right", "no")}


def test_questions_no_film_can_answer_are_answered_cannot_tell() -> None:
    assert {unknowable(random.Random(seed)).answer for seed in range(20)} == {CANNOT_TELL}


def test_presence_questions_follow_the_facts() -> None:
    for asked in ask(FACTS, random.Random(4), 60):
        if asked.kind == "presence":
            assert asked.answer == ("yes" if asked.label == "Pleural Effusion" else "no")


def test_zero_shot_prompts_of_a_label_speak_of_that_label() -> None:
    for label in PRESENT:
        sides = prompts(label)
        assert all(labels_in([text])[label] == 1 for text in sides["positive"])
        assert sides["negative"]


def test_the_clips_tokenizer_is_the_same_whenever_it_is_made() -> None:
    require("training")
    from training.tokens import clip_tokenizer

    made = clip_tokenizer().get_vocab()
    assert made == clip_tokenizer().get_vocab()
    assert sorted(made.values()) == list(range(len(made)))
