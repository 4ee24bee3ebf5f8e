"""Where a real film's findings are known to lie: boxes drawn by radiologists, and films without any finding."""

import json

import numpy as np
from numpy.typing import NDArray

from training.data import Row
from training.phantom_cache import DENSE_CHANNELS, FINDING_CHANNELS

CELLS = 64
"""Places a side of the square canvas."""
CHANNEL_OF = {
    "Atelectasis": "Atelectasis",
    "Effusion": "Pleural Effusion",
    "Infiltrate": "Lung Opacity",
    "Pneumonia": "Lung Opacity",
    "Pneumothorax": "Pneumothorax",
    "Mass": "Lung Lesion",
    "Nodule": "Lung Lesion",
}
"""NIH's boxes by the channel that they teach; a box of the heart says less than the heart's own outline."""
NOT_NIHS = frozenset({"Support Devices", "Fracture", "Pneumoperitoneum"})
NOT_IN_A_CLEAR_FILM = tuple(name for name in FINDING_CHANNELS if name not in NOT_NIHS)
"""Findings that a film labelled No Finding shows nowhere; NIH has no label for devices, fractures and free air."""


def places_of(row: Row) -> NDArray[np.float32]:
    """Give (channels, CELLS, CELLS): 1 in a finding's box, 0 where it is not, NaN where nobody knows."""
    maps = np.full((len(DENSE_CHANNELS), CELLS, CELLS), np.nan, np.float32)
    if row.label("No Finding") == 1:
        for name in NOT_IN_A_CLEAR_FILM:
            maps[DENSE_CHANNELS.index(name)] = 0.0
    for box in json.loads(row.fields["boxes"] or "[]"):
        if box["label"] in CHANNEL_OF:
            plane = maps[DENSE_CHANNELS.index(CHANNEL_OF[box["label"]])]
            np.nan_to_num(plane, copy=False)
            plane[_cells(row, box)] = 1.0
    return maps


def _cells(row: Row, box: dict[str, float]) -> tuple[slice, slice]:
    """Give the rows and columns of the canvas that a box in the film's pixels covers, one of each at least."""
    width, height = int(row.fields["width"]), int(row.fields["height"])
    side = max(width, height)
    left, top = box["x"] + (side - width) / 2, box["y"] + (side - height) / 2

    def span(start: float, length: float) -> slice:
        first = min(CELLS - 1, int(start / side * CELLS))
        return slice(first, max(first + 1, round((start + length) / side * CELLS)))

    return span(top, box["h"]), span(left, box["w"])
