"""A place in a picture where something is written."""

from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from overread.ports import Picture, Pixels
from overread.records import ImageRef, Record

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
    """Looks for text in a picture [rows, columns] uint8."""

    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        """Give each place where something is written, from the top down."""


class LetterFinder(TextFinder, Protocol):
    """Looks for letters that stand alone as well."""

    @property
    def name(self) -> str:
        """Name what reads, so that its weights are known."""

    def find_letters(self, picture: Picture) -> tuple[TextBox, ...]:
        """Give each place where something may be written, a letter alone too, from the top down."""


@runtime_checkable
class LetteredPixels(Pixels, Protocol):
    """Pictures whose text was looked for already, since they are shown without it."""

    def written(self, image: ImageRef) -> tuple[TextBox, ...]:
        """Give what was found in the picture of an image, from the top down; raise `StoreError` when it is gone."""
