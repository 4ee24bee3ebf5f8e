"""Put CT slices into a stack by where they lie in the patient (DICOM PS3.3 C.7.6.2), or say why they are none.

Sorted along the normal of the slices, never by Instance Number; the distance of slices is that of their positions, not
Slice Thickness or Spacing Between Slices. The order of the input changes nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.records import ImageRef, Refusal, RefusalReason, Series, Slice, Study

MOST_OBLIQUE = 30.0
"""Degrees between the normal of axial slices and the long axis of the body, at most."""
LEAST_SLICES = 10
"""Fewer say nothing of a whole organ."""
LARGEST_DISTANCE = 10.0
"""Millimetres between slices beyond which volumes are not given."""
SAME = 1e-3
"""Cosine distance, and part of a millimetre per pixel, below which orientation and spacing are the same."""
UNEVEN = 0.05
"""Part of the median distance by which one may differ; positions are often written to a tenth of a millimetre."""
CHEST_WORDS = ("CHEST", "THORA", "TORAX", "LUNG")
"""Of Body Part Examined, as parts of words: also `CHESTABDPELVIS`."""
SHEAR = 0.02
"""Millimetres that a slice may lie beside the one below it, for each millimetre of their distance (1.1 degrees)."""


@dataclass(frozen=True)
class Stack:
    """Slices of one series, evenly spaced, from the feet to the head."""

    series_uid: str
    images: tuple[ImageRef, ...]
    distance_mm: float
    """Between the centres of neighbouring slices, along their normal."""
    row_mm: float
    """Between rows of a slice."""
    column_mm: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Give slices, rows and columns."""
        return len(self.images), self.images[0].rows, self.images[0].columns

    @property
    def middle(self) -> ImageRef:
        """Give the slice halfway up."""
        return self.images[len(self.images) // 2]

    @property
    def voxel_ml(self) -> float:
        """Give the volume of a voxel."""
        return self.distance_mm * self.row_mm * self.column_mm / 1000.0

    @property
    def described(self) -> str:
        """Say in words how many slices there are and how they lie, such as `61 axial slices 5 mm apart`."""
        size = f"{self.row_mm:.2f} x {self.column_mm:.2f} mm"
        thickness = f", {self.thickness_mm:.2f} mm thick" if self.thickness_mm else ""
        return f"{len(self.images)} axial slices {self.distance_mm:.2f} mm apart{thickness}, pixels of {size}"

    @property
    def kernel(self) -> str | None:
        """Give the convolution kernel, one for all; None where the header does not say."""
        place = self.images[0].slice
        return place.kernel if place else None

    @property
    def thickness_mm(self) -> float | None:
        """Give Slice Thickness as the header has it."""
        place = self.images[0].slice
        return place.thickness_mm if place else None


class StackChoice(NamedTuple):
    """The series that is read, or why there is none, and notes on the others."""

    stack: Stack | None
    refusal: Refusal | None
    notes: tuple[str, ...]


class _Placed(NamedTuple):
    image: ImageRef
    place: Slice


def stack_to_read(study: Study) -> StackChoice:
    """Choose the series that is read.

    Of several that can be stacked the one of most slices is read, then the one of the least UID. Where the header says
    of one that it is of the chest, those of which it does not are left.
    """
    ct = [each for each in study.series if each.modality.upper() == "CT"]
    series = [each for each in ct if names_chest(each)] or ct
    tried = {each.uid: stack_of(each) for each in series}
    stacks = sorted(
        (found for found in tried.values() if isinstance(found, Stack)),
        key=lambda stack: (-len(stack.images), stack.series_uid),
    )
    refusals = [found for found in tried.values() if isinstance(found, Refusal)]
    if not stacks:
        return StackChoice(None, _gravest(refusals), ())
    left = [f"one cannot be stacked ({refusal.reason.replace('_', ' ')})" for refusal in refusals]
    left += [f"one has {len(stack.images)} slices" for stack in stacks[1:]]
    parts, beside = len(ct) - len(series), len(study.series) - len(ct)
    left += [f"{parts} not stated to be of the chest"] if parts else []
    left += [f"{beside} of another modality"] if beside else []
    notes = (f"Of {len(study.series)} series one is read. Not read: {'; '.join(left)}.",) if left else ()
    return StackChoice(stacks[0], None, notes)


def names_chest(series: Series) -> bool:
    """Say whether the header states that a series is of the chest; one of the spine alone is not."""
    part = (series.body_part or "").upper()
    return "SPINE" not in part and any(word in part for word in CHEST_WORDS)


def _gravest(refusals: Sequence[Refusal]) -> Refusal:
    """Give the refusal of the series that came nearest to being read: none is nearer than one that was tried."""
    order = {reason: place for place, reason in enumerate(REASONS)}
    none = _refused("wrong_modality", "the study has no CT slices", "Send an axial CT series of the chest")
    return max(refusals, key=lambda refusal: order.get(refusal.reason, -1), default=none)


REASONS: tuple[RefusalReason, ...] = (
    "missing_geometry",
    "too_few_slices",
    "not_axial",
    "not_hounsfield",
    "mixed_slices",
    "tilted_gantry",
    "duplicate_slices",
    "uneven_slices",
)
"""Why a series is no stack, in the order in which they are found."""


def stack_of(series: Series) -> Stack | Refusal:
    """Stack the slices of a series, localizers set aside; or refuse it with its typed reason."""
    images = [image for image in series.images if image.slice is None or not image.slice.localizer]
    placed = [_Placed(image, image.slice) for image in images if image.slice is not None]
    if len(placed) < len(images):
        return _missing(len(images) - len(placed), len(images))
    if len(placed) < LEAST_SLICES:
        detail = f"the series has {len(placed)} cross-sections, a chest needs {LEAST_SLICES} or more"
        return _refused("too_few_slices", detail, "Send the whole series")
    refusal = _unlike(placed)
    return refusal if refusal is not None else _sorted(series.uid, placed)


def _unlike(placed: Sequence[_Placed]) -> Refusal | None:
    """Refuse slices that are not axial, not in Hounsfield units, or not all alike."""
    cosines = np.array([(*item.place.row, *item.place.column) for item in placed])
    normals = np.cross(cosines[:, :3], cosines[:, 3:])
    obliquity = np.degrees(np.arccos(np.clip(np.abs(normals[:, 2]), 0, 1)))
    if float(np.median(obliquity)) > MOST_OBLIQUE:
        detail = f"the slices are {np.median(obliquity):.0f} degrees from axial, at most {MOST_OBLIQUE:.0f} are read"
        return _refused("not_axial", detail, "Send the axial series, not a reformatted one")
    if not all(item.place.hounsfield for item in placed):
        detail = "the pixel values do not come out in Hounsfield units"
        return _refused("not_hounsfield", detail, "Send the original series, with Rescale Slope and Intercept")
    found = {
        "orientations": bool(np.abs(cosines - cosines[0]).max() > SAME),
        "convolution kernels": len({item.place.kernel for item in placed}) > 1,
        "sizes": len({(item.image.rows, item.image.columns) for item in placed}) > 1,
        "pixel spacings": len({_spacing(item.image) for item in placed}) > 1,
    }
    if any(found.values()):
        what = " and ".join(name for name, differs in found.items() if differs)
        return _refused("mixed_slices", f"the series has slices of different {what}", "Send one reconstruction alone")
    if _spacing(placed[0].image) is None:
        return _refused("missing_geometry", "the slices have no usable Pixel Spacing", "Send the original series")
    return None


def _spacing(image: ImageRef) -> tuple[float, float] | None:
    if image.spacing is None or not image.spacing.calibrated:
        return None
    return round(image.spacing.row_mm, 3), round(image.spacing.column_mm, 3)


def _sorted(uid: str, placed: Sequence[_Placed]) -> Stack | Refusal:
    first = placed[0].place
    normal = np.cross(first.row, first.column)
    normal = normal * np.sign(normal[2])
    placed = sorted(placed, key=lambda item: (float(np.dot(item.place.position, normal)), item.image.sop_instance_uid))
    positions = np.array([item.place.position for item in placed])
    distances = np.diff(positions @ normal)
    typical = float(np.median(distances[distances > 0])) if bool((distances > 0).any()) else 0.0
    refusal = _uneven(distances, typical) or _sheared(positions, normal, distances)
    spacing = placed[0].image.spacing
    if refusal is not None or spacing is None:
        return refusal or _missing(len(placed), len(placed))
    mean = float(distances.mean())
    return Stack(uid, tuple(item.image for item in placed), mean, spacing.row_mm, spacing.column_mm)


def _uneven(distances: NDArray[np.float64], typical: float) -> Refusal | None:
    twice = int((distances <= UNEVEN * typical).sum())
    if twice:
        detail = f"{twice} of {distances.size + 1} slices lie where another one lies"
        return _refused("duplicate_slices", detail, "Send one phase and one reconstruction alone")
    off = np.abs(distances - typical) > np.maximum(UNEVEN * typical, 0.05)
    if off.any():
        gaps = int((distances > 1.5 * typical).sum())
        what = f"{gaps} gaps between slices" if gaps > 1 else "a gap between slices"
        detail = f"the distances of slices are {_ranged(distances)} mm" + (f": {what}" if gaps else "")
        return _refused("uneven_slices", detail, "Send the whole series: slices may be missing")
    if typical > LARGEST_DISTANCE:
        detail = f"the slices are {typical:.1f} mm apart, at most {LARGEST_DISTANCE:.0f} are read"
        return _refused("uneven_slices", detail, "Send a thinner reconstruction")
    return None


def _sheared(
    positions: NDArray[np.float64], normal: NDArray[np.float64], distances: NDArray[np.float64]
) -> Refusal | None:
    """Refuse slices that do not lie above one another along their normal, as those of a tilted gantry."""
    steps = np.diff(positions, axis=0)
    beside = np.linalg.norm(steps - distances[:, None] * normal, axis=1)
    if float(np.median(beside)) > SHEAR * float(np.median(distances)) + 0.02:
        angle = float(np.degrees(np.arctan2(np.median(beside), np.median(distances))))
        detail = f"the slices are stacked {angle:.0f} degrees from their normal, as with a tilted gantry"
        return _refused("tilted_gantry", detail, "Send a reconstruction without tilt")
    if float(beside.max()) > 1.0:
        return _refused("mixed_slices", "slices lie beside one another, not above", "Send one reconstruction alone")
    return None


def _ranged(distances: NDArray[np.float64]) -> str:
    counted = Counter(round(float(distance), 2) for distance in distances)
    return f"{min(counted):g} to {max(counted):g}"


def _missing(without: int, of: int) -> Refusal:
    detail = f"{without} of {of} images have no usable Image Position and Orientation (Patient)"
    return _refused("missing_geometry", detail, "Send the original series; derived pictures cannot be stacked")


def _refused(reason: RefusalReason, detail: str, next_step: str) -> Refusal:
    return Refusal(reason=reason, detail=detail, next_step=next_step)
