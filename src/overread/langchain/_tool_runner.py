"""Run one tool on one study at a time, with models that stay loaded between the runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overread.composition import build_protocols, open_room, shared_tools
from overread.errors import ToolError, UsageError
from overread.outputs.case_json import with_place
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.records import Drawn, Evidence, ToolFailure
from overread.settings import Settings, load_profile
from overread.standalone import admit, questions_of, read_with, run_on_image


@dataclass(frozen=True)
class ToolRequest:
    """What a tool is asked to look at, and for."""

    path: Path
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolResult:
    """What a tool saw, and what kept it from seeing the rest, when something did."""

    evidence: tuple[Evidence, ...]
    failure: ToolFailure | None = None


class ToolRunner:
    """Opens the store for each run and closes it again, so that nothing has to be closed by an agent."""

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        self._settings = settings
        self._folder = None if folder is None else folder.resolve()
        profile = load_profile(settings.profile, settings)
        self._built = shared_tools(profile, settings)
        protocols = build_protocols(profile, settings)
        self.tools: dict[str, Tool] = {}
        """Tools by name; those of a protocol that the gate asks before others come first."""
        self.exams: dict[str, list[str]] = {}
        """What each tool looks at, in words."""
        for protocol in protocols:
            for name, tool in self._built(protocol).items():
                self.tools.setdefault(name, tool)
                self.exams.setdefault(name, []).append(protocol.exam.name)

    def run(self, name: str, asked: ToolRequest) -> ToolResult:
        """Run one tool on the image that the case graph would give it, by the protocol that takes the study.

        Masks are named by paths that exist.

        A tool that failed in part gives what it saw and the failure. Raises `Unreadable` and `StudyRefused` for the
        study, `UsageError` for the path, `ToolError` for a tool that saw nothing.
        """
        path = self._within(asked.path)
        with open_room(self._settings, tools=self._built) as room:
            admitted = admit(room, [path], gated=False)
            tool, reading = read_with(room, admitted, self.tools[name], next(iter(asked.questions), ""))
            questions = questions_of(admitted, tool, reading, asked.questions)
            outcome = run_on_image(room, admitted, tool, reading.image, questions, reading.services)
            failure = outcome.failure
            if failure is not None and not outcome.evidence:
                raise ToolError(f"{name} gave no evidence ({failure.kind}): {failure.message}")
            placed = tuple(with_place(item, lambda mask: _place(room, mask)) for item in outcome.evidence)
            return ToolResult(placed, failure)

    def _within(self, path: Path) -> Path:
        """Keep a path inside the folder of studies, when there is one; a link out of it is outside."""
        if self._folder is None:
            return path
        whole = (self._folder / path).resolve()
        if not whole.is_relative_to(self._folder):
            raise UsageError("the path is outside the folder of studies; give a path inside it")
        return whole


def as_json(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Give evidence JSON-native, so that any checkpointer of an agent keeps it."""
    return [item.model_dump(mode="json") for item in evidence]


def _place(room: ReadingRoom, mask: Drawn) -> Path:
    return room.home.artifacts.absolute(mask.png)
