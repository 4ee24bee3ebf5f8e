"""What reading an input gives."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from overread.imaging.wire_format import Narrative, PatientIdentity
from overread.ports import Picture
from overread.records import Greys, Refusal, Study


class PixelSink(Protocol):
    """Where shown pictures go."""

    def put(self, picture: Picture) -> str:
        """Keep a picture and give its digest: SHA-256 over shape and bytes, the same for the same picture."""

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str | None:
        """Keep the stored values of a picture and give their digest; None from a sink that has no use for them."""


@dataclass(frozen=True)
class ReadResult:
    """A study with its pictures in the sink; `study` has no series when `refusal` says why it cannot be read."""

    study: Study
    identity: PatientIdentity | None
    """Kept apart from the study, only ever in the case store; None for a plain picture."""
    headers: Mapping[str, Mapping[str, str]]
    """Allow-listed header values by SOP Instance UID."""
    notes: tuple[str, ...]
    """What was skipped, assumed or cannot be decided."""
    refusal: Refusal | None = None
    apart: tuple[str, ...] = ()
    """In what the patients differ that the input names, where it is refused for naming several."""
    accession_numbers: frozenset[str] = frozenset()
    """As the images give them; kept apart from the study like the identity."""
    reports: tuple[Narrative, ...] = ()
    """Reports that lay with the images; used of a prior alone."""


def derived_uid(*parts: str) -> str:
    """Make a UID from content: `2.25.` and 128 bits of SHA-256 (the form of PS3.5 B.2), the same every time."""
    return f"2.25.{int(hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32], 16)}"
