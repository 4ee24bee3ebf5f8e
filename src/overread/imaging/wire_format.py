"""What crosses the border between the reader's child process and the parent: JSON lines that the parent validates.

The child may be taken over by a hostile file, so nothing here trusts it: closed records, bounded texts and counts,
and pixel files named by a pattern inside the scratch folder.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from overread.imaging.plain_text import plain_lines, plain_text
from overread.records import Greys, Hanging, Laterality, Record, RefusalReason, Slice, Spacing, SyntheticKind, View
from overread.settings import Limits

LINES_FILE = "pieces.jsonl"
REQUEST_FILE = "request.json"
FRAMES_SHOWN = 64
"""Frames of one input that are decoded, CT slices aside (`Limits.slices`); the rest are named in a note."""
PART_BYTES = 2**24
"""Of the stored values of an image, in one file of the scratch folder."""
REPORT_LIMIT = 8_192
"""Longest text of a report that is taken, in characters; those of chest radiographs have a few hundred."""

Text = Annotated[str, BeforeValidator(plain_text)]
Sentence = Annotated[str, BeforeValidator(lambda value: plain_text(value, 400))]
Identifier = Annotated[str, Field(max_length=64, pattern=r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$")]
ReportProblem = Literal["empty", "too_long", "not_plain_text", "not_verified"]
Side = Annotated[int, Field(ge=1, le=65535)]


class SourceFile(Record):
    """One file the child is to read; `name` is what people are told, the base name alone."""

    path: str
    name: str


class Request(Record):
    """What a child is to read, within which limits, and how many frames it may still show."""

    files: tuple[SourceFile, ...]
    limits: Limits
    frames_left: int = FRAMES_SHOWN
    slices_left: int = 0
    """CT slices that it may still show; they are counted apart from all other frames."""
    as_report: bool = False
    """True when the files are reports, whatever their names."""
    as_stored: bool = False
    """True when there is one file, and its stored values are wanted (`stored_extraction`)."""


class PatientIdentity(Record):
    """Who the patient is, as text: only ever kept in the case store, apart from the study."""

    name: Text = ""
    patient_id: Text = ""
    issuer: Text = ""
    birth_date: Text = ""
    sex: Text = ""


class Frame(Record):
    """One shown picture: `rows * columns` bytes in `file`, and with `greys` its codes, little endian, in `file`.u16."""

    number: int = Field(default=1, ge=1)
    rows: Side
    columns: Side
    file: str = Field(pattern=r"^[0-9]{1,6}\.raw$")
    window: Sentence
    greys: Greys | None = None

    @model_validator(mode="after")
    def _of_one_size(self) -> Self:
        if self.greys and (self.greys.rows, self.greys.columns) != (self.rows, self.columns):
            raise ValueError("the codes are of another size than the picture")
        return self


class Begin(Record):
    """The child starts on a file: whoever it dies on is the last one begun."""

    kind: Literal["begin"] = "begin"
    index: int = Field(ge=0)


class Instance(Record):
    """One DICOM image as read."""

    kind: Literal["instance"] = "instance"
    name: Text
    sop_instance_uid: Identifier
    series_uid: Identifier
    study_uid: Identifier
    identity: PatientIdentity
    accession_number: Text = ""
    series_description: Text = ""
    headers: dict[Text, Text] = Field(max_length=64)
    modality: Text
    body_part: Text | None = None
    view: View | None = None
    laterality: Laterality | None = None
    photometric: Text
    spacing: Spacing | None = None
    """Of the picture as shown: rows and columns change places with the pixels."""
    hanging: Hanging
    slice: Slice | None = None
    """Where a CT slice lies, as it is shown."""
    study_date: str | None = Field(default=None, pattern=r"^[0-9]{8}$")
    study_time: str | None = Field(default=None, pattern=r"^[0-9]{6}$")
    age_years: float | None = Field(default=None, ge=0, le=150)
    sex: Literal["F", "M", "O"] | None = None
    synthetic: SyntheticKind | None = None
    frames: tuple[Frame, ...] = Field(max_length=FRAMES_SHOWN)
    notes: tuple[Sentence, ...] = Field(default=(), max_length=64)


class Raster(Record):
    """One PNG or JPEG as read."""

    kind: Literal["raster"] = "raster"
    name: Text
    frame: Frame
    synthetic: SyntheticKind | None = None
    notes: tuple[Sentence, ...] = Field(default=(), max_length=64)


class Skipped(Record):
    """A readable object that is not an image."""

    kind: Literal["skipped"] = "skipped"
    name: Text
    what: Sentence
    beyond: bool = False
    """A CT slice beyond the limit: without it the others are no whole series."""
    count: int = Field(default=1, ge=1, le=100_000)
    """Slices beyond it, of an object of several."""


class Narrative(Record):
    """The text of a report, or why there is none; it is data, and nothing here is asked what it says."""

    kind: Literal["narrative"] = "narrative"
    name: Text
    source: Literal["text", "structured_report"]
    text: Annotated[str, BeforeValidator(plain_lines)] = Field(default="", max_length=REPORT_LIMIT)
    problem: ReportProblem | None = None
    study_uid: Identifier | None = None
    """Of a structured report, like `identity`; a text says of itself of whom it is, or not at all."""
    identity: PatientIdentity | None = None


class Setback(Record):
    """A file that cannot be used; `headers` when its header was read and only the rest failed."""

    kind: Literal["setback"] = "setback"
    name: Text
    reason: RefusalReason
    detail: Sentence
    next_step: Sentence
    headers: dict[Text, Text] | None = Field(default=None, max_length=64)


Piece = Instance | Raster | Skipped | Narrative | Setback
LINE: TypeAdapter[Begin | Piece] = TypeAdapter(Annotated[Begin | Piece, Field(discriminator="kind")])


class Stored(Record):
    """The stored values of one image without compression, in parts, and the header values that belong to them."""

    kind: Literal["stored"] = "stored"
    name: Text
    length: int = Field(gt=0)
    """Bytes of all parts together."""
    photometric: Text
    planar: Literal[0, 1] | None = None
    frames: int | None = Field(default=None, ge=1)
    """NumberOfFrames; None, as `planar`, where the object has none, and where it was not compressed."""
    shown: int = Field(default=0, ge=0)
    """Pictures beside them, one a frame."""


STORED_LINE: TypeAdapter[Stored | Skipped | Setback] = TypeAdapter(
    Annotated[Stored | Skipped | Setback, Field(discriminator="kind")]
)


def part_file(number: int) -> str:
    """Name the file of a part of the stored values, counted from 0."""
    return f"{number}.part"
