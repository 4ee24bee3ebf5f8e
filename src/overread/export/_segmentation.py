"""DICOM Segmentations (PS3.3 A.51) of masks, BINARY, over the pixels of the image as it is stored."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from overread.export import _codes as code
from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    digests,
    finish,
    images_read,
    no_study,
    series_uid,
    source_of,
    stored_shape,
    uid,
)
from overread.export._multi_frame import is_multi_frame
from overread.export._output import Export
from overread.imaging.hanging import unhung
from overread.records import CaseFile, Evidence, ImageRef, Mask, Series


class Outline(NamedTuple):
    """A mask with the evidence that it came as."""

    evidence: Evidence
    mask: Mask


def why_none(export: Export) -> str | None:
    """Say why masks of a case cannot be written: no DICOM study, no mask, or one that does not fit the stored image."""
    if why := no_study(export):
        return why
    found = list(drawn(export.file))
    if not found:
        return "no structure was segmented"
    if of_slices(export.file) and (why := _not_placed(found) or _of_several(export, [image for _, image, _ in found])):
        return why
    return next((why for _, image, outlines in found if (why := _misfit(export, image, outlines))), None)


def of_slices(file: CaseFile) -> bool:
    """Say whether masks lie on slices of a CT, which are one object together."""
    return any(image.slice is not None for _, image, _ in drawn(file))


def _not_placed(found: Sequence[tuple[Series, ImageRef, list[Outline]]]) -> str | None:
    """Say why slices are not placed in the patient together, or None."""
    frames = {image.slice.frame_of_reference if image.slice else None for _, image, _ in found}
    if None in frames:
        return "the frame of reference of the slices is not on file: the header has none, or read the input again"
    if len(frames) > 1 or len({series.uid for series, _, _ in found}) > 1:
        return "the slices with masks are not of one series in one frame of reference"
    if any(image.spacing is None for _, image, _ in found):
        return "the pixel spacing of a slice is not known"
    return None


def _of_several(export: Export, images: Sequence[ImageRef]) -> str | None:
    """Say why frames of several multi-frame images are not one object, or None."""
    objects = {image.sop_instance_uid for image in images}
    if len(objects) > 1 and any(is_multi_frame(export, image) for image in images):
        return "the slices with masks are frames of several multi-frame images, and one object is made over one of them"
    return None


def drawn(file: CaseFile) -> Iterator[tuple[Series, ImageRef, list[Outline]]]:
    """Give each image of the study that masks lie on, each mask once."""
    for read, first in images_read(file):
        # Each frame of a multi-frame CT is a slice with masks of its own.
        frames = [image for image in read.images if image.sop_instance_uid == first.sop_instance_uid]
        for image in frames if first.slice is not None else [first]:
            if found := _on(file, image):
                yield read, image, found


def _on(file: CaseFile, image: ImageRef) -> list[Outline]:
    """Give the masks that lie on an image, of a slice on this frame of its object."""
    found = {
        (item.payload.structure, item.payload.digest): Outline(item, item.payload)
        for item in file.evidence
        if isinstance(item.payload, Mask)
        and item.locator.sop_instance_uid == image.sop_instance_uid
        and (image.slice is None or item.locator.frame == image.frame)
    }
    return list(found.values())


def _misfit(export: Export, image: ImageRef, outlines: Sequence[Outline]) -> str | None:
    """Say why masks cannot be laid over an image as it is stored, or None."""
    kept = export.headers[image.sop_instance_uid]
    if image.slice is None and kept.get("NumberOfFrames", "1") != "1":
        return "the image that the masks are of has several frames, which is not built yet"
    if uncoded := [item.mask.structure for item in outlines if item.mask.structure not in code.STRUCTURES]:
        return f"a mask is of '{uncoded[0]}', which has no code yet"
    if (kept.get("Rows"), kept.get("Columns")) != tuple(map(str, stored_shape(export, image))):
        return "the picture that the masks are of has another size than the image as it is stored"
    shapes = {export.artifacts.get_png(item.mask.png).shape for item in outlines}
    if shapes != {(image.rows, image.columns)}:
        return "a mask has another size than the picture it is of"
    return None


def segmentation_of(
    export: Export, number: int, series: Series, image: ImageRef, outlines: Sequence[Outline], kind: str = "seg"
) -> Dataset:
    """Make the object of one image's masks; `kind` names the series that it goes to."""
    file = export.file
    source = source_of(export, series, image)
    masks = digests([f"{item.mask.structure} {item.mask.digest}" for item in outlines])
    made = Segmentation(
        source_images=[source],
        pixel_array=stored_masks(export, image, outlines)[np.newaxis],
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[described(file, place, item, item.evidence.id) for place, item in enumerate(outlines, 1)],
        series_instance_uid=series_uid(file, kind),
        series_number=SERIES_NUMBERS[kind],
        sop_instance_uid=uid(file.case_id, kind, image.sop_instance_uid, masks),
        instance_number=number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=file.manifest.overread_version,
        device_serial_number="0",
        content_label="SEGMENTATION",
        content_description="Structures that a network outlined",
        series_description="Overread segmentation",
        omit_empty_frames=False,
    )
    organized = uid(file.case_id, "dimensions", image.sop_instance_uid, masks)
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organized
    made.PatientOrientation = source.PatientOrientation if len(source.PatientOrientation) == 2 else None
    return finish(made, export, max(item.evidence.provenance.ended for item in outlines))


def stored_masks(export: Export, image: ImageRef, outlines: Sequence[Outline]) -> NDArray[np.uint8]:
    """Lay the masks over the stored image: [rows, columns, segments], 0 or 1."""
    shown = [(export.artifacts.get_png(item.mask.png) > 127).astype(np.uint8) for item in outlines]
    stored = [mask if image.hanging is None else unhung(mask, image.hanging) for mask in shown]
    return np.stack(stored, axis=-1)


def described(
    file: CaseFile, number: int, outline: Outline, identity: str, family: Code = codes.DCM.ArtificialIntelligence
) -> SegmentDescription:
    """Describe a segment by one of its outlines; `identity` is what it is tracked by."""
    structure, made = code.STRUCTURES[outline.mask.structure], outline.evidence.provenance
    parameters = {"weights": made.weights_digest} if made.weights_digest else None
    segment = SegmentDescription(
        segment_number=number,
        segment_label=outline.mask.structure.replace("_", " "),
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=structure.kind,
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=made.model,
            family=family,
            version=made.tool_version,
            parameters=parameters,
        ),
        tracking_uid=uid(file.case_id, "segment", identity),
        tracking_id=identity,
    )
    if structure.side is not None:
        side = code.concept(structure.side.value, structure.side.scheme_designator, structure.side.meaning)
        segment.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return segment
