"""Who speaks of labels: the classifier and the report model of a profile on a picture, the labeler on a text."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from PIL import Image

from overread.composition import build_tools, open_room
from overread.errors import Unreadable, UsageError
from overread.evals.answering._pictures import Seen
from overread.evals.answering._replies import Fate, System
from overread.evals.answering._taught import taught_by
from overread.evals.benchmarks._item import Item, Labels
from overread.labeler import VERSION, label_text
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.records import Claim, Evidence, Score
from overread.settings import Profile, Settings
from overread.standalone import StudyRefused, admit, run_alone


class Spoken(NamedTuple):
    """What was said of labels, and how."""

    fate: Fate
    scores: Mapping[str, float]
    """Label to a probability, or 1, 0 and 0.5 for present, absent and uncertain; one not spoken of is missing."""
    text: str | None = None
    why: str | None = None


class Reader(Protocol):
    """Speaks of the labels of an item."""

    @property
    def system(self) -> System:
        """Say who it is."""

    @property
    def identity(self) -> str:
        """Name model and weights, or the labeler's version."""

    @property
    def taught_by(self) -> frozenset[str] | None:
        """Name the sets that the model's card says it was trained on; None where nobody says."""

    def read(self, item: Item, seen: Seen) -> Spoken:
        """Say what is there; never raises for what a tool does."""


class Labeler:
    """The rule labeler on the item's own text."""

    system: System = "labeler"
    identity = f"rule labeler {VERSION}"
    taught_by = None

    def read(self, item: Item, seen: Seen) -> Spoken:
        """Label the text; what it does not mention is absent."""
        return Spoken("answered", labels_of(item.question), item.question)


@dataclass
class ToolReader:
    """A tool of the profile, run as the graph runs it, behind the gate of the header."""

    system: System
    room: ReadingRoom
    tool: Tool
    folder: Path

    @property
    def identity(self) -> str:
        """Name the model that answers, and its weights."""
        card = self.tool.card
        return f"{card.model}@{card.weights_digest}"

    @property
    def taught_by(self) -> frozenset[str] | None:
        """Join what the tool's models were trained on."""
        models = (self.tool.card.model, *(name for name, _ in self.tool.card.further_models))
        known = [sets for model in models if (sets := taught_by(model)) is not None]
        return frozenset().union(*known) if known else None

    def read(self, item: Item, seen: Seen) -> Spoken:
        """Run the tool on the item's one picture."""
        if len(seen.pictures) != 1:
            return Spoken("unsupported", {}, why="one picture is read at a time")
        path = self.folder / f"{seen.digests[0][:16]}.png"
        Image.fromarray(seen.pictures[0]).save(path)
        try:
            admitted = admit(self.room, [path], gated=True)
        except StudyRefused as error:
            return Spoken("silent", {}, why=f"refused at the gate: {error.refusal.reason}")
        except Unreadable as error:
            return Spoken("silent", {}, why=error.reason)
        outcome = run_alone(self.room, admitted, self.tool)
        if outcome.failure is not None:
            return Spoken("failed", {}, why=outcome.failure.message)
        return _spoken(outcome.evidence)


@contextmanager
def reader(item: Item, profile: Profile, settings: Settings) -> Iterator[Reader]:
    """Open who can speak of the labels of a benchmark's items; raises `UsageError` for a profile without the tool."""
    if isinstance(item.gold, Labels) and item.question:
        yield Labeler()
        return
    name: System = "classification" if isinstance(item.gold, Labels) else "report"
    tools = build_tools(profile, settings)
    if name not in tools:
        raise UsageError(f"the profile '{profile.name}' has no tool '{name}'")
    with tempfile.TemporaryDirectory(prefix="overread-benchmark-") as folder:
        home = Path(folder) / "home"
        own = settings.model_copy(update={"home": home, "profile": profile.name})
        with open_room(own, tools=tools, folder=home) as room:
            yield ToolReader(name, room, tools[name], Path(folder))


def labels_of(text: str) -> dict[str, float]:
    """Label a report: 1 present, 0 absent or not mentioned, 0.5 uncertain."""
    found = label_text(text)
    return {label: {1: 1.0, -1: 0.5}.get(value or 0, 0.0) for label, value in found.items()}


def _spoken(evidence: tuple[Evidence, ...]) -> Spoken:
    claims = [item.payload.text for item in evidence if isinstance(item.payload, Claim)]
    if claims:
        text = " ".join(claims)
        return Spoken("answered", labels_of(text), text)
    scores = {item.payload.label: item.payload.probability for item in evidence if isinstance(item.payload, Score)}
    return Spoken("answered", scores)
