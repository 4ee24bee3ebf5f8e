"""The stored values of a picture, beside the 8-bit picture that was made of them for the models."""

from typing import Annotated, Literal

from pydantic import Field

from overread.records._record import Record

Levels = Annotated[str, Field(max_length=87384, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
"""Base64 of one byte a code, from code 0 on: at most 65,536 grey levels."""


class HeaderWindow(Record):
    """One window or VOI LUT that the header offers (DICOM PS3.3 C.11.2)."""

    name: str = Field(max_length=100)
    centre: float | None = None
    """In units, like `width`; both None for a table."""
    width: float | None = Field(default=None, gt=0)
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] | None = None
    levels: Levels | None = None
    """Of a table: what it makes of each code."""


class Greys(Record):
    """What the codes of one picture mean: units = (code + offset) * slope + intercept.

    A code is a stored value less the lowest of its frame; behind a modality LUT it is the entry, with offset 0.
    """

    rows: int = Field(ge=1, le=65535)
    columns: int = Field(ge=1, le=65535)
    highest: int = Field(ge=0, le=65535)
    """The highest code there is."""
    offset: int = Field(default=0, ge=-(2**31), le=2**32)
    slope: float = 1.0
    intercept: float = 0.0
    unit: str | None = Field(default=None, max_length=16)
    """RescaleType (C.11.1) where it names one: None for US, which is `unspecified`."""
    bits: int = Field(ge=1, le=32)
    """BitsStored, or the depth of a plain picture."""
    inverted: bool = False
    """High values are shown dark: MONOCHROME1, PresentationLUTShape INVERSE, or both."""
    polarity: str = Field(default="", max_length=100)
    """What says so."""
    padding: tuple[int, int] | None = None
    """First and last code that stand for no image; shown black."""
    shown: Levels
    """Level of each code in the 8-bit picture, before it is inverted."""
    window: str = Field(max_length=400)
    """How these levels came about."""
    windows: tuple[HeaderWindow, ...] = Field(default=(), max_length=16)
