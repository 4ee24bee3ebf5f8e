"""Lay what is drawn on a phantom's lungs over the lungs of a real film: row by row, from edge to edge.

A lung's top and bottom are laid on each other, and in each row its medial and its lateral edge: what lies along the
chest wall of the phantom then lies along that of the film. Beyond the lung nothing of a sided finding is drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.segmenter_films import load_segmenter
from training.segmenter_measures import largest, predict

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
SMALLEST = 0.02
"""Part of the picture that each lung covers at least; less is no lung."""
EVEN = 4.0
"""Pixels (standard deviation) over which a lung's edges are evened."""
SOFT = 1.5
"""Pixels over which a finding fades at the edge of the film's lung."""
MET = 2
"""Pixels by which a lung is widened, to meet the heart and the dome."""
AT_ONCE = 64


class Lungs(NamedTuple):
    """Right and left lung (the patient's) as they are seen beside the heart, and the heart, (s, s) each."""

    right: Mask
    left: Mask
    heart: Mask


def organs_of(masks: Mapping[str, Mask]) -> Lungs:
    """Give those of a phantom."""
    return Lungs(masks["right_lung"], masks["left_lung"], masks["heart"])


def seen_lungs(indices: Sequence[int], images: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8], Lungs]]:
    """Give each index, its film (256, 256) of `images`, and what the shipped segmenter outlines; no lung, no film."""
    model = load_segmenter()
    for start in range(0, len(indices), AT_ONCE):
        chosen = list(indices[start : start + AT_ONCE])
        for index, chance in zip(chosen, predict(model, images[chosen]), strict=True):
            heart = largest(chance[2] > 0.5)
            right, left = (largest((plane > 0.5) & ~heart) for plane in chance[:2])
            lungs = Lungs(right, left, heart)
            if min(lungs.right.mean(), lungs.left.mean()) >= SMALLEST:
                yield index, images[index], lungs


def carried(change: Plane, mask: Mask, drawn: Lungs, film: Lungs, *, sided: bool) -> tuple[Plane, Plane]:
    """Lay a phantom's change of signal and its mask, (s, s) each, over a film's lungs; gives both as planes.

    `sided` findings are laid lung on lung and stay inside; others (tubes) with both lungs as one, and go beyond.
    """
    planes = np.stack([change, mask.astype(np.float32)])
    if not sided:
        both = _laid(planes, drawn.right | drawn.left, film.right | film.left, by_row=False)
        return both[0], both[1]
    total = np.zeros_like(planes)
    for name in ("right", "left"):
        reached = ndimage.binary_dilation(getattr(film, name), iterations=MET)
        inside = ndimage.gaussian_filter(reached.astype(np.float32), SOFT)
        total += _laid(planes, getattr(drawn, name), getattr(film, name), by_row=True) * inside
    return total[0], total[1]


def _laid(planes: Plane, drawn: Mask, film: Mask, *, by_row: bool) -> Plane:
    """Resample (n, s, s) planes so that the drawn mask comes to lie on the film's."""
    size = film.shape[0]
    top, bottom = _reach(film.any(1))
    first, last = _reach(drawn.any(1))
    rows = first + (np.arange(size) - top) * (last - first) / max(1, bottom - top)
    of_film, of_drawn = (_edges(mask, by_row=by_row) for mask in (film, drawn))
    at = np.clip(np.arange(size), top, bottom)
    left, right = of_film[:, at]
    low, high = (np.interp(np.clip(rows, first, last), np.arange(size), edge) for edge in of_drawn)
    share = (np.arange(size)[None, :] - left[:, None]) / np.maximum(right - left, 1)[:, None]
    columns = low[:, None] + share * (high - low)[:, None]
    where = np.stack(np.broadcast_arrays(rows[:, None], columns))
    return np.stack([ndimage.map_coordinates(plane, where, order=1) for plane in planes])


def _edges(mask: Mask, *, by_row: bool) -> NDArray[np.float64]:
    """Give the first and the last column (2, s) of a mask in each row, evened; of the whole mask in every row."""
    size = len(mask)
    if not by_row:
        return np.repeat(np.array([_reach(mask.any(0))], np.float64).T, size, axis=1)
    filled = np.flatnonzero(mask.any(1))
    ends = np.array([_reach(line) for line in mask[filled]], np.float64).T
    spread = np.stack([np.interp(np.arange(size), filled, end) for end in ends])
    return np.asarray(ndimage.gaussian_filter1d(spread, EVEN, axis=1, mode="nearest"))


def _reach(line: Any) -> tuple[int, int]:
    """Give the first and the last place of a line that is not false."""
    where = np.flatnonzero(line)
    return int(where[0]), int(where[-1])
