"""The header of a multi-frame CT as a source of a Segmentation: where each of its frames lies (PS3.3 C.7.6.16)."""

from collections.abc import Sequence

from highdicom import PlanePositionSequence
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from overread.export._dicom import source_of
from overread.export._output import Export
from overread.imaging.multi_frame import KINDS
from overread.records import ImageRef, Series


def is_multi_frame(export: Export, image: ImageRef) -> bool:
    """Say whether a slice is a frame of a multi-frame CT."""
    return image.slice is not None and export.headers[image.sop_instance_uid].get("SOPClassUID") in KINDS


def multi_frame_source(export: Export, series: Series, image: ImageRef) -> Dataset:
    """Make the header of the object that a slice is a frame of, all its frames in their order."""
    frames = sorted(
        (each for each in series.images if each.sop_instance_uid == image.sop_instance_uid), key=lambda each: each.frame
    )
    placed = [source_of(export, series, each) for each in frames]
    made, shared = source_of(export, series, image), Dataset()
    shared.PixelMeasuresSequence = _moved(made, "PixelSpacing", "SliceThickness")
    shared.PlaneOrientationSequence = _moved(made, "ImageOrientationPatient")
    groups = [Dataset() for _ in placed]
    for group, each in zip(groups, placed, strict=True):
        group.PlanePositionSequence = _moved(each, "ImagePositionPatient")
    del made.ImagePositionPatient
    made.NumberOfFrames = len(frames)
    made.SharedFunctionalGroupsSequence = Items([shared])
    made.PerFrameFunctionalGroupsSequence = Items(groups)
    return made


def positions_of(source: Dataset, images: Sequence[ImageRef]) -> list[PlanePositionSequence]:
    """Give where frames lie, as the header of their object has it."""
    groups = source.PerFrameFunctionalGroupsSequence
    places = (groups[image.frame - 1].PlanePositionSequence[0].ImagePositionPatient for image in images)
    return [PlanePositionSequence("PATIENT", [float(value) for value in place]) for place in places]


def _moved(source: Dataset, *keywords: str) -> Items:
    """Take attributes out of a header into the one item of a group."""
    item = Dataset()
    for keyword in keywords:
        item[keyword] = source[keyword]
        del source[keyword]
    return Items([item])
