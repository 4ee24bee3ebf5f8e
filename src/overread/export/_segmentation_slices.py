"""One DICOM Segmentation (PS3.3 A.51) of what was outlined on the slices of a CT, BINARY, placed in the patient.

A frame lies where its slice lies as that is stored, in the frame of reference of the series.
"""

from collections.abc import Sequence

import numpy as np
from highdicom import PlanePositionSequence
from highdicom.seg import Segmentation, SegmentationTypeValues
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    digests,
    finish,
    series_uid,
    source_of,
    stored_shape,
    uid,
)
from overread.export._multi_frame import is_multi_frame, multi_frame_source, positions_of
from overread.export._output import Export
from overread.export._segmentation import Outline, described, drawn, stored_masks
from overread.records import ImageRef, Series

KIND = "seg"
Outlined = tuple[ImageRef, Sequence[Outline]]


def segmentation_of_slices(export: Export) -> Dataset:
    """Make the object of all slices that masks lie on, from one end of the series to the other."""
    file = export.file
    found = sorted(drawn(file), key=lambda each: _along(each[1]))
    slices: list[Outlined] = [(image, outlines) for _, image, outlines in found]
    first = {item.mask.structure: item for _, outlines in slices for item in outlines}
    names = sorted(first)
    masks = digests(
        [f"{_named(export, image)} {item.mask.structure} {item.mask.digest}" for image, all_ in slices for item in all_]
    )
    sources, positions = _sources(export, [(series, image) for series, image, _ in found])
    made = Segmentation(
        source_images=sources,
        plane_positions=positions,
        pixel_array=_laid(export, slices, names),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            described(file, place, first[name], f"{file.case_id} {name}", codes.DCM.MorphologicalOperations)
            for place, name in enumerate(names, 1)
        ],
        series_instance_uid=series_uid(file, KIND),
        series_number=SERIES_NUMBERS[KIND],
        sop_instance_uid=uid(file.case_id, KIND, masks),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=file.manifest.overread_version,
        device_serial_number="0",
        content_label="SEGMENTATION",
        content_description="Structures outlined slice by slice, by a threshold",
        series_description="Overread segmentation",
    )
    organized = uid(file.case_id, "dimensions", masks)
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organized
    return finish(made, export, max(item.evidence.provenance.ended for _, outlines in slices for item in outlines))


def _sources(
    export: Export, found: Sequence[tuple[Series, ImageRef]]
) -> tuple[list[Dataset], list[PlanePositionSequence] | None]:
    """Give the source images; of a multi-frame CT it is one, and the places say which frames are meant."""
    series, first = found[0]
    if not is_multi_frame(export, first):
        return [source_of(export, *each) for each in found], None
    source = multi_frame_source(export, series, first)
    return [source], positions_of(source, [image for _, image in found])


def _named(export: Export, image: ImageRef) -> str:
    frame = f" {image.frame}" if is_multi_frame(export, image) else ""
    return f"{image.sop_instance_uid}{frame}"


def _laid(export: Export, slices: Sequence[Outlined], names: Sequence[str]) -> NDArray[np.uint8]:
    """Lay the masks over the stored slices: [slices, rows, columns, segments], 0 or 1."""
    laid = np.zeros((len(slices), *stored_shape(export, slices[0][0]), len(names)), np.uint8)
    for number, (image, outlines) in enumerate(slices):
        places = [names.index(item.mask.structure) for item in outlines]
        laid[number][..., places] = stored_masks(export, image, outlines)
    return laid


def _along(image: ImageRef) -> float:
    """Give how far a slice lies along the normal of its plane, in millimetres."""
    if image.slice is None:
        raise AssertionError("only slices are laid along their normal")
    normal = np.cross(image.slice.row, image.slice.column)
    return float(normal @ np.asarray(image.slice.position))
