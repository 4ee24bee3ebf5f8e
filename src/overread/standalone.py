"""Run one tool alone on one study: what `overread tool`, `overread ask` and the LangChain tools share."""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from overread.admission import AdmittedCase, Refused, admit_input
from overread.agents import planner
from overread.errors import OutOfScope, OverreadError, UsageError
from overread.graphs import _one_tool as one_tool
from overread.graphs._services import Services
from overread.graphs._state import ToolTask, dump
from overread.graphs._tool_run import Outcome
from overread.imaging.frontal_choice import choose
from overread.imaging.gate import header_refusal
from overread.imaging.stack import stack_to_read
from overread.labeler import assertions
from overread.ports import Tool
from overread.prior_intake import GivenPriors
from overread.protocol import chosen
from overread.protocols.chest_radiograph import CHEST
from overread.reading_room import ReadingRoom
from overread.reasoning.question_scope import REFUSALS, outside
from overread.records import (
    Alert,
    CaseFile,
    Evidence,
    ImageRef,
    Mask,
    Plan,
    Question,
    Refusal,
    Study,
    ToolFailure,
    ToolRun,
)
from overread.tools._referring_expressions import referred

UNGATED = frozenset({"header", "quality"})
"""Tools that may look at any image: what they see is what the gate decides by."""

NOT_READ = Refusal(
    reason="wrong_modality",
    detail="no image of the study can be read by the protocol that takes it",
    next_step="Send a chest radiograph, or state what the VQA model reads",
)


class StudyRefused(OverreadError):
    """A study that was read and goes no further."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.detail}. {refusal.next_step}")
        self.refusal = refusal


def admit(room: ReadingRoom, paths: Sequence[Path], *, priors: GivenPriors = (), gated: bool) -> AdmittedCase:
    """Read a study, where it is `gated` as a chest radiograph alone; it becomes no case of the worklist.

    Raises `Unreadable` where nothing can be read of it, `StudyRefused` where it goes no further.
    """
    admitted = admit_input(paths, room.home, room.services.settings, priors=priors)
    if isinstance(admitted, Refused):
        raise StudyRefused(admitted.refusal)
    refusal = header_refusal(admitted.case.study, admitted.headers) if gated else None
    if refusal is not None:
        raise StudyRefused(refusal)
    return admitted


@dataclass(frozen=True)
class _NoLedger:
    """Stands for the case store where there is no case: what would be written down is not."""

    of_admitted: Mapping[str, Mapping[str, str]]

    def headers(self, case_id: str) -> Mapping[str, Mapping[str, str]]:
        return self.of_admitted

    def raise_alert(self, case_id: str, alert: Alert) -> bool:
        return False

    def alerts(self, case_id: str) -> tuple[Alert, ...]:
        return ()

    def file(self, case_id: str) -> CaseFile | None:
        return None

    def whole(self, file: CaseFile) -> CaseFile:
        return file

    def write(self, case_id: str, event: str, **detail: object) -> None:
        return None


def run_alone(room: ReadingRoom, admitted: AdmittedCase, tool: Tool, questions: Sequence[Question] = ()) -> Outcome:
    """Run one tool on the image that the case graph would give it; never raises for what a tool does.

    One that reads CT is given the middle slice of the series that it reads.
    """
    stack = stack_to_read(admitted.case.study).stack if tool.card.modality == "CT" else None
    if stack is not None:
        return run_on_image(room, admitted, tool, stack.middle, questions)
    return run_on_image(room, admitted, tool, image_to_read(room, admitted), questions)


def image_to_read(room: ReadingRoom, admitted: AdmittedCase) -> ImageRef:
    """Choose as the gate does; a study whose images are all refused is read at its best one, and it shows."""
    study, quality = admitted.case.study, room.services.tools.get("quality")
    best = study.frontal or study.images[0]
    if len(study.frontals) < 2 or quality is None:
        return best

    def look(image: ImageRef) -> tuple[Evidence, ...]:
        return run_on_image(room, admitted, quality, image).evidence

    return choose(study, admitted.headers, look).image or best


@dataclass(frozen=True)
class Reading:
    """What a study is read as, and the image of it that is read."""

    services: Services
    image: ImageRef

    @property
    def of_radiograph(self) -> bool:
        """Whether it is a chest radiograph, whose labels and sides a question may be about."""
        return self.services.protocol.name == CHEST.name


def tool_named(room: ReadingRoom, name: str) -> Tool | None:
    """Give a tool of the first protocol of the room that has one of this name; None where none has."""
    readers = (room.services.under(protocol.name).tools for protocol in room.services.protocols)
    return next((tools[name] for tools in readers if name in tools), None)


def read_with(room: ReadingRoom, admitted: AdmittedCase, tool: Tool, question: str = "") -> tuple[Tool, Reading]:
    """Choose the protocol as the gate does, its own tool of this name, and the image that it is given.

    What the gate decides by looks at any image, and a tool that reads CT says itself what it takes. Raises
    `StudyRefused` where no protocol takes the study, or the one that does has no such tool.
    """
    name = tool.card.name
    if name in UNGATED:
        return tool, Reading(room.services, image_to_read(room, admitted))
    if tool.card.modality == "CT":
        return _accepting(tool, admitted), Reading(room.services, _middle_of(room, admitted))
    reading = read_as(room, admitted, question, name)
    own = reading.services.tools.get(name)
    if own is None:
        raise StudyRefused(_without(name, reading.services))
    return _accepting(own, admitted), reading


def _without(name: str, services: Services) -> Refusal:
    return Refusal(
        reason="wrong_modality",
        detail=f"the study is read as {services.protocol.name}, which has no tool {name}",
        next_step=f"Tools that read it: {', '.join(services.tools) or 'none'}",
    )


def _accepting(tool: Tool, admitted: AdmittedCase) -> Tool:
    if (refusal := tool.accepts(admitted.case.study)) is not None:
        raise StudyRefused(refusal)
    return tool


def _middle_of(room: ReadingRoom, admitted: AdmittedCase) -> ImageRef:
    stack = stack_to_read(admitted.case.study).stack
    return stack.middle if stack else image_to_read(room, admitted)


def read_as(room: ReadingRoom, admitted: AdmittedCase, question: str, name: str = "vqa") -> Reading:
    """Choose as the gate does for a case whose order asks this; raises `StudyRefused` where nothing reads it so.

    `name` is the tool that is to read; a protocol without it says itself whether it reads the study.
    """
    case, headers = admitted.case, admitted.headers
    order = case.order.model_copy(update={"question": question})
    protocol = chosen(room.services.protocols, case.study, headers, order)
    if isinstance(protocol, Refusal):
        raise StudyRefused(protocol)
    services = room.services.under(protocol.name)
    if protocol.name == CHEST.name:
        return Reading(services, image_to_read(room, admitted))
    tool = services.tools.get(name)
    if tool is None and name != "vqa":
        raise StudyRefused(_without(name, services))
    refusal = tool.accepts(case.study) if tool is not None else protocol.reads and protocol.reads(case.study)
    choice = protocol.choose(case.study, headers, lambda image: ())
    if refusal is not None or choice.image is None:
        raise StudyRefused(refusal or choice.refusal or NOT_READ)
    return Reading(services, choice.image)


def run_on_image(
    room: ReadingRoom,
    admitted: AdmittedCase,
    tool: Tool,
    image: ImageRef,
    questions: Sequence[Question] = (),
    services: Services | None = None,
) -> Outcome:
    """Run the graph of one tool's run on one image as the case graph does, with nothing written down.

    `services` are those of the protocol that the study is read by; None: of the first.
    """
    of_protocol = services or room.services
    name = tool.card.name
    planned = Plan(
        image_sop_instance_uid=image.sop_instance_uid,
        image_frame=image.frame,
        tools=(name,),
        questions=tuple(questions),
        protocol=of_protocol.protocol.name,
    )
    task = ToolTask(case=dump(admitted.case), plan=dump(planned), tool=name)
    alone = replace(of_protocol, tools={name: tool}, ledger=_NoLedger(admitted.headers))
    # In a context of its own: inside an agent's graph its callbacks would else see the study.
    given = Context().run(partial(one_tool.build().invoke, task, context=alone))
    failure = next(iter(given["failures"]), None)
    return Outcome(
        evidence=tuple(Evidence.model_validate(item) for item in given["evidence"]),
        failure=None if failure is None else ToolFailure.model_validate(failure),
        run=ToolRun.model_validate(given["tool_runs"][0]),
    )


def questions_of(
    admitted: AdmittedCase, tool: Tool, reading: Reading, asked: Sequence[str] = ()
) -> tuple[Question, ...]:
    """Bind what is asked, or give what the planner would ask; labels and sides are those of chest radiographs.

    Raises what `question_of` raises, and `UsageError` where nothing is asked of a study of which only a question is
    answered.
    """
    bound = tuple(question_of(text, admitted.case.study) for text in asked)
    if reading.of_radiograph:
        return bound or questions_for(admitted, tool)
    if not bound and tool.card.name == "vqa":
        raise UsageError("of such a study only a question is answered: ask one")
    return tuple(question.model_copy(update={"label": None, "laterality": None}) for question in bound)


def question_of(text: str, study: Study) -> Question:
    """Bind a question to the label and the side that it speaks of, where the labeler finds one.

    Raises `OutOfScope` for what no model of the picture may answer, `UsageError` for a side in a picture whose header
    does not tell which side is which.
    """
    if (kind := outside(text)) is not None:
        raise OutOfScope(kind, REFUSALS[kind])
    said = next(iter(assertions(text)), None)
    image = study.frontal
    if said is not None and said.laterality is not None and image is not None and image.sides == "withheld":
        raise UsageError("left and right cannot be told in this picture; ask without a side")
    return Question(text=" ".join(text.split()), label=said and said.label, laterality=said and said.laterality)


def questions_for(admitted: AdmittedCase, tool: Tool) -> tuple[Question, ...]:
    """Give what the planner would have this tool asked of the case."""
    return planner.plan(admitted.case, {tool.card.name: tool}, ()).questions


def only_meant(evidence: Iterable[Evidence], words: str) -> tuple[Evidence, ...]:
    """Keep the masks that the words refer to; raise `UsageError` when they name none that was found."""
    masks = {item.payload.structure: item for item in evidence if isinstance(item.payload, Mask)}
    meant = referred(words, masks)
    if not meant:
        raise UsageError(f"the words name nothing that was segmented; there are: {', '.join(masks) or 'no masks'}")
    return tuple(masks[name] for name in meant)
