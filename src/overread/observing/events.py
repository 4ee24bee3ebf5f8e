"""What is told of the work on a case: that a run began, its steps, what its models were asked, and how it ended."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from overread.records import CaseFile, CaseStatus, Step

if TYPE_CHECKING:
    from overread.ports import BackendCard, Circuit  # which needs numpy; a command that asks no model does not

Operation = Literal["chat", "embeddings", "segmentation", "classification", "outline"]
"""What a model was asked for; the first two as the GenAI conventions of OpenTelemetry name them."""


@dataclass(frozen=True, eq=False)
class CaseRun:
    """One run of a case: from when it is taken up until it rests at its review or at its end."""

    case_id: str
    started: datetime


class Place(NamedTuple):
    """Where a model is asked: in which run, and by which step of it."""

    run: CaseRun
    step: str | None
    """The key of a tool's step; None in a node that asks a model itself."""


PLACE: ContextVar[Place | None] = ContextVar("place", default=None)
"""Of the work that this thread does; who starts a thread for it hands this on (`carried`)."""


@dataclass(frozen=True)
class ModelCall:
    """One question to a model, or several put to it together."""

    card: "BackendCard"
    operation: Operation
    batch: int
    """Questions, pictures or texts asked for together."""
    started: datetime
    seconds: float
    """From the asking to the last answer: loading, waiting for others and asking again included."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    """None where the model does not tell."""
    error: str | None = None
    """Type of the error that it ended with, or that the first of several questions ended with."""
    place: Place | None = None
    """None outside of a case: `overread tool`, `overread ask`."""
    circuit: "Callable[[], Circuit] | None" = field(default=None, repr=False, compare=False)
    """Tells at any time how the circuit breaker of its server stands; None for a model without."""


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    ended: datetime
    outcome: CaseStatus
    error: str | None = None
    """Type of the error that ended it."""


class Observer(Protocol):
    """Is told of the work; may be told by several threads at once, must be quick, and raises nothing."""

    def begins(self, run: CaseRun) -> None:
        """Take note of a run before its first step."""

    def steps(self, run: CaseRun, step: Step) -> None:
        """Take note of a step as it begins and as it ends."""

    def called(self, call: ModelCall) -> None:
        """Take note of a model's answer or of its failure."""

    def ends(self, run: CaseRun, ending: Ending) -> None:
        """Take note of where a run came to rest; a model that was given up may still be told of afterwards."""


@dataclass
class Told:
    """A run as the reading room tells of it; a case that was at rest already has none, and nobody hears of it."""

    run: CaseRun
    _observers: Sequence[Observer]
    _begun: bool = field(default=False, init=False)

    def step(self, step: Step) -> None:
        """Tell of a step; the first one begins the run."""
        if not self._begun:
            self._begun = True
            for observer in self._observers:
                observer.begins(self.run)
        for observer in self._observers:
            observer.steps(self.run, step)

    def came_to(self, ending: Ending) -> None:
        """Tell how the run ended, if it began."""
        for observer in self._observers if self._begun else ():
            observer.ends(self.run, ending)


@dataclass(frozen=True)
class Observers:
    """Everybody who is told; with nobody, nothing is measured."""

    everybody: Sequence[Observer] = ()

    @contextmanager
    def case(
        self, case_id: str, clock: Callable[[], datetime]
    ) -> Iterator[tuple[Callable[[Step], None], Callable[[CaseFile], CaseFile]]]:
        """Watch a run: gives what is told of its steps, and what takes its file when it has come to rest.

        What ends it otherwise is told by its type, and raised on.
        """
        if not self.everybody:
            yield _nothing, _as_it_is
            return
        told = Told(CaseRun(case_id, clock()), self.everybody)
        token = PLACE.set(Place(told.run, None))

        def rests(file: CaseFile) -> CaseFile:
            told.came_to(Ending(clock(), file.status))
            return file

        try:
            yield told.step, rests
        except BaseException as error:
            # A run that is interrupted has not failed: it is gone on with.
            outcome: CaseStatus = "failed" if isinstance(error, Exception) else "running"
            told.came_to(Ending(clock(), outcome, type(error).__name__))
            raise
        finally:
            PLACE.reset(token)

    def called(self, call: ModelCall) -> None:
        """Tell of what a model was asked."""
        for observer in self.everybody:
            observer.called(call)


@contextmanager
def by_step(key: str) -> Iterator[None]:
    """Say that what this thread asks models from here on is of one tool's step; outside of a watched run nothing."""
    place = PLACE.get()
    if place is None:
        yield
        return
    token = PLACE.set(Place(place.run, key))
    try:
        yield
    finally:
        PLACE.reset(token)


def carried(work: Callable[[], None]) -> Callable[[], None]:
    """Give work for a thread of its own that keeps the place of this one, and nothing else of its context."""
    place = PLACE.get()

    def there() -> None:
        PLACE.set(place)
        work()

    return work if place is None else there


def _nothing(step: Step) -> None:
    return None


def _as_it_is(file: CaseFile) -> CaseFile:
    return file
