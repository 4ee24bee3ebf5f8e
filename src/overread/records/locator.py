"""Where something was seen."""

from pydantic import Field

from overread.records._record import Record


class Region(Record):
    """A rectangle in pixels of the image as shown, origin at the top left."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class Locator(Record):
    """Where evidence was seen: an image, its frame (from 1), and the part of it.

    What is known of the reading and not seen in a picture (an order, a run, a verdict) names the image that was read.
    """

    sop_instance_uid: str
    frame: int = Field(default=1, ge=1)
    region: Region | None = None
    """None = the whole image."""
