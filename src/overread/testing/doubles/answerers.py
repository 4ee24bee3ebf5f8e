"""Models that answer questions by habit: yes to everything, no to everything, or as a picture would have it."""

from collections.abc import Callable, Sequence

from overread.ports import ToolInput
from overread.reasoning.questions import CONTROL, NORMAL
from overread.reasoning.vocabulary import TERMS
from overread.records import Answer, Laterality, Question
from overread.testing.doubles.tool import Item, ScriptedTool

Answerer = Callable[[Question], bool]


def yes_sayer(question: Question) -> bool:
    """Say yes to whatever is asked."""
    return True


def no_sayer(question: Question) -> bool:
    """Say no to whatever is asked."""
    return False


def one_that_looks(findings: dict[str, Laterality | None], *, reads_negations: bool = False) -> Answerer:
    """Answer by what is there: label to side (None: no side); a negation is overheard unless it is read."""

    def answer(question: Question) -> bool:
        text = question.text.lower()
        if question.text == CONTROL.text:
            return True
        if question.text == NORMAL.text:
            return not findings
        seen = any(TERMS[label].noun in text and _on_side(text, side) for label, side in findings.items())
        return seen != (reads_negations and "is there no " in text)

    return answer


def answering_tool(answerer: Answerer) -> ScriptedTool:
    """Give a VQA tool that answers yes or no; an answer has a status where its question is bound to a label."""

    def script(work: ToolInput) -> Sequence[Item]:
        return [_answer(question, answerer(question)) for question in work.questions]

    return ScriptedTool("vqa", script)


def _on_side(text: str, side: Laterality | None) -> bool:
    asked = next((each for each in ("left", "right") if f" {each} " in text), None)
    return asked is None or side in (None, "bilateral", asked)


def _answer(question: Question, yes: bool) -> Answer:
    bound = question.label is not None
    return Answer(
        question=question.text,
        answer="yes" if yes else "no",
        label=question.label,
        status=("present" if yes else "absent") if bound else None,
        laterality=question.laterality if bound and yes else None,
    )
