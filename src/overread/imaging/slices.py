"""Read where a CT slice lies in the patient, and hang it (DICOM PS3.3 C.7.6.2, C.8.2.1).

An axial slice is shown as seen from the feet: the patient's right at the left, the front at the top, however the
patient lay on the table.
"""

import math

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.imaging.header_values import numbers_of, text_of, whole_number
from overread.records import Hanging, Slice, Spacing

Vector = NDArray[np.float64]
FARTHEST = 5_000.0
"""Millimetres from the origin beyond which a position cannot be meant."""
NOT_PERPENDICULAR = 1e-3
"""Cosine between rows and columns, and error of their lengths, from which they cannot be meant."""
HOUNSFIELD = {"", "HU"}
"""RescaleType of CT in Hounsfield units: it is required where it is another (C.8.2.1.1.2)."""


def slice_of(dataset: Dataset) -> Slice | None:
    """Give the place of a CT image as it is stored; None for another modality, several frames, or no usable place."""
    if text_of(dataset, "Modality").upper() != "CT" or (whole_number(dataset, "NumberOfFrames") or 1) != 1:
        return None
    position, cosines = numbers_of(dataset, "ImagePositionPatient"), numbers_of(dataset, "ImageOrientationPatient")
    if len(position) != 3 or len(cosines) != 6 or max(map(abs, position)) > FARTHEST:
        return None
    row, column = np.asarray(cosines[:3]), np.asarray(cosines[3:])
    lengths = float(np.linalg.norm(row)), float(np.linalg.norm(column))
    if max(abs(length - 1) for length in lengths) > 0.01 or abs(float(row @ column)) > NOT_PERPENDICULAR:
        return None
    thickness = numbers_of(dataset, "SliceThickness")
    words = text_of(dataset, "ImageType").upper().split("\\")
    return Slice(
        position=_point(np.asarray(position)),
        row=_point(row / lengths[0]),
        column=_point(column / lengths[1]),
        thickness_mm=thickness[0] if len(thickness) == 1 and 0 < thickness[0] < math.inf else None,
        kernel=text_of(dataset, "ConvolutionKernel")[:32] or None,
        localizer=bool({"LOCALIZER", "SCOUT"} & set(words)),
        hounsfield=_in_hounsfield(dataset),
        frame_of_reference=_frame_of_reference(dataset),
    )


def axial_hanging(place: Slice) -> Hanging | None:
    """Say how an axial slice is turned to be shown as seen from the feet; None for one that is not axial."""
    row, column = np.asarray(place.row), np.asarray(place.column)
    if abs(float(np.cross(row, column)[2])) < 0.5:
        return None
    transposed = abs(row[1]) > abs(row[0])
    across, down = (column, row) if transposed else (row, column)
    return Hanging(transposed=transposed, mirrored=bool(across[0] < 0), upended=bool(down[1] < 0), sides="stated")


def hung_slice(place: Slice, hanging: Hanging, shape: tuple[int, int], spacing: Spacing | None) -> Slice | None:
    """Give the place of a slice [rows, columns] as it is shown; `spacing` is that of the stored picture.

    None where the first pixel becomes another one and no spacing says where that lies.
    """
    row, column, position = np.asarray(place.row), np.asarray(place.column), np.asarray(place.position)
    if not (hanging.transposed or hanging.mirrored or hanging.upended):
        return place
    if spacing is None:
        return None
    height, width = (shape[0] - 1) * spacing.row_mm, (shape[1] - 1) * spacing.column_mm
    if hanging.transposed:
        row, column, height, width = column, row, width, height
    if hanging.mirrored:
        position, row = position + row * width, -row
    if hanging.upended:
        position, column = position + column * height, -column
    return place.model_copy(update={"position": _point(position), "row": _point(row), "column": _point(column)})


def stored_slice(place: Slice, hanging: Hanging, shape: tuple[int, int], spacing: Spacing) -> Slice:
    """Give the place of a slice as it is stored, out of that as it is shown: what `hung_slice` did, undone.

    `shape` [rows, columns] and `spacing` are those of the picture as shown.
    """
    row, column, position = np.asarray(place.row), np.asarray(place.column), np.asarray(place.position)
    if hanging.mirrored:
        position, row = position + row * (shape[1] - 1) * spacing.column_mm, -row
    if hanging.upended:
        position, column = position + column * (shape[0] - 1) * spacing.row_mm, -column
    if hanging.transposed:
        row, column = column, row
    return place.model_copy(update={"position": _point(position), "row": _point(row), "column": _point(column)})


def _frame_of_reference(dataset: Dataset) -> str | None:
    uid = UID(text_of(dataset, "FrameOfReferenceUID"))
    return str(uid) if uid and uid.is_valid else None


def _in_hounsfield(dataset: Dataset) -> bool:
    scale = numbers_of(dataset, "RescaleSlope"), numbers_of(dataset, "RescaleIntercept")
    usable = all(len(numbers) == 1 for numbers in scale) and scale[0][0] != 0
    named = text_of(dataset, "RescaleType").strip().upper()
    return usable and named in HOUNSFIELD and "ModalityLUTSequence" not in dataset


def _point(vector: Vector) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) + 0.0 for value in vector)
    return x, y, z
