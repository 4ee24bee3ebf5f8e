"""Masks of the lungs and the heart, and what can be measured on them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from overread.ports import BackendCard, Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Mask
from overread.tools._chest_measures import measure_chest
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._mask_quality import quality_beside
from overread.tools._masks import BoolPlane, bounding_box, organ_mask
from overread.tools._mirrored import Seen, mirrored_fit
from overread.tools._positioning import positioning
from overread.tools._scope import picture_to_read

ROLE = "segmentation"
THRESHOLD = 0.5
STRUCTURES = ("right_lung", "left_lung", "heart")
LUNGS = "lungs"
"""Both lungs in one mask, of a picture in which left and right cannot be told."""
CARD = ToolCard(
    name="segmentation",
    version="2",
    describe="Masks of the lungs and the heart; cardiothoracic ratio, lung areas, breath and cut edges from them.",
    payloads=("mask", "measurement"),
    structures=(*STRUCTURES, LUNGS),
    sees=(),
)


class SegmentationTool(FrontalTool):
    """Keeps one component per structure at probability 0.5; measures only where the masks can be a chest."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.segmentation(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a mask for each structure found, its box as the region, and what can be measured on the masks.

        A mask is stored as PNG [rows, columns], 0 or 255, in pixels of the picture; why a ratio was withheld is a
        parameter of each. Where the picture's sides are withheld, both lungs are one structure. Raises `ToolError` on a
        blank picture, `Unavailable` or `AnswerInvalid` when the model fails.
        """
        picture = picture_to_read(work)
        backend = self._parts.segmentation(ROLE)
        builder = EvidenceBuilder(CARD, work, backend.card, parameters={"threshold": THRESHOLD})
        maps = backend.segment(picture)
        masks = {name: organ_mask(maps[name], THRESHOLD) for name in STRUCTURES if name in maps}
        found = {name: mask for name, mask in masks.items() if mask.any()}
        sided = work.image.sides != "withheld"
        chest = measure_chest(found, work.image.spacing, sided=sided)
        quality = quality_beside(backend.card)
        judged = {name: quality.of(name, maps[name]) for name in found}
        turned = mirrored_fit(backend, picture, Seen(found, judged), quality, THRESHOLD) if sided else None
        lay = list(positioning(found, picture))
        if not sided:
            found, judged = _without_sides(found, judged)
        said = {"ratio_withheld": chest.withheld} if chest.withheld else {}
        drawn = [
            builder.evidence(payload, bounding_box(found[payload.structure]), said)
            for payload in _drawn(work, found, judged)
        ]
        measured = [builder.evidence(figure, region) for figure, region in chest.measured]
        lying = [builder.evidence(figure) for figure in lay]
        return [*drawn, *measured, *lying, *([builder.evidence(turned)] if turned else [])]


def build(parts: Parts) -> Tool:
    """Build the tool over the role `segmentation`; its model loads at the first picture."""
    return SegmentationTool(parts)


def _without_sides(
    masks: Mapping[str, BoolPlane], quality: Mapping[str, float | None]
) -> tuple[dict[str, BoolPlane], dict[str, float | None]]:
    """Put the lungs together: no mask may say which is the left one. Their quality is that of the worse."""
    lungs = [name for name in masks if name.endswith("_lung")]
    rest = {name: mask for name, mask in masks.items() if name not in lungs}
    if not lungs:
        return rest, dict(quality)
    known = [each for name in lungs if (each := quality[name]) is not None]
    worse = min(known) if len(known) == len(lungs) else None
    return {LUNGS: np.logical_or.reduce([masks[name] for name in lungs]), **rest}, {**quality, LUNGS: worse}


def _drawn(work: ToolInput, masks: Mapping[str, BoolPlane], quality: Mapping[str, float | None]) -> Iterator[Mask]:
    for name, mask in masks.items():
        stored = work.artifacts.put_png(np.where(mask, 255, 0).astype(np.uint8))
        yield Mask(
            structure=name,
            png=stored.path,
            digest=stored.digest,
            area_pixels=int(mask.sum()),
            quality=quality[name],
        )
