"""Read multi-frame CT (Enhanced and Legacy Converted Enhanced CT) as slices, a data set a frame.

What a frame says of itself lies in functional groups, its own or those shared by all (PS3.3 C.7.6.16). Each frame is
given the attributes that a single slice has, so that all that reads slices reads it; its pixels are decoded one frame
at a time from the open file, never all of them together.
"""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.utils import iter_pixels
from pydicom.sequence import Sequence as Items
from pydicom.uid import EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage

from overread.errors import Unreadable
from overread.imaging.display import Display, grey_display
from overread.imaging.geometry import Geometry, geometry_of
from overread.imaging.header_values import text_of, value_of, whole_number
from overread.imaging.stored_values import place_of
from overread.settings import Limits

KINDS = frozenset({EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage})
PER_FRAME, SHARED = "PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"
MACROS = {
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction"),
    "CTReconstructionSequence": ("ConvolutionKernel",),
    "FrameAnatomySequence": ("AnatomicRegionSequence",),
}
"""Functional groups, and what a slice of its own has of each in its header (C.7.6.16.2, C.8.15.3)."""
UNASSIGNED = {
    "UnassignedSharedConvertedAttributesSequence": ("ConvolutionKernel", "BodyPartExamined"),
    "UnassignedPerFrameConvertedAttributesSequence": ("ConvolutionKernel", "BodyPartExamined"),
}
"""Where a converter puts what has no group of its own (C.7.6.16.2.25, C.7.6.16.2.26)."""
FRAME_TYPE = "CTImageFrameTypeSequence"
CHEST = frozenset(
    {
        ("SCT", "51185008"),
        ("SCT", "816094009"),
        ("SCT", "43799004"),
        ("SCT", "39607008"),
        ("SCT", "416550000"),
        ("SCT", "416775004"),
        ("SRT", "T-D3000"),
        ("SRT", "T-D3200"),
        ("SRT", "T-28000"),
        ("SRT", "R-FAB55"),
        ("SRT", "R-FAB56"),
    }
)
"""Anatomic regions that hold the chest: thorax, chest, thoracic cavity, lung, chest with abdomen, and with pelvis
(PS3.16 CID 4030, 4031), in SNOMED CT and in the older codes of SNOMED RT for the same."""
AGAIN = "Send it again from the archive"


def is_multi_frame_ct(dataset: Dataset) -> bool:
    """Say whether an object is of a class whose frames are slices of CT."""
    return text_of(dataset, "SOPClassUID") in KINDS and text_of(dataset, "Modality").upper() == "CT"


def frames_of(dataset: Dataset) -> tuple[Dataset, ...]:
    """Give the header of each frame as a slice of its own would have it, in the order of the pixels.

    Raises `Unreadable` where the object describes another number of frames than it claims.
    """
    groups = _items(dataset, PER_FRAME)
    claimed = whole_number(dataset, "NumberOfFrames")
    if len(groups) != claimed:
        detail = f"it claims {'no number of' if claimed is None else claimed} frames and describes {len(groups)}"
        raise Unreadable("corrupt_pixels", detail, AGAIN)
    shared = next(iter(_items(dataset, SHARED)), Dataset())
    base = _copy(dataset)
    for keyword in (PER_FRAME, SHARED, "NumberOfFrames"):
        if keyword in base:
            del base[keyword]
    _take(base, shared)
    return tuple(_frame(base, group) for group in groups)


def shown_frames(file: BinaryIO, dataset: Dataset, frames: Sequence[Dataset], limits: Limits) -> Iterator[Display]:
    """Decode and show each frame by its own header, one at a time; `dataset` is the whole header.

    Raises `Unreadable` for claims that no image can meet, and where there are more pixels than frames.
    """
    geometry = geometry_of(dataset, limits)
    if not geometry.photometric.startswith("MONOCHROME") or place_of(dataset, geometry).shift:
        raise Unreadable("corrupt_pixels", "its frames do not hold their values as a CT does", AGAIN)
    _check_length(file, dataset, geometry)
    decoded: Iterator[NDArray[Any]] = iter_pixels(file)
    number = 0
    for number, stored in enumerate(decoded, start=1):
        if number > len(frames):
            raise Unreadable("corrupt_pixels", f"it holds more than the {len(frames)} frames that it claims", AGAIN)
        yield grey_display(stored, frames[number - 1], geometry)
    if number < len(frames):
        raise Unreadable("corrupt_pixels", f"it claims {len(frames)} frames and holds {number}", AGAIN)


def _check_length(file: BinaryIO, dataset: Dataset, geometry: Geometry) -> None:
    """Hold the length of pixels that are not compressed against the frames claimed: a decoder takes what it needs."""
    file.seek(0)
    syntax = dcmread(file, stop_before_pixels=True, specific_tags=["Rows"]).file_meta.TransferSyntaxUID
    element = file.read(8 if syntax.is_implicit_VR else 12)
    file.seek(0)
    if not element:
        raise Unreadable("corrupt_pixels", "the image holds no pixel data", AGAIN)
    held = int.from_bytes(element[-4:], "little" if syntax.is_little_endian else "big")
    words = (whole_number(dataset, "BitsAllocated") or 8) // 8
    claimed = geometry.rows * geometry.columns * words * geometry.frames
    if not syntax.is_compressed and not claimed <= held <= claimed + claimed % 2:
        detail = f"its {geometry.frames} frames need {claimed} bytes of pixels, and it holds {held}"
        raise Unreadable("corrupt_pixels", detail, AGAIN)


def _frame(base: Dataset, group: Dataset) -> Dataset:
    frame = _copy(base)
    _take(frame, group)
    if not text_of(frame, "BodyPartExamined") and _names_chest(frame):
        frame.BodyPartExamined = "CHEST"
    return frame


def _copy(dataset: Dataset) -> Dataset:
    copied = Dataset()
    copied.update(dataset)
    copied.file_meta = dataset.file_meta
    return copied


def _take(frame: Dataset, group: Dataset) -> None:
    """Put what a group says of a frame in place of what was said before."""
    for macro, keywords in (*UNASSIGNED.items(), *MACROS.items()):
        for item in _items(group, macro)[:1]:
            for keyword in keywords:
                if value_of(item, keyword) is not None:
                    frame[keyword] = item[keyword]
    for item in _items(group, FRAME_TYPE)[:1]:
        if text_of(item, "FrameType"):
            frame.ImageType = value_of(item, "FrameType")


def _items(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    found = value_of(dataset, keyword)
    return found if isinstance(found, Items) else ()


def _names_chest(frame: Dataset) -> bool:
    regions = _items(frame, "AnatomicRegionSequence")
    return any((text_of(item, "CodingSchemeDesignator"), text_of(item, "CodeValue")) in CHEST for item in regions)
