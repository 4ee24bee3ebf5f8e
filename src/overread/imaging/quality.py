"""Measure how a shown picture looks, before anybody asks what is on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.imaging.percentiles import LEVELS, of_counts, percentiles
from overread.ports import Picture

POLARITY_SUSPICIOUS = 0.12
"""Of 946 frontal and lateral radiographs, 0.1 % lie above; of the same pictures inverted, 97 % do."""
BLANK_TOLERANCE = 2
"""Grey levels around the most frequent one that count as the same."""
MIDDLE = (0.3, 0.7)
"""Where a band divides a picture; nearer to an edge it lies between the exposed field and a label beside it."""
LONG_SIDE = 512
"""Statistics are taken on a picture thinned to about this size: they do not need more."""


@dataclass(frozen=True)
class QualityStatistics:
    """Figures of one picture; fractions 0 to 1 of its pixels unless said otherwise."""

    blank_fraction: float
    """Pixels within 2 grey levels of the most frequent one; 1 for an empty picture."""
    dynamic_range: float
    """Percentile 99.5 minus percentile 0.5, as a fraction of the 255 grey levels."""
    polarity: float
    """-1 to 1: air regions minus mediastinum and abdomen; above `POLARITY_SUSPICIOUS` the picture looks inverted."""
    saturated_fraction: float
    """Pixels at 0 or 255, collimated border left out."""
    sharpness: float
    """Variance of the Laplacian of the picture at full size, grey levels squared; low = blurred."""
    border_fraction: float
    """Rows and columns at the edges that are all but constant (collimation, letterbox bars), as a fraction of area."""
    dividing_band: float
    """Widest run of all but constant rows or columns in the middle of the picture, as a part of its height or width:
    what lies between two films on one picture."""


def measure(picture: Picture) -> QualityStatistics:
    """Measure one shown picture [rows, columns]."""
    thin = _thinned(picture)
    content = thin[content_box(thin)]
    counts = _counts(thin)
    return QualityStatistics(
        blank_fraction=_blank_fraction(counts),
        dynamic_range=_range(counts),
        polarity=polarity(picture),
        saturated_fraction=float(np.mean((content == 0) | (content == 255))),
        sharpness=_sharpness(picture),
        border_fraction=1.0 - content.size / thin.size,
        dividing_band=max(_band(content), _band(content.T)),
    )


def looks_blank(picture: Picture, blank_fraction: float, least_range: float) -> bool:
    """Say whether a picture is blank by two limits on what `measure` gives, without measuring the rest."""
    counts = _counts(_thinned(picture))
    return _blank_fraction(counts) >= blank_fraction or _range(counts) < least_range


def polarity(picture: Picture) -> float:
    """Compare where a chest has air (upper corners, mid lungs) with where it has tissue (mediastinum, abdomen).

    Medians of fixed boxes of the frame, scaled by percentiles 1 and 99: -1 to 1, 0 for a flat picture. Air brighter
    than tissue (a positive value) means inverted grey levels, or no chest.
    """
    thin = _thinned(picture)
    low, high = percentiles(thin, (1, 99))
    if high - low < 1:
        return 0.0
    corners = (_box(thin, 0.02, 0.12, 0.02, 0.15) + _box(thin, 0.02, 0.12, 0.85, 0.98)) / 2
    lungs = (_box(thin, 0.25, 0.60, 0.20, 0.38) + _box(thin, 0.25, 0.60, 0.62, 0.80)) / 2
    mediastinum = _box(thin, 0.45, 0.85, 0.45, 0.55)
    abdomen = _box(thin, 0.85, 0.97, 0.20, 0.80)
    difference = (corners + lungs) / 2 - (mediastinum + abdomen) / 2
    return float(np.clip(difference / (high - low), -1, 1))


def _box(picture: Picture, top: float, bottom: float, left: float, right: float) -> float:
    rows, columns = picture.shape
    first_row, first_column = int(top * rows), int(left * columns)
    last_row = max(int(bottom * rows), first_row + 1)
    last_column = max(int(right * columns), first_column + 1)
    return float(np.median(picture[first_row:last_row, first_column:last_column]))


def _thinned(picture: Picture) -> Picture:
    step = max(1, max(picture.shape) // LONG_SIDE)
    return picture[::step, ::step]


def _counts(picture: Picture) -> NDArray[np.int64]:
    return np.bincount(picture.ravel(), minlength=LEVELS)


def _range(counts: NDArray[np.int64]) -> float:
    low, high = of_counts(counts, (0.5, 99.5))
    return (high - low) / 255.0


def _blank_fraction(counts: NDArray[np.int64]) -> float:
    mode = int(counts.argmax())
    return float(counts[max(0, mode - BLANK_TOLERANCE) : mode + BLANK_TOLERANCE + 1].sum() / counts.sum())


def content_box(picture: Picture) -> tuple[slice, slice]:
    """Give the rows and columns between the edges that are all but constant; of an empty picture all of them."""
    rows = np.flatnonzero(np.ptp(picture, axis=1) > 2 * BLANK_TOLERANCE)
    columns = np.flatnonzero(np.ptp(picture, axis=0) > 2 * BLANK_TOLERANCE)
    if not rows.size or not columns.size:
        return slice(0, picture.shape[0]), slice(0, picture.shape[1])
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _band(content: Picture) -> float:
    """Give the widest run of all but constant columns that lies wholly in `MIDDLE`, as a part of the width."""
    flat = np.ptp(content, axis=0) <= 2 * BLANK_TOLERANCE
    edges = np.flatnonzero(np.diff(np.r_[False, flat, False].astype(np.int8)))
    first, last = MIDDLE[0] * flat.size, MIDDLE[1] * flat.size
    runs = [end - start for start, end in zip(edges[::2], edges[1::2], strict=True) if first <= start and end <= last]
    return float(max(runs, default=0) / flat.size)


def _sharpness(picture: Picture) -> float:
    if min(picture.shape) < 3:
        return 0.0
    middle = _middle(picture).astype(np.int16)
    laplacian: NDArray[np.int16] = (
        middle[:-2, 1:-1] + middle[2:, 1:-1] + middle[1:-1, :-2] + middle[1:-1, 2:] - 4 * middle[1:-1, 1:-1]
    )
    return float(laplacian.var(dtype=np.float64))


def _middle(picture: Picture, side: int = 1024) -> Picture:
    """Give the central part, at most `side` pixels square: enough to judge sharpness."""
    top, left = max(0, (picture.shape[0] - side) // 2), max(0, (picture.shape[1] - side) // 2)
    return picture[top : top + side, left : left + side]
