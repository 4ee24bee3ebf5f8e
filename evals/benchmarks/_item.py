"""The record that every benchmark is read into, and what a benchmark says of itself."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from overread.errors import UsageError

Presence = Literal[1, 0, -1]
"""Present, absent, uncertain: as CheXpert writes them."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Frozen):
    """One of several answers, in the order in which the benchmark gives them."""

    kind: Literal["mcq"] = "mcq"
    options: Mapping[str, str]
    """Letter to text."""
    letter: str


class YesNo(_Frozen):
    """A closed question."""

    kind: Literal["yes_no"] = "yes_no"
    yes: bool


class Open(_Frozen):
    """A few words."""

    kind: Literal["open"] = "open"
    text: str


class Several(_Frozen):
    """A set of answers, which may be empty."""

    kind: Literal["multi"] = "multi"
    texts: tuple[str, ...]
    options: tuple[str, ...] = ()
    """What may be answered; empty where the benchmark does not say."""


class Report(_Frozen):
    """A report that a radiologist wrote."""

    kind: Literal["report"] = "report"
    findings: str = ""
    impression: str = ""


class Labels(_Frozen):
    """What is known of labels; one that is not known is missing."""

    kind: Literal["label"] = "label"
    values: Mapping[str, Presence]


Gold = Annotated[Choice | YesNo | Open | Several | Report | Labels, Field(discriminator="kind")]


class PictureFile(_Frozen):
    """A picture of an item: a file of the user's folder, or PNG or JPEG bytes that the table itself holds."""

    path: str | None = None
    """Relative to the folder."""
    encoded: str | None = Field(default=None, repr=False)
    """Base64."""

    def read(self, folder: Path) -> bytes | None:
        """Give the file's bytes, None where it is not there; raises `UsageError` for a path out of the folder."""
        if self.encoded is not None:
            try:
                return base64.b64decode(self.encoded, validate=True)
            except (binascii.Error, ValueError):
                return None
        if not self.path:
            return None
        path = folder / self.path
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UsageError("an image's path leads out of the benchmark's folder; give it relative to the folder")
        return path.read_bytes() if path.is_file() else None


class About(_Frozen):
    """What a benchmark says of itself, as `overread eval --list` tells it."""

    name: str
    title: str
    needs: tuple[str, ...]
    """Files that must lie in the folder, as the publisher names them."""
    licence: str
    source: str
    """Who made it, and the paper."""
    splits: tuple[str, ...]
    """The first is the one that is scored unless another is named."""
    protocol: str
    """How it is scored here, and what is out of scope for a tool that reads chest radiographs."""


class Item(_Frozen):
    """One question of a benchmark."""

    id: str
    benchmark: str
    split: str
    cluster: str
    """The image, case or patient that several questions share; intervals are drawn over clusters."""
    pictures: tuple[PictureFile, ...]
    question: str
    gold: Gold
    modality: str | None = None
    """As the benchmark writes it."""
    organ: str | None = None
    task: str | None = None
    dataset: str | None = None
    """Where the benchmark took it from."""
    in_scope: bool | None = None
    """Whether it is of a frontal chest radiograph; None where the benchmark does not say."""

    @property
    def kind(self) -> str:
        """Name the kind of its answer."""
        return self.gold.kind


class Reader(Protocol):
    """Reads a benchmark."""

    def __call__(self, folder: Path, split: str) -> Iterator[Item]:
        """Give the items of a split in the order of the files; raises `UsageError` by file and row."""


@dataclass(frozen=True)
class Benchmark:
    """A benchmark that can be read from a folder: what `build` of a file in `evals/benchmarks/` gives."""

    about: About
    read: Reader
