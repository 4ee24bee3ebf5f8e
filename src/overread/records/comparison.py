"""What a comparison with an earlier study gives: how the pictures lie on each other, and what became of a finding."""

from typing import Literal

from pydantic import Field

from overread.records._record import Record
from overread.records.locator import Locator

Course = Literal["new", "increased", "unchanged", "decreased", "resolved", "cannot_compare"]
"""What became of a finding between two studies."""


class Registration(Record):
    """How an earlier picture lies over the one of the evidence's locator."""

    kind: Literal["registration"] = "registration"
    prior: Locator
    """The earlier picture."""
    matrix: tuple[float, float, float, float, float, float]
    """(a, b, c, d, e, f): a pixel (x, y) of the earlier picture lies at (ax + by + c, dx + ey + f)."""
    overlap: float = Field(ge=0, le=1)
    """Dice of the lung fields once laid over each other."""


class Growth(Record):
    """How much larger a label is seen than in an earlier picture, by the same model in both."""

    kind: Literal["growth"] = "growth"
    label: str
    prior: Locator
    """The earlier picture."""
    ratio: float = Field(gt=0)
    """What the model sees of it now over what it saw then."""
    course: Literal["increased", "unchanged", "decreased"] | None = None
    """None where nobody measured what such a ratio means on this kind of study, or where it means neither."""


class Change(Record):
    """What became of a finding since an earlier study; the evidence's locator says where in the picture at hand."""

    kind: Literal["change"] = "change"
    label: str
    course: Course
    then: Literal["present", "absent"] | None = None
    """What it was in the earlier study; None where that is in doubt."""
    prior: Locator
    """Where in the earlier picture: where it was seen there, else the same place."""
    now_ids: tuple[str, ...] = ()
    """Evidence of the finding as it is."""
    then_ids: tuple[str, ...] = ()
    """Evidence of it as it was: seen in the earlier picture, or said in its report."""
    reason: str
