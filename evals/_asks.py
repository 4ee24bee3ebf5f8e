"""Put a scenario's questions to a case that was read, as a reader does on the page."""

from collections.abc import Sequence

from overread.errors import OutOfScope, UsageError
from overread.evals._parts import AskSpec
from overread.evals._run import Asked
from overread.evals._tools import Tools
from overread.questioning import ask_of
from overread.reading_room import ReadingRoom
from overread.records import Answer, CaseFile

READER = "Dr Scripted"


def put(room: ReadingRoom, file: CaseFile, asks: Sequence[AskSpec], tools: Tools) -> tuple[Asked, ...]:
    """Ask one after the other; a refusal is what came of the question."""
    return tuple(_put(room, file, spec, tools) for spec in asks)


def _put(room: ReadingRoom, file: CaseFile, spec: AskSpec, tools: Tools) -> Asked:
    before, runs = room.file(file.case_id), sum(tools.runs.values())
    answered, outside, message = None, None, ""
    try:
        answered = ask_of(room, file, spec.question, READER)
        payload = answered.answer.payload if answered.answer else None
        message = payload.answer if isinstance(payload, Answer) else answered.failure or ""
    except OutOfScope as error:
        outside, message = error.kind, str(error)
    except UsageError as error:
        message = str(error)
    ran = sum(tools.runs.values()) - runs
    return Asked(spec, answered, outside, message, ran, room.file(file.case_id) == before)
