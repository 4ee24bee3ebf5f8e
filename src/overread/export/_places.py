"""Where the findings that a report speaks of lie in its images, in pixels of the image as it is stored."""

from typing import NamedTuple

from overread.export._coded import findings
from overread.export._dicom import images_read
from overread.export._states import State
from overread.records import Finding, ImageRef, Region, Series

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom; the upper left corner of the first pixel is 0, 0 (PS3.3 C.10.5.1.2, PIXEL)."""


class Shown(NamedTuple):
    """An image of the study with its series."""

    series: Series
    image: ImageRef


class Place(NamedTuple):
    """A box that a finding rests on."""

    finding: Finding
    corners: Corners

    @property
    def words(self) -> str:
        """Say what lies there."""
        side = f", {self.finding.laterality}" if self.finding.laterality else ""
        return f"{'Possible: ' if self.finding.status == 'uncertain' else ''}{self.finding.label}{side}"


def places(state: State) -> list[tuple[Shown, list[Place]]]:
    """Give each image with the places of present and possible findings in it, each place once."""
    told = [item for item in findings(state) if item.status in ("present", "uncertain")]
    found = []
    for series, image in images_read(state.file):
        mine = {(item.label, box): Place(item, box) for item in told for box in _boxes(state, item, image)}
        if mine:
            found.append((Shown(series, image), list(mine.values())))
    return found


def _boxes(state: State, finding: Finding, image: ImageRef) -> list[Corners]:
    here = [
        item.locator.region
        for item in state.file.evidence
        if item.id in finding.evidence_ids
        and (item.locator.sop_instance_uid, item.locator.frame) == (image.sop_instance_uid, image.frame)
    ]
    return [stored_box(region, image) for region in here if region is not None]


def stored_box(region: Region, image: ImageRef) -> Corners:
    """Turn a box of the image as shown back, so that it lies over the image as stored."""
    left, top = float(region.x), float(region.y)
    right, bottom = left + region.width, top + region.height
    hanging = image.hanging
    if hanging is not None and hanging.upended:
        top, bottom = image.rows - bottom, image.rows - top
    if hanging is not None and hanging.mirrored:
        left, right = image.columns - right, image.columns - left
    return (top, left, bottom, right) if hanging is not None and hanging.transposed else (left, top, right, bottom)
