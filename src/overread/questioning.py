"""A reader's question to the VQA model about a case on file: answered with evidence, and the case stays as it is."""

from collections.abc import Sequence
from secrets import token_hex

from overread.admission import AdmittedCase
from overread.errors import UsageError
from overread.graphs._tool_run import Outcome
from overread.protocols.chest_radiograph import CHEST
from overread.reading_room import ReadingRoom
from overread.reasoning.consistency import inconsistent
from overread.reasoning.questions import probes_of
from overread.reasoning.votes import hear
from overread.records import AskedQuestion, CaseFile, Claim, Evidence, Mask, Measurement, Question, Score
from overread.records.asked import Standing
from overread.standalone import question_of, run_on_image

HEART = frozenset({"Cardiomegaly", "Enlarged Cardiomediastinum"})
LUNGS = frozenset({"left_lung", "right_lung", "lungs"})


def ask_of(room: ReadingRoom, file: CaseFile, text: str, author: str) -> AskedQuestion:
    """Ask about the image that the case was read on; what shows whether the answer holds is asked with it.

    Raises `UsageError` where the case was not read, the profile has no VQA tool, or the question cannot be asked.
    """
    tool = room.services.under(file.protocol).tools.get("vqa")
    if tool is None:
        raise UsageError("this profile has no VQA tool; questions cannot be asked")
    if file.plan is None:
        raise UsageError("the case was not read; there is nothing to ask about")
    image = file.case.study.image(file.plan.image_sop_instance_uid, file.plan.image_frame)
    if image is None:
        raise UsageError("the image that was read is not in the study any more")
    asked = question_of(text, file.case.study)
    if file.protocol != CHEST.name:
        # Labels and sides are those of chest radiographs.
        asked = asked.model_copy(update={"label": None, "laterality": None})
    settings = room.services.settings
    probes = [probe.question for probe in probes_of(asked, settings.adjudication_negation)]
    admitted = AdmittedCase(case=file.case, headers=room.store.headers(file.case_id), identity=None)
    outcome = run_on_image(room, admitted, tool, image, [asked, *probes])
    return _told(room, file, asked, outcome, author)


def _told(room: ReadingRoom, file: CaseFile, asked: Question, outcome: Outcome, author: str) -> AskedQuestion:
    answer = next((item for item in outcome.evidence if _answers(item, asked)), None)
    return AskedQuestion(
        id=f"q-{token_hex(8)}",
        author=author,
        at=room.services.clock(),
        question=asked,
        answer=answer,
        standing=None if answer is None else _standing(room, file, answer, outcome.evidence),
        beside=tuple(item.id for item in file.evidence if asked.label and speaks_of(item, asked.label)),
        failure=outcome.failure.message if answer is None and outcome.failure else None,
    )


def _answers(item: Evidence, asked: Question) -> bool:
    return getattr(item.payload, "question", None) == asked.text


def _standing(room: ReadingRoom, file: CaseFile, answer: Evidence, seen: Sequence[Evidence]) -> Standing:
    """Say what the answer is worth, by the same measure as the votes of the case."""
    if getattr(answer.payload, "label", None) is None:
        return "unbound"
    if answer.id in inconsistent(seen):
        return "unsteady"
    heard = hear(file.case, seen, room.services.under(file.protocol).trust)
    return "vote" if any(vote.evidence_id == answer.id for vote in heard.votes) else "silent"


def speaks_of(item: Evidence, label: str) -> bool:
    """Tell whether evidence bears on a label: its score, a claim about it, the structures where it is looked for."""
    payload = item.payload
    if isinstance(payload, Score):
        return payload.label == label
    if isinstance(payload, Claim):
        return any(assertion.label == label for assertion in payload.assertions)
    if isinstance(payload, Measurement):
        return label in HEART and payload.name == "cardiothoracic_ratio"
    return isinstance(payload, Mask) and (label in HEART or payload.structure in LUNGS)
