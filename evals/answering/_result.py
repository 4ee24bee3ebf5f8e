"""What a benchmark run gave: what was asked how, figures with intervals, comparisons, and every sample."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from overread.evals._paired import Paired
from overread.evals._verdict import Verdict
from overread.evals.answering._replies import Control, Fate, System
from overread.evals.benchmarks._item import About
from overread.records import content_digest

Progress = Callable[[int, int, str], None]
"""Told how many are done, of how many, and who is at it."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spec(_Frozen):
    """All that a run depends on but the models, which each reply names by its digest."""

    benchmark: str
    split: str
    profiles: tuple[str, ...]
    systems: tuple[System, ...]
    controls: tuple[Control, ...]
    limit: int | None
    seed: int
    overread_version: str


FEWEST = 10
"""Items that a figure takes; of fewer nothing is said."""


class Voice(_Frozen):
    """Who answers, and what is shown: one column of the table."""

    profile: str
    system: System
    control: Control
    identity: str
    """Model, weights and prompt."""
    taught_by_it: bool | None = None
    """Whether the card of the model names this very benchmark among its training data; None without such a card. Then
    the figures tell what it remembers, not what it can do."""

    @property
    def name(self) -> str:
        """Name it in a table."""
        return f"{self.profile} {self.system}" + ("" if self.control == "as_is" else f", {self.control}")


class Figure(_Frozen):
    """One figure of one voice over a part of the items, 0 to 1, with its 95 % interval over clusters."""

    voice: str
    part: str
    """`closed`, `open`, `mcq` or `multi`, of all items, of those in scope or of those out of it."""
    measure: str
    value: float
    low: float
    high: float
    items: int
    clusters: int
    answered: int
    commonest: float | None = None
    """What always giving the commonest answer of the other clusters would reach; of `accuracy` only."""


class Said(_Frozen):
    """What one voice said to a sample."""

    voice: str
    fate: Fate
    said: str | None
    read: str | None
    right: bool | None
    """None for one that was skipped."""
    words: float | None
    why: str | None
    scores: dict[str, float] = {}
    """Of a benchmark of labels: label to what was said of it, 0 to 1."""


class Sample(_Frozen):
    """One item with all that was said to it."""

    id: str
    cluster: str
    kind: str
    in_scope: bool | None
    task: str | None
    question: str
    truth: str
    labels: dict[str, bool] = {}
    """Of a benchmark of labels: what is known to be there and not there."""
    said: tuple[Said, ...]


class BenchmarkResult(_Frozen):
    """The whole run; `results.json` is this."""

    spec: Spec
    about: About
    voices: tuple[Voice, ...]
    figures: tuple[Figure, ...]
    samples: tuple[Sample, ...]
    skipped: dict[str, int]
    """Why items were left out, to how many: they count nowhere."""
    compared: tuple[Paired, ...] = ()
    """Every two voices that differ in one thing, on the items that both were shown."""
    verdict: Verdict | None = None
    """Beside the baseline that was given."""
    versions: dict[str, str] = {}
    digest: str = ""
    """SHA-256 over what was asked and what was said; a rerun gives the same."""

    @property
    def untold(self) -> tuple[str, ...]:
        """Say of which voices there is no figure, and why."""
        told = {figure.voice for figure in self.figures}
        return tuple(
            f"{voice.name}: no figure, since so few items with their picture were asked tell of luck; raise --limit"
            for voice in self.voices
            if voice.name not in told
        )

    def digested(self) -> "BenchmarkResult":
        """Give the result with its own digest."""
        told = self.model_dump(mode="json", include={"spec", "voices", "figures", "samples", "skipped"})
        return self.model_copy(update={"digest": content_digest(told, length=64)})
