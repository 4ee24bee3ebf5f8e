"""What a kind of output must be, and what it is handed.

A file of this folder without a leading underscore is a kind: `build()` gives its `Writer`. A dash in the kind's name is
an underscore in that of the file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from overread.imaging.wire_format import PatientIdentity
from overread.ports import Artifacts, Pixels
from overread.records import CaseFile


@dataclass(frozen=True)
class Export:
    """One case to be written, with everything that a writer may ask of the store."""

    file: CaseFile
    identity: PatientIdentity | None = field(repr=False)
    """Who the patient is, as the header said it; None where the input was a plain picture."""
    headers: Mapping[str, Mapping[str, str]] = field(repr=False)
    """SOP Instance UID to the header values that were kept, keyword to text; nothing of a plain picture."""
    pixels: Pixels
    """Pictures as shown: `pixels.shown(image)`."""
    artifacts: Artifacts
    """Masks and maps: `artifacts.get_png(payload.png)`."""
    clock: Callable[[], datetime]
    """The time now (UTC). What is written twice should be the same: times of the case come before this one."""


class Writer(Protocol):
    """Writes one kind of output."""

    @property
    def name(self) -> str:
        """Give the name that `--as` takes, such as `sr` or `pdf-dicom`."""

    @property
    def describe(self) -> str:
        """Say in one line what is written."""

    def why_not(self, export: Export) -> str | None:
        """Say in one sentence why this kind does not apply to the case, without a patient's data; None: it does."""

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write into a folder that is there and give the files; called only where `why_not` is None.

        Each file is written whole (`store.files.write_whole`), under a name that holds nothing of the patient. The same
        case written again gives the same bytes.
        """
