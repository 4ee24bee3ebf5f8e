"""Report sentences become labelled claims, and answers say of a label only what they were asked about it."""

import pytest

from overread.backends.scripted import ScriptedChat, Turns
from overread.errors import AnswerInvalid, ToolOutputInvalid, Unavailable
from overread.ports import BackendCard
from overread.reasoning.questions import ask_about, ask_side
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Claim, Laterality, Question, Status
from overread.testing.doubles import make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import report, vqa

REPORT = {
    "findings": ["Small left pleural effusion. No pneumothorax.", "The heart is enlarged."],
    "impression": ["Left pleural effusion."],
}


def claims(model: ScriptedChat) -> list[Claim]:
    evidence = report.build(make_parts(report=model)).run(make_work())
    return [item.payload for item in evidence if isinstance(item.payload, Claim)]


def answers(reply: str, *questions: Question) -> list[Answer]:
    tool = vqa.build(make_parts(vqa=ScriptedChat({"": {"answer": reply}})))
    evidence = tool.run(make_work(questions=questions))
    return [item.payload for item in evidence if isinstance(item.payload, Answer)]


def test_every_sentence_is_one_claim_with_what_it_asserts() -> None:
    found = claims(ScriptedChat([REPORT]))
    assert [claim.section for claim in found] == ["findings", "findings", "findings", "impression"]
    assert [claim.text for claim in found][1] == "No pneumothorax."
    said = {(a.label, a.status, a.laterality) for claim in found for a in claim.assertions}
    assert ("Pleural Effusion", "present", "left") in said
    assert ("Pneumothorax", "absent", None) in said
    assert ("Cardiomegaly", "present", None) in said


def test_a_claim_names_its_prompt_and_model() -> None:
    model = ScriptedChat([REPORT])
    (first, *_) = report.build(make_parts(report=model)).run(make_work())
    assert first.provenance.prompt is not None
    assert first.provenance.prompt.startswith("report@v1#")
    assert first.provenance.weights_digest == model.card.weights_digest


def test_the_model_sees_the_picture_of_the_work() -> None:
    model, work = ScriptedChat([REPORT]), make_work()
    report.build(make_parts(report=model)).run(work)
    (request,) = model.requests
    assert (request.pictures[0] == work.pixels.shown(work.image)).all()


def test_a_sentence_said_twice_is_one_claim() -> None:
    again = {"findings": ["The lungs are clear.", "The lungs are clear."], "impression": []}
    assert len(claims(ScriptedChat([again]))) == 1


def test_a_report_without_a_sentence_is_no_report() -> None:
    with pytest.raises(ToolOutputInvalid, match="no sentence"):
        claims(ScriptedChat([{"findings": [" "], "impression": []}]))


def test_garbage_and_absence_stay_recognisable() -> None:
    with pytest.raises(AnswerInvalid):
        claims(ScriptedChat({"": REPORT}, turns=Turns(fault="garbage")))
    with pytest.raises(Unavailable):
        claims(ScriptedChat({"": REPORT}, turns=Turns(fault="unavailable")))


@pytest.mark.parametrize(
    ("reply", "question", "status", "side"),
    [
        ("yes", ask_about("Pleural Effusion", "left"), "present", "left"),
        ("No.", ask_about("Pleural Effusion", "left"), "absent", "left"),
        ("cannot tell", ask_about("Pleural Effusion"), "uncertain", None),
        ("yes, on the right", ask_about("Pleural Effusion"), "present", "right"),
        ("left", ask_side("Pleural Effusion"), None, "left"),
        ("both", ask_side("Pleural Effusion"), None, "bilateral"),
        ("none", ask_side("Pleural Effusion"), "absent", None),
        ("yes", Question(text="Is this a PA view?"), None, None),
        ("There is a left pneumothorax.", ask_about("Pneumothorax"), "present", "left"),
        ("There is no pneumothorax.", ask_about("Pneumothorax", "left"), "absent", "left"),
        ("Yes, a small one on the left.", ask_about("Pneumothorax"), "present", "left"),
        ("No, I see no sign of it.", ask_about("Pneumothorax"), "absent", None),
        ("No pneumothorax, but a right pleural effusion.", ask_about("Pneumothorax"), "absent", None),
        ("A left pneumothorax; no right pneumothorax.", ask_about("Pneumothorax"), "present", "left"),
        ("Possibly a small right effusion.", ask_about("Pleural Effusion"), "uncertain", "right"),
        ("It cannot be excluded.", ask_about("Pneumothorax"), "uncertain", None),
        ("not seen", ask_about("Pneumothorax"), "absent", None),
        ("There is a right pneumothorax.", ask_about("Pneumothorax", "left"), "present", "right"),
        ("On the left.", ask_side("Pneumothorax"), None, "left"),
        ("There is no pneumothorax.", ask_side("Pneumothorax"), "absent", None),
        ("mild", Question(text="How severe is the edema?", label="Edema"), None, None),
    ],
)
def test_an_answer_says_of_its_label_what_its_words_say(
    reply: str, question: Question, status: Status | None, side: Laterality | None
) -> None:
    (answer,) = answers(reply, question)
    assert (answer.label, answer.status, answer.laterality) == (question.label, status, side)
    assert answer.question == question.text


def test_questions_are_answered_in_their_order_and_none_gives_none() -> None:
    asked = [ask_about("Edema"), ask_about("Fracture")]
    assert [answer.question for answer in answers("no", *asked)] == [question.text for question in asked]
    assert answers("no") == []


def test_a_model_speaks_only_of_labels_that_its_card_has_figures_for() -> None:
    known = vqa.measured_labels(BackendCard("transformers", "vlm", "0" * 64, "chat"))
    assert "Pneumothorax" in known
    assert "Tuberculosis" not in known
    assert vqa.measured_labels(BackendCard("vllm", "somebody-elses", "0" * 64, "chat")) == LABELS
