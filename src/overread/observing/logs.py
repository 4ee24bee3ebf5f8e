"""Log lines as JSON: one object a line, with the case and its trace where the line is of a case.

Of an error stand its type and where it was raised; its text may hold anything, a patient's data too.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from overread.observing.attributes import trace_id
from overread.observing.events import PLACE, CaseRun, Ending, ModelCall
from overread.records import Step
from overread.settings import Settings

LOGGER = logging.getLogger("overread.case")
DEEPEST = 20
"""Frames of an error that are told, the innermost."""


def set_up(settings: Settings) -> None:
    """Have this process write the log that the settings ask for, to standard error."""
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if settings.log_format == "json" else plain)
    logging.basicConfig(level=settings.log_level, handlers=[handler])


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give time (UTC, ISO 8601), level, logger, message; of a case also its id and trace, of an error its type."""
        place = PLACE.get()
        own: dict[str, Any] = getattr(record, "told", {})
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **own,
        }
        case_id = own.get("case_id") or (place.run.case_id if place else None)
        if case_id is not None:
            line |= {"case_id": case_id, "trace_id": trace_id(case_id)}
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__name__, "raised_at": _frames(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False)


def _frames(trace: TracebackType | None) -> list[str]:
    """Say where an error was raised, outermost first: modules and lines, no values."""
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class CaseLog:
    """An observer that writes a line for each run of a case, and one for each tool and model that failed."""

    def begins(self, run: CaseRun) -> None:
        """Write nothing: a run is told of when it ends."""

    def steps(self, run: CaseRun, step: Step) -> None:
        """Write down a tool that failed."""
        if step.ended is not None and step.failure is not None:
            told = {
                "case_id": run.case_id,
                "tool": step.tool,
                "failure": step.failure,
                "seconds": _rounded(step.seconds),
            }
            LOGGER.warning("tool failed", extra={"told": told})

    def called(self, call: ModelCall) -> None:
        """Write down a model that failed, by the type of its error."""
        if call.error is None:
            return
        told = {"model": call.card.model, "operation": call.operation, "error": call.error}
        case = {"case_id": call.place.run.case_id} if call.place else {}
        LOGGER.warning("model failed", extra={"told": {**case, **told, "seconds": _rounded(call.seconds)}})

    def ends(self, run: CaseRun, ending: Ending) -> None:
        """Write down where a run came to rest."""
        seconds = _rounded((ending.ended - run.started).total_seconds())
        told = {"case_id": run.case_id, "outcome": ending.outcome, "seconds": seconds}
        if ending.error is None:
            LOGGER.info("case at rest", extra={"told": told})
        else:
            LOGGER.error("case failed", extra={"told": {**told, "error": ending.error}})


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
