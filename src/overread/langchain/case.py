"""A case as a Runnable: from files to the review, where a person goes on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from pathlib import Path
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.batch.single import CaseRead, take_one
from overread.composition import open_room
from overread.errors import UsageError
from overread.outputs.case_json import case_json
from overread.ports import Tool
from overread.prior_intake import SentPriors
from overread.reading_room import ReadingRoom
from overread.records import Order
from overread.settings import Settings, load_settings
from overread.tracing import trace_nothing


class CaseInput(BaseModel):
    """The files of one study, what was asked of it, and earlier studies of the patient."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[Path, ...] = Field(min_length=1)
    order: Order | None = None
    priors: tuple[Path, ...] = ()
    prior_reports: tuple[Path, ...] = ()
    """Their reports, in the same order."""
    same_patient: bool = False
    """States that each prior is an earlier study of this patient, where no header tells."""


Given = CaseInput | Mapping[str, Any] | str | Path
CaseRunnable = Runnable[Given, dict[str, Any]]


@contextmanager
def case_runnable(settings: Settings | None = None, *, tools: dict[str, Tool] | None = None) -> Iterator[CaseRunnable]:
    """Open the reading room and give a Runnable that reads one case up to its review; the room closes at the end.

    It takes a path, or a `CaseInput` or its fields, and gives what `case.json` holds; an input that became no case has
    the status `refused`, a `gate` that says why, and no id. It never signs: a person does, with `overread review` or in
    the app. Raises what the room raises, such as `CaseBusy`. `tools` replace those of the profile.
    """
    trace_nothing()
    with open_room(settings or load_settings(), tools=tools) as room:

        def read(given: Given) -> dict[str, Any]:
            # In a context of its own: inside an agent's graph, the case graph would else take that graph's checkpointer
            # and stop it with its own interrupt, and the agent's callbacks would see the state of the case.
            return Context().run(_read, room, _input_of(given))

        yield RunnableLambda(read, name="overread_case").with_types(output_type=dict[str, Any])


def _input_of(given: Given) -> CaseInput:
    if isinstance(given, CaseInput):
        return given
    try:
        return CaseInput.model_validate({"paths": (given,)} if isinstance(given, str | Path) else given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the input"
        raise UsageError(f"a case is given by paths, order and priors; {where}: {first['msg']}") from None


def _read(room: ReadingRoom, asked: CaseInput) -> dict[str, Any]:
    priors = SentPriors(asked.priors, asked.prior_reports, asked.same_patient)
    taken = take_one(room, asked.paths, order=asked.order, priors=priors)
    if isinstance(taken, CaseRead):
        return _no_case(taken)
    return case_json(room.read(taken), lambda mask: room.home.artifacts.absolute(mask.png))


def _no_case(taken: CaseRead) -> dict[str, Any]:
    """Say why an input became no case, in the fields of `case.json`."""
    refusal = taken.refusal.model_dump(mode="json") if taken.refusal else None
    gate: dict[str, Any] = {"passed": False, "refusal": refusal, "notes": [], "evidence_ids": []}
    return {"case_id": None, "status": "refused", "gate": gate}
