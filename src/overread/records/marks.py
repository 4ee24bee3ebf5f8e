"""What a reader measured or drew on a picture: a reviewer's evidence, kept with the case and apart from the tools'."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from overread.records._record import Record
from overread.records.study import Spacing

MarkKind = Literal["ruler", "angle", "ratio", "region"]
Coordinate = Annotated[float, Field(ge=0, le=65535, allow_inf_nan=False)]


class Mark(Record):
    """One mark. It is never changed: one that was moved is a new one that names the one it takes the place of."""

    id: str = Field(pattern=r"^m-[0-9a-f]{16}$")
    kind: MarkKind
    sop_instance_uid: str
    frame: int = Field(default=1, ge=1)
    points: tuple[tuple[Coordinate, Coordinate], ...] = Field(min_length=2, max_length=4)
    """x and y in pixels of the picture as shown, from its upper left corner.

    Ruler: its ends. Angle: end, vertex, end. Ratio: ends of the heart, ends of the thorax. Region: two corners.
    """
    value: float | None
    """Length, angle, cardiothoracic ratio or area; None for a ratio to nothing."""
    unit: Literal["mm", "px", "deg", "1", "mm2", "px2"]
    spacing: Spacing | None = None
    """What millimetres rest on; without one there are none."""
    replaces: str | None = None
    author: str
    at: datetime
