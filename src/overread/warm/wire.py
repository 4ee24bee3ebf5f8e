"""What `overread read` and the process that reads for it say to each other: a line of JSON each.

asker    Request
reader   No · or Taken, then any of Said, Shown and Alive, then Done or Failed
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LONGEST = 2**20
"""Bytes of a request."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Message):
    """A line that a person is shown: of the result on standard output (`say`), or beside it (`note`, `complain`)."""

    how: Literal["say", "note", "complain"]
    text: str
    style: str = ""


class Told(_Message):
    """All that `overread read` ends with."""

    code: int
    lines: tuple[Line, ...] = ()
    data: dict[str, Any] | None = None
    """Where JSON is asked for, in the place of `lines`."""


class Place(_Message):
    """A file or folder as the asker sees it: the reader must find the same one under the same path."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a path; raises `OSError` where there is nothing."""
        seen = path.stat()
        return cls(path=path, device=seen.st_dev, inode=seen.st_ino)

    def is_here(self) -> bool:
        """Say whether this process finds the same thing there."""
        try:
            return Place.of(self.path) == self
        except OSError:
            return False


class Request(_Message):
    """A case to be read, in absolute paths."""

    kind: Literal["request"] = "request"
    fingerprint: str
    inputs: tuple[Place, ...]
    order: Place | None = None
    priors: tuple[Place, ...] = ()
    prior_reports: tuple[Place, ...] = ()
    same_patient: bool = False
    out: Path
    out_as_given: Path
    """As it is to be shown."""
    out_is_under: Place
    """The nearest folder above `out` that is there."""
    as_json: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """Give all that the reader must be able to reach."""
        order = () if self.order is None else (self.order,)
        return (*self.inputs, *order, *self.priors, *self.prior_reports, self.out_is_under)


class No(_Message):
    """The case is not taken; nothing was done."""

    kind: Literal["no"] = "no"
    why: Literal["other_settings", "out_of_reach", "busy", "stopping"]


class Taken(_Message):
    """The case is being read from now on."""

    kind: Literal["taken"] = "taken"


class Alive(_Message):
    """Nothing new."""

    kind: Literal["alive"] = "alive"


class Said(_Message):
    """What is to be told at once."""

    kind: Literal["said"] = "said"
    line: Line


class Shown(_Message):
    """What the case is at."""

    kind: Literal["shown"] = "shown"
    key: str
    words: str
    tool: bool


class Done(_Message):
    """The end of the command."""

    kind: Literal["done"] = "done"
    told: Told


class Failed(_Message):
    """Reading raised what is no error of Overread's own; its text may hold a patient's data and stays there."""

    kind: Literal["failed"] = "failed"
    error: str


Answer = Annotated[No | Taken | Alive | Said | Shown | Done | Failed, Field(discriminator="kind")]
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def answer_of(line: bytes) -> Answer:
    """Read an answer; raises `ValueError` for anything else."""
    return _ANSWER.validate_json(line)


def line_of(message: BaseModel) -> bytes:
    """Write a message."""
    return message.model_dump_json().encode() + b"\n"
