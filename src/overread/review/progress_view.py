"""What a case is at, for its page and for its row of the worklist."""

from dataclasses import dataclass
from datetime import datetime

from overread.outputs.progress_text import step_words
from overread.records import Progress, Step
from overread.review.language import speech


@dataclass(frozen=True)
class StepView:
    """One step: what is done, or what came of it."""

    words: str
    state: str
    """`now`, `done` or `failed`."""
    seconds: float
    """How long it took, or has taken so far."""


@dataclass(frozen=True)
class ProgressView:
    """The steps of a case that is being read: its tools, and the node that works now."""

    steps: tuple[StepView, ...] = ()


def progress_view(progress: Progress | None, now: datetime) -> ProgressView:
    """Show every tool that has looked or looks, and of the nodes only the one at work; nothing where nobody reads."""
    if progress is None:
        return ProgressView()
    shown = [step for step in progress.steps if step.tool is not None or step.ended is None]
    return ProgressView(tuple(_view(step, now) for step in shown))


def row_words(progress: Progress | None) -> str | None:
    """Say in a line what a case is at: its tools that look, else the node at work; None where nobody reads."""
    under_way = () if progress is None else progress.under_way
    tools = [step for step in under_way if step.tool is not None]
    return "; ".join(step_words(step, speech()) for step in tools or under_way) or None


def _view(step: Step, now: datetime) -> StepView:
    spent = (now - step.started).total_seconds() if step.seconds is None else step.seconds
    state = "now" if step.ended is None else "failed" if step.failure else "done"
    return StepView(words=step_words(step, speech()), state=state, seconds=max(0.0, spent))
