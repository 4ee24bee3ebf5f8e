"""Slices of a CT phantom as one Enhanced CT Image (PS3.3 A.38), each slice a frame."""

from collections.abc import Sequence
from copy import deepcopy

from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import EnhancedCTImageStorage

from overread.testing.phantoms.dicom import uid

MOVED = [
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "WindowCenter",
    "WindowWidth",
    "WindowCenterWidthExplanation",
    "BodyPartExamined",
    "ConvolutionKernel",
    "KVP",
]
"""What lies in functional groups, and no longer in the header."""


def enhanced_ct(slices: Sequence[FileDataset], region: tuple[str, str] = ("51185008", "Thorax")) -> FileDataset:
    """Make one object whose frames are `slices` in their order; `region` is its anatomic region in SNOMED CT.

    Orientation, spacing, kernel and region are shared; position, rescale and window are those of the frame.
    """
    made = deepcopy(slices[0])
    for keyword in MOVED:
        if keyword in made:
            delattr(made, keyword)
    instance = uid("enhanced ct", slices[0].SOPInstanceUID, len(slices))
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = instance
    made.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    made.PixelPresentation, made.VolumetricProperties, made.VolumeBasedCalculationTechnique = (
        "MONOCHROME", "VOLUME", "NONE",
    )  # fmt: skip
    made.AcquisitionDateTime, made.ContentQualification = "20250301090000", "RESEARCH"
    made.PresentationLUTShape, made.InstanceNumber = "IDENTITY", 1
    _dimensions(made, instance)
    made.SharedFunctionalGroupsSequence = Items([_shared(slices[0], region)])
    made.PerFrameFunctionalGroupsSequence = Items([_of_frame(each, n) for n, each in enumerate(slices, start=1)])
    made.NumberOfFrames = len(slices)
    made.PixelData = b"".join(each.PixelData for each in slices)
    made["PixelData"].VR = "OW"
    return made


def _dimensions(made: Dataset, instance: str) -> None:
    organization, index = Dataset(), Dataset()
    organization.DimensionOrganizationUID = index.DimensionOrganizationUID = uid("enhanced ct dimensions", instance)
    index.DimensionIndexPointer, index.FunctionalGroupPointer = 0x00200032, 0x00209113
    made.DimensionOrganizationSequence, made.DimensionIndexSequence = Items([organization]), Items([index])


def _group(group: Dataset, macro: str, source: Dataset, *keywords: str) -> None:
    item = Dataset()
    for keyword in keywords:
        if keyword in source:
            item[keyword] = deepcopy(source[keyword])
    setattr(group, macro, Items([item]))


def _shared(source: FileDataset, region: tuple[str, str]) -> Dataset:
    shared, anatomy, code, frame_type = Dataset(), Dataset(), Dataset(), Dataset()
    _group(shared, "PlaneOrientationSequence", source, "ImageOrientationPatient")
    _group(shared, "PixelMeasuresSequence", source, "PixelSpacing", "SliceThickness")
    _group(shared, "CTReconstructionSequence", source, "ConvolutionKernel")
    code.CodeValue, code.CodeMeaning = region
    code.CodingSchemeDesignator = "SCT"
    anatomy.FrameLaterality, anatomy.AnatomicRegionSequence = "U", Items([code])
    shared.FrameAnatomySequence = Items([anatomy])
    frame_type.FrameType, frame_type.PixelPresentation = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], "MONOCHROME"
    frame_type.VolumetricProperties, frame_type.VolumeBasedCalculationTechnique = "VOLUME", "NONE"
    shared.CTImageFrameTypeSequence = Items([frame_type])
    return shared


def _of_frame(source: FileDataset, number: int) -> Dataset:
    group, content = Dataset(), Dataset()
    _group(group, "PlanePositionSequence", source, "ImagePositionPatient")
    _group(group, "PixelValueTransformationSequence", source, "RescaleIntercept", "RescaleSlope", "RescaleType")
    window = "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation"
    _group(group, "FrameVOILUTSequence", source, *window)
    content.DimensionIndexValues, content.StackID, content.InStackPositionNumber = [number], "1", number
    group.FrameContentSequence = Items([content])
    return group
