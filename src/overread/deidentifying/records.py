"""What becomes of the files that are de-identified, and what is found when they are checked."""

from typing import Literal

from overread.records import Record

RefusedBecause = Literal[
    "unreadable",
    "not_dicom",
    "no_image",
    "structured_report",
    "encapsulated_document",
    "media_directory",
    "text_in_pixels",
    "unsupported_pixels",
    "still_identifying",
    "same_uids",
]


Why = Literal["unreadable", "preamble", "private", "listed", "unknown", "date", "uid", "pixels", "not_recorded", "meta"]
"""The file cannot be read · bytes before the header · private · of the profile's table · an attribute of no dictionary
· a day that nobody says was moved · another's UID · text in the picture was not looked for · nothing says that
the identity was removed · machines in the file meta information."""


class Written(Record):
    """An object as it was written."""

    kind: Literal["written"] = "written"
    file: str
    """Where it lies, relative to the output folder: study, series and instance by their new UIDs."""
    removed: int
    emptied: int
    replaced: int
    uids: int
    moved: int
    """Days and moments."""
    cleaned: int
    """Descriptions of which some words were taken out."""
    boxes: int
    """Places in the picture that were painted over."""


class Refused(Record):
    """A file of which nothing was written."""

    kind: Literal["refused"] = "refused"
    input: str
    """Its name as it was given: for the person at the terminal, kept nowhere."""
    because: RefusedBecause
    detail: str


class Remains(Record):
    """Something identifying that an object still holds; its value is not told."""

    file: str
    attribute: str
    """Keyword or tag, after those of the sequences that hold it; or `preamble`, `pixels`."""
    why: Why


class Checked(Record):
    """How many files were looked at, and what they still hold."""

    files: int
    remains: tuple[Remains, ...]
