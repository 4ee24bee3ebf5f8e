"""What came of looking at films with one model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from overread.measuring.film import Film
from overread.measuring.tables import Tables
from overread.ports import BackendCard

Tick = Callable[[], None]
"""Called after each film of each role."""


@dataclass
class Results:
    """Tables, prompts and masks of one model, whatever roles it plays."""

    model: BackendCard
    tables: Tables = field(default_factory=Tables)
    prompts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Prompts of ours that a CLIP without its own was asked by."""
    masks: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: int = 0
    """Films that the model saw."""

    @property
    def any(self) -> bool:
        """Say whether anything was measured."""
        return bool(self.masks) or any(self.tables.trust.values())


def each(films: Sequence[Film], tick: Tick) -> Iterator[Film]:
    """Give the films, and tick after each."""
    for film in films:
        yield film
        tick()


def where(films: int) -> str:
    """Say on what a figure rests."""
    return f"own films ({films} read)"
