"""Run one scenario in a home of its own: nothing of another case can reach it."""

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overread.admission import AdmittedCase, Refused
from overread.composition import open_room, trust_in
from overread.errors import Unreadable
from overread.evals._scenario import Setup, StudySpec, ToolSpec
from overread.ports import Tool, ToolInput
from overread.reading_room import ReadingRoom
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Answer,
    CaseFile,
    Question,
    Status,
    Trust,
)
from overread.settings import Settings, load_profile
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.tool import Item
from overread.testing.phantoms import negative_to_dicom, sample_recipe, write_study

Opener = Callable[..., AbstractContextManager[ReadingRoom]]
"""Opens a reading room as `composition.open_room` does, called as `opener(settings, tools=…, trust=…)`."""


@dataclass(frozen=True)
class Run:
    """What a scenario left behind."""

    file: CaseFile | None
    """None when the input was refused before it became a case."""
    refusal: str | None
    notes: tuple[str, ...]
    cases: int
    """Cases in the store at the end."""
    tool_runs: Mapping[str, int]
    seconds: float


def execute(setup: Setup, settings: Settings, live_tools: Mapping[str, Tool], *, opener: Opener = open_room) -> Run:
    """Send the study, read the case to its rest, and gather what is there.

    `opener` opens the room; another one gives a room with a part missing, to see which scenarios notice.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overread-scenario-")))
        tools = {name: _tool(name, spec, live_tools) for name, spec in _specs(setup, live_tools) if not spec.absent}
        stack.callback(_release, tools.values())
        own = settings.model_copy(update={"home": folder / "home", **setup.settings})
        room = stack.enter_context(opener(own, tools=tools, trust=_trust(setup, own)))
        started = time.monotonic()
        file, refusal, notes = _send(room, setup, folder)
        runs = {name: tool.runs for name, tool in tools.items() if isinstance(tool, ScriptedTool)}
        return Run(file, refusal, notes, len(room.worklist()), runs, time.monotonic() - started)


def _release(tools: Iterable[Tool]) -> None:
    for tool in tools:
        if isinstance(tool, ScriptedTool):
            tool.release()


def _trust(setup: Setup, settings: Settings) -> Trust:
    """Give the profile's measured trust with the scenario's laid over it."""
    measured = trust_in(load_profile(settings.profile, settings), settings)
    given = {
        tool: {name: figure for label, figure in figures.items() for name in (LABELS if label == "*" else (label,))}
        for tool, figures in setup.trust.items()
    }
    return Trust.of_figures(given).over(measured)


def _send(room: ReadingRoom, setup: Setup, folder: Path) -> tuple[CaseFile | None, str | None, tuple[str, ...]]:
    study = write_spec(setup.study, folder / "study")
    priors = [write_spec(spec, folder / f"prior{number}") for number, spec in enumerate(setup.priors)]
    file: CaseFile | None = None
    notes: tuple[str, ...] = ()
    for _ in range(setup.sent):
        try:
            admitted = room.take_in([study], order=setup.order, priors=priors)
        except Unreadable as error:
            return None, error.reason, ()
        if isinstance(admitted, Refused):
            return None, admitted.refusal.reason, admitted.notes
        file, notes = room.read(_id(admitted)), admitted.case.input_notes
    refusal = file.gate.refusal.reason if file and file.gate and file.gate.refusal else None
    return file, refusal, notes


def _id(admitted: AdmittedCase) -> str:
    return admitted.case.case_id


def write_spec(spec: StudySpec, folder: Path) -> Path:
    """Write the study of a spec as DICOM files and give their folder."""
    folder.mkdir(parents=True)
    if spec.negative is not None:
        dataset = negative_to_dicom(spec.negative, spec.phantom)
        for keyword, value in spec.header.items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / "image.dcm")
        return folder
    recipe = sample_recipe(spec.phantom, findings=spec.findings, **spec.recipe)
    options: dict[str, Any] = {"photometric": spec.photometric, "bits_stored": spec.bits_stored, **spec.header}
    write_study(folder, recipe, **options)
    return folder


def _specs(setup: Setup, live_tools: Mapping[str, Tool]) -> Sequence[tuple[str, ToolSpec]]:
    """Give every tool of the profile a spec: header and quality run live, the models are scripted to see nothing."""
    default = {name: ToolSpec(live=name in ("header", "quality")) for name in live_tools}
    return list({**default, **setup.tools}.items())


def _tool(name: str, spec: ToolSpec, live_tools: Mapping[str, Tool]) -> Tool:
    if spec.live:
        return live_tools[name]
    fault = None if spec.fault is None else Fault(**spec.fault.model_dump())
    listed: list[Item] = [(seen.payload, seen.region) if seen.region else seen.payload for seen in spec.gives]

    def script(work: ToolInput) -> Sequence[Item]:
        return [*listed, *(_answer(question, spec) for question in work.questions if spec.answers)]

    return ScriptedTool(name, script, fault=fault, seconds=spec.seconds)


_MEANS: dict[str, Status] = {"yes": "present", "no": "absent", "cannot tell": "uncertain"}


def _answer(question: Question, spec: ToolSpec) -> Answer:
    word = spec.answers.get(question.label or "", "cannot tell")
    return Answer(
        question=question.text,
        answer=word,
        label=question.label,
        status=_MEANS[word],
        laterality=question.laterality if word == "yes" else None,
    )
