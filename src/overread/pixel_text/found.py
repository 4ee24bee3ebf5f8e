"""A place in a picture where something is written."""

from typing import Literal, Protocol

from pydantic import Field

from overread.ports import Picture
from overread.records import Record

Kind = Literal["text", "instruction", "side_marker"]
"""Anything written, which may be about the patient · words that tell a model what to do · L or R alone."""


class TextBox(Record):
    """Where something is written, in pixels of the picture; its words are not kept: they may be the patient's name."""

    top: int = Field(ge=0)
    left: int = Field(ge=0)
    height: int = Field(gt=0)
    width: int = Field(gt=0)
    kind: Kind
    letter: Literal["L", "R"] | None = None
    """Of a side marker; None for all else."""


class TextFinder(Protocol):
    """Looks for text in a picture."""

    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        """Give each place [rows, columns] uint8 where something is written, from the top down."""
