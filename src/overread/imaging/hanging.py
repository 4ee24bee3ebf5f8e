"""Hang a picture by its header: the patient's head up and, of a frontal view, the right side at the left.

PatientOrientation (PS3.3 C.7.6.1.1.1) says of the pixels as stored where the rows run to (towards higher columns) and
where the columns run to; ImageOrientationPatient (C.7.6.2.1.1) says the same in numbers. FieldOfViewRotation and
FieldOfViewHorizontalFlip (C.8.11.4) tell how stored pixels were turned against the detector, not how the patient stood
before it: beside an orientation they add nothing, and without one the sides cannot be known.
"""

import re
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from overread.imaging.header_values import numbers_of, text_of
from overread.records import Hanging, View

Pixel = TypeVar("Pixel", bound=np.generic)
AXES = {"L": "across", "R": "across", "H": "along", "F": "along", "A": "through", "P": "through"}
"""The axis of the patient that a letter lies on."""
ENDS = ("RL", "AP", "FH")
"""Ends of x, y and z, the lower first (PS3.3 C.7.6.2.1.1)."""
TURNED_BY = ("FieldOfViewRotation", "ImageRotation")
FLIPPED_BY = ("FieldOfViewHorizontalFlip", "ImageHorizontalFlip")
SPOKEN = ("SeriesDescription", "DerivationDescription", "ImageComments", "AcquisitionDeviceProcessingDescription")
FLIP_WORDS = re.compile(r"\b(?:MIRRORED|MIRROR|FLIPPED|FLIP|FROM BEHIND)\b")
TURNS = {
    (False, False, False): "",
    (False, True, False): "mirrored left to right",
    (False, False, True): "mirrored top to bottom",
    (False, True, True): "turned halfway round",
    (True, True, False): "turned a quarter clockwise",
    (True, False, True): "turned a quarter anticlockwise",
    (True, False, False): "turned a quarter and mirrored",
    (True, True, True): "turned a quarter and mirrored",
}
"""Words for (transposed, mirrored, upended); without a figure, which a draft would have to have measured."""


class Directions(NamedTuple):
    """Where the rows and the columns of the stored pixels run to: one of L, R, A, P, H, F each."""

    row: str
    column: str
    source: str
    """What says so, with its value."""

    @property
    def axes(self) -> frozenset[str]:
        """Name the two axes of the patient that lie in the picture."""
        return frozenset((AXES[self.row], AXES[self.column]))


class Unresolved(Exception):
    """The header says something of the orientation from which the sides do not follow; the message says what."""


def hanging_of(dataset: Dataset, view: View | None) -> tuple[Hanging, tuple[str, ...]]:
    """Say how the stored picture is turned to be shown, whether its sides are known, and the notes on both.

    A picture whose header says nothing is taken to hang the usual way. Of a lateral only head and feet are seen to.
    """
    text = text_of(dataset, "PatientOrientation").upper()
    stated = "".join(letter for letter in text if " " <= letter <= "~")[:64] or None
    try:
        found = _directions(dataset)
        hanging = _assumed(dataset, view) if found is None else _turned(dataset, found, view)
    except Unresolved as why:
        return Hanging(stated=stated, sides="withheld"), (_withheld(str(why), view),)
    hanging = hanging.model_copy(update={"stated": stated})
    turn = turn_of(hanging)
    notes = [f"The picture is shown {turn}, so that it hangs the usual way: {found.source}."] if turn and found else []
    if found is not None and view == "LATERAL" and "through" not in found.axes:
        notes.append(f"{found.source}, which is not that of a lateral view.")
    return hanging, tuple(notes)


def turn_of(hanging: Hanging) -> str:
    """Say in words how a stored picture was turned; empty for one that is shown as stored."""
    return TURNS[hanging.transposed, hanging.mirrored, hanging.upended]


def hung(picture: NDArray[Pixel], hanging: Hanging) -> NDArray[Pixel]:
    """Turn a stored picture [rows, columns] into the one that is shown."""
    if hanging.transposed:
        picture = picture.T
    if hanging.mirrored:
        picture = picture[:, ::-1]
    if hanging.upended:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)


def unhung(picture: NDArray[Pixel], hanging: Hanging) -> NDArray[Pixel]:
    """Turn what lies over a shown picture [rows, columns] back, so that it lies over the stored one."""
    if hanging.upended:
        picture = picture[::-1]
    if hanging.mirrored:
        picture = picture[:, ::-1]
    if hanging.transposed:
        picture = picture.T
    return np.ascontiguousarray(picture)


def _directions(dataset: Dataset) -> Directions | None:
    """Give what the header says of the orientation; None when it says nothing. Raises `Unresolved`."""
    worded = _worded(dataset)
    numbered = _numbered(dataset, alone=worded is None)
    if worded is not None and numbered is not None and worded[:2] != numbered[:2]:
        raise Unresolved(f"{worded.source}, {numbered.source}, and they contradict each other")
    return worded or numbered


def _worded(dataset: Dataset) -> Directions | None:
    text = text_of(dataset, "PatientOrientation").upper()
    values = [value.strip() for value in text.split("\\")]
    if not any(values):
        return None
    if len(values) != 2 or not all(map(_is_direction, values)) or not _may_be_perpendicular(*values):
        raise Unresolved(f"PatientOrientation is '{text[:16]}', which says no orientation")
    return _distinct(values[0][0], values[1][0], f"PatientOrientation is {text}")


def _is_direction(value: str) -> bool:
    """Say whether a value is one to three letters, the main one first, each of another axis."""
    axes = [AXES.get(letter) for letter in value]
    return bool(value) and None not in axes and len(set(axes)) == len(axes)


def _may_be_perpendicular(row: str, column: str) -> bool:
    """Say whether rows and columns can run at a right angle: not when all that they share points the same way."""
    ends = {AXES[letter]: letter for letter in row}
    alike = {ends[AXES[letter]] == letter for letter in column if AXES[letter] in ends}
    return len(alike) != 1


def _numbered(dataset: Dataset, *, alone: bool) -> Directions | None:
    """Read the numbers; what cannot be meant counts as nothing, and is `Unresolved` where nothing else is said."""
    if not text_of(dataset, "ImageOrientationPatient"):
        return None
    cosines = np.asarray(numbers_of(dataset, "ImageOrientationPatient"), np.float64)
    usable = cosines.shape == (6,) and np.allclose(np.square(cosines.reshape(2, 3)).sum(axis=1), 1, atol=0.1)
    if not usable or abs(float(cosines[:3] @ cosines[3:])) > 0.1:
        if alone:
            raise Unresolved("ImageOrientationPatient is not a pair of perpendicular directions")
        return None
    row, column = _end(cosines[:3]), _end(cosines[3:])
    return _distinct(row, column, f"ImageOrientationPatient says {row}\\{column}")


def _end(cosines: NDArray[np.float64]) -> str:
    """Give the letter that a direction mainly points to."""
    main = int(np.argmax(np.abs(cosines)))
    return ENDS[main][int(cosines[main] > 0)]


def _distinct(row: str, column: str, source: str) -> Directions:
    if AXES[row] == AXES[column]:
        raise Unresolved(f"{source}, with rows and columns along one axis")
    return Directions(row, column, source)


def _turned(dataset: Dataset, found: Directions, view: View | None) -> Hanging:
    """Find the turn to the usual hanging; raise `Unresolved` where there is none."""
    lateral = view == "LATERAL"
    if "along" not in found.axes or ("through" in found.axes and not lateral):
        seen = "lateral" if lateral else "frontal"
        raise Unresolved(f"{found.source}, which is not that of a {seen} view")
    transposed = AXES[found.row] == "along"
    across, down = (found.column, found.row) if transposed else (found.row, found.column)
    hanging = Hanging(
        transposed=transposed, mirrored=across == "R" and not lateral, upended=down == "H", sides="stated"
    )
    turned = hanging.transposed or hanging.mirrored or hanging.upended
    if not turned and not lateral and (word := _flip_word(dataset)):
        raise Unresolved(f"{found.source}, and the header calls the picture {word.lower()}")
    return hanging


def _assumed(dataset: Dataset, view: View | None) -> Hanging:
    """Take a picture without an orientation to hang the usual way, unless the header speaks of turning it."""
    said = [f"{keyword} is {angle[0]:.0f}" for keyword in TURNED_BY if (angle := _angle(dataset, keyword))]
    said += [f"{keyword} is {flag}" for keyword in FLIPPED_BY if (flag := _flag(dataset, keyword))]
    said += [f"the header calls the picture {word.lower()}"] if (word := _flip_word(dataset)) else []
    if said and view != "LATERAL":
        raise Unresolved(f"{' and '.join(said)}, and no orientation says how the patient lies in it")
    return Hanging(sides="assumed")


def _angle(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    numbers = numbers_of(dataset, keyword)
    return numbers if len(numbers) == 1 and numbers[0] % 360 else ()


def _flag(dataset: Dataset, keyword: str) -> str:
    value = text_of(dataset, keyword).upper()
    return value if value in {"YES", "Y"} else ""


def _flip_word(dataset: Dataset) -> str | None:
    texts = [text_of(dataset, keyword, 1024) for keyword in (*SPOKEN, "ImageType")]
    found = FLIP_WORDS.search(" ".join(texts).replace("_", " ").upper())
    return found[0] if found else None


def _withheld(why: str, view: View | None) -> str:
    what = "It is not known how the picture hangs" if view == "LATERAL" else "Sides are withheld"
    return f"{what}: {why}. The picture is shown as stored."
