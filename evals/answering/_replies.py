"""What was asked, what was said, and what became of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

System = Literal["model", "agent", "classification", "report", "labeler"]
"""The VQA model alone, or what `overread ask` answers: the same model behind the gate, and its steadiness asked for.
The others speak of labels: two tools, and the rule labeler."""
Control = Literal["as_is", "no_picture", "shuffled"]
"""The item's picture; a grey field in its place; the picture of another cluster."""
CONTROLS: tuple[Control, ...] = ("as_is", "no_picture", "shuffled")
Fate = Literal["answered", "silent", "unsupported", "failed", "skipped"]
"""Answered; no answer given on purpose (refused by the gate, unsteady); the model cannot be asked so; it failed; no
picture there."""


class Reply(BaseModel):
    """What a system said to one item; a skipped one counts nowhere, the others without an answer as not right."""

    model_config = ConfigDict(frozen=True)

    item: str
    system: System
    control: Control
    fate: Fate
    said: str | None = None
    why: str | None = None
    """Of one that was not answered."""
    asked: str
    """SHA-256 of all that the answer may depend on: model and weights, prompt, pictures, schema."""
    prompt_digest: str | None = None
    picture_digests: tuple[str, ...] = ()
    seconds: float = 0.0


class Judged(BaseModel):
    """A reply against the truth."""

    model_config = ConfigDict(frozen=True)

    item: str
    kind: str
    right: bool
    words: float | None = None
    """F1 of the words, 0 to 1, of an open answer or a set; None where only right and wrong count."""
    read: str | None = None
    """How the answer was understood; None where it cannot be read."""
