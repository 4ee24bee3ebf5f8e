"""What a reviewer decides on findings and conflicts, beside the words of the sentences."""

from typing import Literal, Self

from pydantic import Field, model_validator

from overread.records._record import Record
from overread.records.evidence import Status
from overread.records.locator import Locator
from overread.records.study import Laterality

REVIEWER = "reviewer"
"""The tool of evidence that a person gave; no tool may have this name."""
ZoneName = Literal["upper", "mid", "lower", "retrocardiac", "costophrenic"]


class FindingReview(Record):
    """What a finding of the draft is by the reviewer: the whole of it, not only what was altered."""

    finding_id: str
    status: Status
    """`not_assessed`: the finding was rejected, and the report says nothing of it."""
    laterality: Laterality | None = None
    zone: ZoneName | None = None
    place: Locator | None = None
    """Where the reviewer drew it."""
    reason: str

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.reason.strip():
            raise ValueError(f"the change of {self.finding_id} has no reason")
        _refuse_misplaced(self.status, self.laterality, self.zone, self.place)
        return self


class AddedFinding(Record):
    """A finding that the reviewer saw and the draft does not speak of."""

    label: str
    """Of the vocabulary."""
    status: Literal["present", "uncertain"] = "present"
    laterality: Laterality | None = None
    zone: ZoneName | None = None
    place: Locator | None = None
    """Where the reviewer drew it."""
    reason: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _refuse_misplaced(self.status, self.laterality, self.zone, self.place)
        return self


class ConflictResolution(Record):
    """How the reviewer settles a conflict that was left open."""

    conflict_id: str
    reason: str = Field(min_length=1)


def _refuse_misplaced(status: Status, side: Laterality | None, zone: ZoneName | None, place: Locator | None) -> None:
    placed = "side" if side else "zone" if zone else "drawn region" if place else None
    if status in ("absent", "not_assessed") and placed:
        raise ValueError(f"a finding that is {status.replace('_', ' ')} has no {placed}")
    if zone and side not in ("left", "right"):
        raise ValueError(f"the {zone} zone needs a side, left or right")
