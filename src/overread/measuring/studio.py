"""Show films to a model as a case would: read in the sandbox, hung, past the header's gate, the tool's own picture."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from overread.admission import Refused, admit_input
from overread.composition import parts_of, services_for
from overread.errors import ToolError, Unavailable, Unreadable
from overread.graphs._services import Services
from overread.graphs._tool_run import run_tool
from overread.imaging.gate import header_refusal
from overread.measuring.film import Film
from overread.ports import Parts, Picture, Tool, ToolInput
from overread.records import (
    Evidence,
    Question,
    Trust,
)
from overread.settings import ModelSpec, Profile, Settings
from overread.store.home import Home
from overread.tools._scope import picture_to_read

PATIENCE = 900.0
"""Seconds that a film may take at least, a large model's loading within the first: nobody waits for a draft here."""


@dataclass
class Studio:
    """A store of its own that is gone afterwards, and the models that play roles; each film is read once for all."""

    parts: Parts
    services: Services
    home: Home
    settings: Settings
    refused: Counter[str] = field(default_factory=Counter)
    """Why films were not shown, or not read, to how many."""
    _films: dict[int, ToolInput | str] = field(default_factory=dict)

    def work(self, film: Film) -> ToolInput | None:
        """Read a film as a case is read; None, and a count, for one that would go no further than the gate."""
        if film.row not in self._films:
            self._films[film.row] = self._read(film)
        found = self._films[film.row]
        if isinstance(found, ToolInput):
            return found
        self.refused[found] += 1
        return None

    def _read(self, film: Film) -> ToolInput | str:
        """Give the work, or the reason why a film goes no further."""
        try:
            admitted = admit_input([film.path], self.home, self.settings)
        except Unreadable as error:
            return error.reason
        if isinstance(admitted, Refused):
            return admitted.refusal.reason
        study = admitted.case.study
        refusal, image = header_refusal(study, admitted.headers), study.frontal
        if refusal is not None or image is None:
            return refusal.reason if refusal else "no_frontal_view"
        header = admitted.headers.get(image.sop_instance_uid, {})
        return ToolInput(study, image, self.services.pixels, self.home.artifacts, header=header)

    def picture(self, film: Film) -> Picture | None:
        """Give the picture that a tool would read, None for a film that would not be read."""
        work = self.work(film)
        try:
            return picture_to_read(work) if work else None
        except ToolError:
            self.refused["blank"] += 1
            return None

    def evidence(self, tool: Tool, work: ToolInput, questions: Sequence[Question] = ()) -> tuple[Evidence, ...] | None:
        """Run a tool as the graph runs it; None, and a count, where it stopped, but not for its model's words.

        Words that cannot be read are the model's doing and give no evidence. Raises `Unavailable` when the model cannot
        be had at all.
        """
        outcome = run_tool(self.services, tool, replace(work, questions=tuple(questions)))
        kind = outcome.failure.kind if outcome.failure else None
        if outcome.failure is not None and kind == "unavailable":
            raise Unavailable(outcome.failure.message)
        if kind in (None, "invalid_output"):
            return outcome.evidence
        self.refused[f"tool stopped: {kind}"] += 1
        return None


@contextmanager
def open_studio(settings: Settings, roles: Mapping[str, ModelSpec]) -> Iterator[Studio]:
    """Open a studio with a model in each role; its pictures lie in a temporary folder and are deleted at the end."""
    seconds = max(settings.tool_seconds, PATIENCE)
    settings = settings.model_copy(update={"tool_seconds": seconds, "tool_seconds_by_name": {}})
    profile = Profile(name="measure", describe="Models that are measured.", tools=(), roles=dict(roles))
    with tempfile.TemporaryDirectory(prefix="overread-measure-") as folder, closing(Home(Path(folder))) as home:
        services = services_for(settings, home, profile, tools={}, trust=Trust())
        yield Studio(parts_of(profile, settings), services, home, settings)
