"""Keep a network's map of a label as a small picture that a reader may lay over the radiograph."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.ports import ToolInput
from overread.records import Activation, Score
from overread.tools._places import PlaceOf

SIDE = 48
"""Pixels on the longer side: more than the grid of the network's last maps, which hold no more than that."""
STEP = 5
"""Levels are multiples of it: fine enough to be looked at, and coarse enough that two processors, which give maps apart
by 5e-8 in the mean, keep the same picture, and so the same evidence id, 199 times in 200 (`overread.precision`)."""


def activation_of(score: Score, place: PlaceOf, work: ToolInput) -> Activation | None:
    """Keep the map of a label that is not clearly absent; None for one that is, and where the map is 0 everywhere."""
    if not _worth_showing(score):
        return None
    small = shrunk(place(score.label))
    if small is None:
        return None
    kept = work.artifacts.put_png(small)
    return Activation(label=score.label, png=kept.path, digest=kept.digest)


def shrunk(places: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    """Give a map [rows, columns] over a picture at no more than SIDE, 255 at its maximum; None where it is 0."""
    peak = float(places.max())
    if not peak > 0:
        return None
    rows, columns = places.shape
    share = min(1.0, SIDE / max(rows, columns))
    size = (max(1, round(columns * share)), max(1, round(rows * share)))
    plane = Image.fromarray(np.ascontiguousarray(places / peak, np.float32))
    small = np.asarray(plane.resize(size, Image.Resampling.BOX), np.float32)
    return np.asarray(np.rint(small / small.max() * (255 / STEP)) * STEP, np.uint8)


def _worth_showing(score: Score) -> bool:
    if score.band is not None and score.band[0] <= score.probability <= score.band[1]:
        return True
    return score.threshold is not None and score.probability >= score.threshold
