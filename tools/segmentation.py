"""Masks of the lungs and the heart, and what can be measured on them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from overread.ports import BackendCard, Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Mask
from overread.tools._chest_measures import measure_chest
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._mask_quality import MaskQuality, quality_beside
from overread.tools._masks import BoolPlane, bounding_box, organ_mask
from overread.tools._scope import picture_to_read

ROLE = "segmentation"
THRESHOLD = 0.5
STRUCTURES = ("right_lung", "left_lung", "heart")
CARD = ToolCard(
    name="segmentation",
    version="1",
    describe="Masks of the lungs and the heart; cardiothoracic ratio and lung areas from them.",
    payloads=("mask", "measurement"),
    structures=STRUCTURES,
)


class SegmentationTool(FrontalTool):
    """Keeps one component per structure at probability 0.5; measures only where the masks can be a chest."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.segmentation(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a mask for each structure found, its box as the region, and what can be measured on the masks.

        A mask is stored as PNG [rows, columns], 0 or 255, in pixels of the picture; why a ratio was withheld is a
        parameter of each. Raises `ToolError` on a blank picture, `Unavailable` or `AnswerInvalid` when the model fails.
        """
        picture = picture_to_read(work)
        backend = self._parts.segmentation(ROLE)
        builder = EvidenceBuilder(CARD, work, backend.card, parameters={"threshold": THRESHOLD})
        maps = backend.segment(picture)
        masks = {name: organ_mask(maps[name], THRESHOLD) for name in STRUCTURES if name in maps}
        found = {name: mask for name, mask in masks.items() if mask.any()}
        chest = measure_chest(found, work.image.spacing)
        said = {"ratio_withheld": chest.withheld} if chest.withheld else {}
        drawn = [
            builder.evidence(payload, bounding_box(found[payload.structure]), said)
            for payload in _drawn(work, found, maps, quality_beside(backend.card))
        ]
        return [*drawn, *(builder.evidence(figure, region) for figure, region in chest.measured)]


def build(parts: Parts) -> Tool:
    """Build the tool over the role `segmentation`; its model loads at the first picture."""
    return SegmentationTool(parts)


def _drawn(
    work: ToolInput, masks: Mapping[str, BoolPlane], maps: Mapping[str, NDArray[np.float32]], judge: MaskQuality
) -> Iterator[Mask]:
    for name, mask in masks.items():
        stored = work.artifacts.put_png(np.where(mask, 255, 0).astype(np.uint8))
        yield Mask(
            structure=name,
            png=stored.path,
            digest=stored.digest,
            area_pixels=int(mask.sum()),
            quality=judge.of(name, maps[name]),
        )
