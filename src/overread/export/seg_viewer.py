"""The masks once more, for viewers that lay a segmentation over an image by planes in space, as OHIF does.

A projection radiograph has no such plane, and highdicom writes none (PS3.3 A.51.5.1 asks for it only where there is a
frame of reference). OHIF 3.13 shows a black page for such an object. Here the image is given a plane that nobody
measured: it lies at zero, and means nothing. Read `seg` by program, show this one.
"""

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from overread.export._dicom import uid, write_object
from overread.export._output import Export, Writer
from overread.export._segmentation import drawn, of_slices, segmentation_of, why_none
from overread.records import ImageRef

KIND = "seg-viewer"
PLANE = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
UNKNOWN_SPACING = (1.0, 1.0)
"""Of an image whose header has none: the viewer measures in its own pixels then."""


class SegmentationForViewers:
    """The masks of `seg` with a plane in space that viewers ask for."""

    name = KIND
    describe = (
        "the same masks with a made-up plane in space, for viewers such as OHIF that show no other; seg-viewer.dcm"
    )

    def why_not(self, export: Export) -> str | None:
        """Say why there is none; slices of a CT have a place of their own."""
        if why := why_none(export):
            return why
        return (
            "the masks are of slices of a CT, which seg has in their place already" if of_slices(export.file) else None
        )

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `seg-viewer.dcm`, for further images `seg-viewer-2.dcm` and so on."""
        written = []
        for number, (series, image, outlines) in enumerate(drawn(export.file), 1):
            made = segmentation_of(export, number, series, image, outlines, KIND)
            _lay_in_a_plane(made, export, image)
            written.append(write_object(made, folder / f"{KIND}{'' if number == 1 else f'-{number}'}.dcm"))
        return written


def build() -> Writer:
    """Give the writer."""
    return SegmentationForViewers()


def _lay_in_a_plane(made: Dataset, export: Export, image: ImageRef) -> None:
    made.FrameOfReferenceUID = uid(export.file.case_id, KIND, image.sop_instance_uid, "frame of reference")
    made.PositionReferenceIndicator = ""
    made.SeriesDescription = "Overread segmentation for viewers"
    (shared,) = made.SharedFunctionalGroupsSequence
    shared.PixelMeasuresSequence = [_measures(export, image)]
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=PLANE)]
    for frame in made.PerFrameFunctionalGroupsSequence:
        frame.PlanePositionSequence = [_item(ImagePositionPatient=[0.0, 0.0, 0.0])]


def _measures(export: Export, image: ImageRef) -> Dataset:
    kept = export.headers[image.sop_instance_uid]
    told = next((kept[name] for name in ("PixelSpacing", "ImagerPixelSpacing") if kept.get(name)), "")
    spacing = told.split("\\") if told.count("\\") == 1 else list(UNKNOWN_SPACING)
    return _item(PixelSpacing=spacing, SliceThickness=1.0)


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item
