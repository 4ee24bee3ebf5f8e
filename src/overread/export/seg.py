"""The masks of a case as DICOM Segmentations, as the standard has them for projection radiographs and for CT."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._dicom import write_object
from overread.export._output import Export, Writer
from overread.export._segmentation import drawn, of_slices, segmentation_of, why_none
from overread.export._segmentation_slices import segmentation_of_slices


class SegmentationObject:
    """The masks that were drawn on each image, a file an image; what a person signs changes nothing in them."""

    name = "seg"
    describe = (
        "DICOM Segmentation of the masks, on the pixels as stored; seg.dcm, a file for each image with masks, "
        "of CT one for all slices"
    )

    def why_not(self, export: Export) -> str | None:
        """Say why there is none."""
        return why_none(export)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `seg.dcm`, for further images `seg-2.dcm` and so on; slices of a CT are one object together."""
        if of_slices(export.file):
            return [write_object(segmentation_of_slices(export), folder / "seg.dcm")]
        return [
            write_object(
                segmentation_of(export, number, *found), folder / f"seg{'' if number == 1 else f'-{number}'}.dcm"
            )
            for number, found in enumerate(drawn(export.file), 1)
        ]


def build() -> Writer:
    """Give the writer."""
    return SegmentationObject()
