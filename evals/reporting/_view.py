"""What the page shows, of a suite or of a benchmark: everything in it is plain data."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from overread.evals._paired import Paired
from overread.evals._verdict import Verdict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class FigureView(_Frozen):
    """A figure, 0 to 1, with its 95 % interval."""

    voice: str
    part: str
    measure: str
    value: float
    low: float
    high: float
    counted: str
    reference: float | None = None
    """What no model reaches: a mark beside it."""


class Outcome(_Frozen):
    """What one voice made of a sample."""

    state: Literal["pass", "fail", "none"]
    label: str
    why: str = ""
    failed: tuple[str, ...] = ()
    """Dimensions that failed."""
    seconds: float | None = None
    detail: dict[str, Any] = {}


class SampleView(_Frozen):
    """One row."""

    id: str
    title: str
    text: str
    truth: str = ""
    tags: tuple[str, ...] = ()
    picture: str | None = None
    """Key of `View.pictures`."""
    by: dict[str, Outcome]
    """Voice to what came of it."""


class View(_Frozen):
    """The whole page."""

    title: str
    about: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...]
    words: dict[str, str]
    """What passing, failing and a voice are called."""
    voices: tuple[str, ...]
    beside: str | None = None
    """The voice that stands beside the first when the page opens."""
    figures: tuple[FigureView, ...]
    compared: tuple[Paired, ...] = ()
    samples: tuple[SampleView, ...]
    pictures: dict[str, str] = {}
    """Key to a data address."""


def setbacks_of(verdict: Verdict | None) -> tuple[str, ...]:
    """Say what is worse than in the baseline."""
    return tuple(f"Worse than the baseline: {one.what}. {one.why}" for one in verdict.setbacks) if verdict else ()
