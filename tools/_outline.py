"""The outline that a prompted model draws of what words refer to: kept, shown with what it is worth, without a vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overread import weights
from overread.ports import BackendCard, Parts, ToolCard, ToolInput
from overread.records import Evidence, Mask, Region
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._masks import bounding_box
from overread.tools._scope import picture_to_read

ROLE = "outline"
THRESHOLD = 0.5
CARD = ToolCard(
    name="outline",
    version="1",
    describe="The outline that a model draws of what words or a box refer to; it makes no finding.",
    payloads=("mask",),
)


@dataclass(frozen=True)
class Prompted:
    """What a model is prompted by."""

    words: str
    box: Region | None
    structure: str | None
    """The one organ that the words name; None for several, a part of one, or a finding."""


class OutlineTool(FrontalTool):
    """Draws one mask; a model of boxes is not asked without one."""

    own_card = CARD

    def __init__(self, parts: Parts, asked: Prompted) -> None:
        super().__init__(parts)
        self._asked = asked

    def _model(self) -> BackendCard:
        return self._parts.outline(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give the mask at probability 0.5, or nothing where the model draws none or has no prompt that it takes.

        The mask is a PNG [rows, columns] in pixels of the picture; its quality is the mean Dice that was measured here
        of these weights for the same organ, None where it was not. Raises `ToolError` on a blank picture, and what the
        model raises.
        """
        backend, asked = self._parts.outline(ROLE), self._asked
        if backend.takes == "box" and asked.box is None:
            return []
        mask = backend.outline(picture_to_read(work), asked.words, asked.box) >= THRESHOLD
        if not mask.any():
            return []
        stored = work.artifacts.put_png(np.where(mask, 255, 0).astype(np.uint8))
        measured = figure_of(self._parts, backend.card, asked.structure)
        payload = Mask(
            structure=asked.structure or "referred",
            png=stored.path,
            digest=stored.digest,
            area_pixels=int(mask.sum()),
            quality=None if measured is None else float(measured["value"]),
        )
        told = {"prompt": backend.takes, "threshold": THRESHOLD, "worth": worth(measured)}
        return [EvidenceBuilder(CARD, work, backend.card, parameters=told).evidence(payload, bounding_box(mask))]


def figure_of(parts: Parts, model: BackendCard, structure: str | None) -> Mapping[str, Any] | None:
    """Give what was measured here of exactly these weights for an organ; None where nothing was."""
    card = weights.measured_card(parts.settings.own_catalogue, model.weights_digest) or {}
    entry = card.get("masks", {}).get(structure) if structure else None
    return entry if isinstance(entry, Mapping) and "value" in entry else None


def worth(measured: Mapping[str, Any] | None) -> str:
    """Say in words what an outline is worth."""
    if measured is None:
        return "unmeasured"
    told = "Dice {value:.2f} ({low:.2f} to {high:.2f}) on {n} films, prompted by {prompt}"
    return told.format(**{"prompt": "words", **measured})
