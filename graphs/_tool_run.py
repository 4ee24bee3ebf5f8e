"""Run one tool: within its deadline, its answer checked, its failure a record. One of the two places that catch."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue

from pydantic import ValidationError

from overread.errors import (
    AnswerInvalid,
    OverreadError,
    ToolOutputInvalid,
    ToolTimeout,
    Unavailable,
)
from overread.graphs._services import Services
from overread.observing.events import carried
from overread.ports import Tool, ToolCard, ToolInput
from overread.records import Answer, Case, Evidence, FailureKind, Plan, Question, ToolFailure, ToolRun


@dataclass(frozen=True)
class Outcome:
    """What came of one tool: evidence, a failure or, where it failed in part, both; and the run itself."""

    evidence: tuple[Evidence, ...]
    failure: ToolFailure | None
    run: ToolRun


def tool_input(services: Services, case: Case, plan: Plan, questions: Sequence[Question] = ()) -> ToolInput:
    """Build a tool's input from the plan; raises `ToolOutputInvalid` when the plan names no image of the study."""
    image = case.study.image(plan.image_sop_instance_uid, plan.image_frame)
    if image is None:
        raise ToolOutputInvalid("the plan names an image that the study does not have; read the input again")
    return ToolInput(
        study=case.study,
        image=image,
        pixels=services.pixels,
        artifacts=services.artifacts,
        header=services.ledger.headers(case.case_id).get(image.sop_instance_uid, {}),
        priors=case.priors,
        questions=tuple(questions),
        observations=case.order.observations,
    )


def run_tool(services: Services, tool: Tool, work: ToolInput) -> Outcome:
    """Run a tool to its evidence or its failure; never raises for what a tool does.

    What a tool kept before it failed stands beside the failure, so that a late fault loses no critical result.
    """
    started = services.clock()
    card = tool.card  # asked once: a tool may look at its model's files to describe itself
    work = work.limited_to(card.sees)
    kept = _Kept()
    failure: ToolFailure | None = None
    try:
        evidence = _attempts(services, tool, card, work, kept)
    except Exception as error:  # noqa: BLE001 the tool boundary: whatever a tool does, the case goes on and says so
        evidence = _standing(card, work, kept)
        failure = ToolFailure(
            tool=card.name,
            kind=failure_kind(error),
            message=failure_message(error),
            started=started,
            ended=services.clock(),
            kept=len(evidence),
            questions=_unanswered(work, evidence),
        )
    return Outcome(evidence, failure, _run_record(card, evidence, started, services.clock()))


class _Kept:
    """What a tool has seen so far, of each of its attempts; its late thread may still be writing."""

    def __init__(self) -> None:
        self._attempts: list[tuple[Evidence, ...]] = []

    def begin(self) -> Callable[[Sequence[Evidence]], None]:
        """Open the next attempt, and give what it hands its evidence to; each call replaces the one before."""
        place = len(self._attempts)
        self._attempts.append(())

        def keep(evidence: Sequence[Evidence]) -> None:
            self._attempts[place] = tuple(evidence)

        return keep

    def all(self) -> list[Evidence]:
        """Give what stands, each id once."""
        return list({item.id: item for attempt in tuple(self._attempts) for item in attempt}.values())


def _standing(card: ToolCard, work: ToolInput, kept: _Kept) -> tuple[Evidence, ...]:
    """Give what was kept, all or nothing: a tool that also kept what is not its own is not believed."""
    try:
        return _checked(card, work, kept.all())
    except Exception:  # noqa: BLE001 the same boundary: what was kept may be anything
        return ()


def _unanswered(work: ToolInput, evidence: Sequence[Evidence]) -> tuple[Question, ...]:
    answered = {item.payload.question for item in evidence if isinstance(item.payload, Answer)}
    return tuple(question for question in work.questions if question.text not in answered)


def failure_kind(error: Exception) -> FailureKind:
    if isinstance(error, ToolTimeout):
        return "timeout"
    if isinstance(error, Unavailable):
        return "unavailable"
    if isinstance(error, ToolOutputInvalid | AnswerInvalid | ValidationError):
        return "invalid_output"
    return "error"


def failure_message(error: Exception) -> str:
    """Say what failed; the text of a foreign exception may hold a patient's data, so only its type is told."""
    if isinstance(error, OverreadError):
        return str(error)
    return f"the tool stopped with {type(error).__name__}"


def _attempts(services: Services, tool: Tool, card: ToolCard, work: ToolInput, kept: _Kept) -> tuple[Evidence, ...]:
    """Try again only what is transient: a model that could not be reached."""
    seconds = services.settings.deadline(card.name)
    for attempt in range(1, services.settings.tool_attempts + 1):
        try:
            given = replace(work, keep=kept.begin())
            return _checked(card, work, within(seconds, card.name, partial(tool.run, given)))
        except Unavailable:
            if attempt == services.settings.tool_attempts:
                raise
    raise AssertionError("unreachable")


def within(seconds: float, name: str, work: Callable[[], Sequence[Evidence]]) -> Sequence[Evidence]:
    """Wait at most `seconds` for work in a thread of its own; raises `ToolTimeout`, or what the work raised.

    A thread cannot be stopped from outside, so late work is left behind and its answer dropped; models behind
    HTTP carry the same limit on the client's side.
    """
    answers: SimpleQueue[tuple[Sequence[Evidence], BaseException | None]] = SimpleQueue()

    def call() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:  # noqa: BLE001 carried to the waiting thread, not swallowed
            answers.put(((), error))

    threading.Thread(target=carried(call), name=f"tool-{name}", daemon=True).start()
    try:
        evidence, error = answers.get(timeout=seconds)
    except Empty:
        raise ToolTimeout(
            f"{name} gave no answer within {seconds:g} s; raise tool_seconds if that is too short"
        ) from None
    if error is not None:
        raise error
    return evidence


def _checked(card: ToolCard, work: ToolInput, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Let through only evidence of this study by this tool."""
    known = {(image.sop_instance_uid, image.frame) for image in work.study.images}
    for prior in work.priors:
        known |= {(image.sop_instance_uid, image.frame) for image in prior.study.images}
    for item in evidence:
        if not isinstance(item, Evidence):
            raise ToolOutputInvalid(f"{card.name} gave something that is not evidence")
        if item.tool != card.name:
            raise ToolOutputInvalid(f"{card.name} gave evidence in the name of {item.tool}")
        if (item.locator.sop_instance_uid, item.locator.frame) not in known:
            raise ToolOutputInvalid(f"{card.name} gave evidence of another study; it was discarded")
        if item.payload.kind not in card.payloads:
            raise ToolOutputInvalid(f"{card.name} gave a {item.payload.kind}, which its card does not list")
    return tuple(evidence)


def _run_record(card: ToolCard, evidence: tuple[Evidence, ...], started: datetime, ended: datetime) -> ToolRun:
    """Name the model that really answered: evidence knows; without any, the card's word stands."""
    run = ToolRun(
        tool=card.name,
        version=card.version,
        model=card.model,
        weights_digest=card.weights_digest,
        started=started,
        ended=ended,
        evidence=len(evidence),
        evidence_ids=tuple(item.id for item in evidence),
    )
    return run.model_copy(update=_named_by(evidence)) if evidence else run


def _named_by(evidence: tuple[Evidence, ...]) -> dict[str, str | None]:
    first = evidence[0].provenance
    return {"model": first.model, "weights_digest": first.weights_digest}


def absent_tool(services: Services, name: str) -> Outcome:
    """Record that a planned tool is not there."""
    now = services.clock()
    failure = ToolFailure(
        tool=name,
        kind="unavailable",
        message=f"no tool named {name} is enabled in this profile",
        started=now,
        ended=now,
    )
    return Outcome((), failure, ToolRun(tool=name, version="", started=now, ended=now, evidence=0))
