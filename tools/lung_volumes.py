"""Masks of the lungs on an axial CT series of the chest, their volumes and their density. No model: a stated method.

The steps and their source are in `_ct_lungs`; how far its volumes are off on phantoms is in docs/chest_ct.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.errors import ToolError
from overread.imaging.hounsfield import hounsfield
from overread.imaging.stack import Stack, stack_to_read
from overread.ports import Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, ImageRef, Mask, Refusal, Region, Scalar, Study
from overread.tools._ct_figures import NAMES, Tally, lung_masks, measures, withheld
from overread.tools._ct_grid import cells_of, coarse, fine
from overread.tools._ct_lungs import THRESHOLD, Territories, territories
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._masks import BoolPlane, bounding_box

CARD = ToolCard(
    name="lung_volumes",
    version="1",
    describe="Masks of the lungs on axial chest CT, by threshold; their volumes, mean density and part below -950 HU.",
    payloads=("mask", "measurement"),
    structures=tuple(NAMES.values()),
    views=(),
    modality="CT",
    sees=("images",),
)


class _Outline(NamedTuple):
    """One lung on one slice."""

    image: ImageRef
    side: int
    mask: Mask
    region: Region | None


class LungVolumesTool:
    """Reads the slices one after another, twice: once to tell the lungs apart, once to outline and count them."""

    card = CARD

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse a study without a series of axial CT slices that can be stacked, with its typed reason."""
        return stack_to_read(study).refusal

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a mask for each lung on each slice that it is on, and what is measured on each lung as a whole.

        A mask is a PNG [rows, columns], 0 or 255, of its slice as shown, and located there. Volumes are in mL,
        densities in HU and %, located where the lung is largest; of a lung that the series cuts off, or that is too
        large for one, there are none, and its masks say why. Raises `ToolError` where there is no lung.
        """
        stack = stack_to_read(work.study).stack
        if stack is None:
            raise ToolError("the study has no CT series that can be stacked")
        grid = coarse(stack, lambda image: _values(work, image))
        found = territories(grid)
        builder = EvidenceBuilder(CARD, work, parameters=_parameters(stack, found))
        tallies = {side: Tally() for side in NAMES}
        outlines: list[_Outline] = []
        for image, layer in cells_of(stack, grid):
            values = _values(work, image)
            for side, lung in lung_masks(values, fine(found.cells[layer], grid, values.shape)).items():
                tallies[side].add(lung, values)
                outlines.append(_Outline(image, side, _kept(work, NAMES[side], lung.mask), bounding_box(lung.mask)))
        if not outlines:
            raise ToolError("no lung was found: nothing in the body holds air as lung does")
        why = {side: withheld(side, tally, stack, found) for side, tally in tallies.items()}
        return [*_masks(builder, outlines, why), *_figures(builder, outlines, tallies, stack, why)]


def build(parts: Parts) -> Tool:
    """Build the tool; it needs no model and no setting."""
    return LungVolumesTool()


def _values(work: ToolInput, image: ImageRef) -> NDArray[np.int16]:
    stored = work.pixels.stored(image)
    if stored is None:
        raise ToolError("the stored values of a slice were not kept; read the input again")
    return hounsfield(*stored)


def _parameters(stack: Stack, found: Territories) -> dict[str, Scalar]:
    return {
        "threshold_hu": THRESHOLD,
        "slices": len(stack.images),
        "distance_mm": round(stack.distance_mm, 3),
        "windpipe_found": found.windpipe,
        "lungs_parted": found.parted,
    }


def _kept(work: ToolInput, name: str, mask: BoolPlane) -> Mask:
    stored = work.artifacts.put_png(np.where(mask, 255, 0).astype(np.uint8))
    return Mask(structure=name, png=stored.path, digest=stored.digest, area_pixels=int(mask.sum()))


def _masks(builder: EvidenceBuilder, outlines: Sequence[_Outline], why: Mapping[int, str | None]) -> Iterator[Evidence]:
    for outline in outlines:
        reason = why[outline.side]
        said: dict[str, Scalar] = {"volume_withheld": reason} if reason else {}
        yield builder.evidence(outline.mask, outline.region, said, outline.image)


def _figures(
    builder: EvidenceBuilder,
    outlines: Sequence[_Outline],
    tallies: Mapping[int, Tally],
    stack: Stack,
    why: Mapping[int, str | None],
) -> Iterator[Evidence]:
    for side, tally in tallies.items():
        lung = [outline for outline in outlines if outline.side == side]
        if not lung or why[side] is not None:
            continue
        largest = max(lung, key=lambda outline: outline.mask.area_pixels)
        for figure in measures(NAMES[side], tally, stack):
            yield builder.evidence(figure, largest.region, None, largest.image)
