"""What tools are built from: models by their role, and cases like this one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from overread.errors import RoleUnfilled
from overread.ports.models import ChatBackend, EmbeddingBackend, LabelBackend, OutliningBackend, SegmentationBackend
from overread.records import (
    Refusal,
    Study,
)
from overread.settings import Settings


@dataclass(frozen=True)
class SimilarCase:
    """A signed case that resembles what was looked for."""

    case_id: str
    similarity: float
    """Cosine, -1 to 1."""
    same_patient: bool
    """False, too, where either patient is not known."""


class CaseIndex(Protocol):
    """The signed cases of a store, by what a CLIP made of their pictures."""

    def nearest(
        self, vector: NDArray[np.float32], weights_digest: str, *, beside: Study | None, most: int
    ) -> Sequence[SimilarCase]:
        """Give up to `most` cases nearest to a unit vector (d,), the nearest first, never `beside` itself.

        Only cases whose vector is of the same weights are compared: of others there are none.
        """


def unfilled(role: str) -> OutliningBackend:
    """Know no model that outlines."""
    raise RoleUnfilled(f"no model plays the role '{role}'")


@dataclass(frozen=True)
class Parts:
    """What a tool is built from; models load at first use and are shared by the tools that name the same one."""

    settings: Settings
    chat: Callable[[str], ChatBackend]
    """Role (`report`, `vqa`) to its model."""
    embedding: Callable[[str], EmbeddingBackend]
    segmentation: Callable[[str], SegmentationBackend]
    labels: Callable[[str], LabelBackend]
    """Role (`classifier`) to its model; a profile may leave the role empty: `RoleUnfilled`."""
    outline: Callable[[str], OutliningBackend] = unfilled
    """Role (`outline`) to its model; most profiles leave the role empty."""
    cases: CaseIndex | None = None
    """Signed cases to compare with; None where there is no store."""
    reads: Callable[[Study], Refusal | None] | None = None
    """What tools that several protocols share answer in `accepts`; None: that they read frontal chest radiographs."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Role to the prompt that a protocol uses in the place of the role's own."""

    def prompt(self, role: str) -> str:
        """Name the prompt of a role."""
        return self.prompts.get(role, role)
