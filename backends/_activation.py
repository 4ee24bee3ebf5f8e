"""Where a network of linear heads on pooled maps sees a label.

Class activation (Zhou et al., CVPR 2016): there a head reads the mean of each map only, and a place's part of the logit
is the head's weights times what the maps are at that place. Here it reads the mean, the maximum and the means of
cells as well, so that a place also has its part of the cells that it lies in, and the place of a map's maximum has all
of that maximum. What speaks against the label, a negative part, is no place of it.

A head may have a map head beside it: at each place one logistic regression on the maps, taught by phantoms' masks and
radiologists' boxes what the finding looks like. Its probability is then weighed by the activation, up to twice: the
maximum that a head reads is taken at one place only, even where a finding lies on both sides.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.imaging.letterbox import Letterbox

Array = NDArray[np.float32]
LEAST = 1e-6
"""An activation below it is none."""


class Look(NamedTuple):
    """What one trunk sees of a picture."""

    features: Array
    """(channels * (2 + cells * cells)): mean, maximum and cells of each map."""
    maps: Array
    """(channels, h, w) over the canvas."""
    box: Letterbox


class MapHead(NamedTuple):
    """Logistic regressions at each place, one for each trunk."""

    weight: Array
    """(trunks, channels)."""
    bias: Array
    """(trunks,)."""


def place_map(looks: Sequence[Look], weight: Array, head: MapHead | None, cells: int) -> Array:
    """Give a map, 0 and up, over the picture of some trunks' looks: higher where the label is seen more clearly.

    `weight` is the label's on the features of all looks, one after the other. The map's grid is that of the picture on
    the first trunk's canvas: (box.height, box.width). Without a map head it is the class activation alone.
    """
    each = np.split(weight, len(looks))
    active = [contributions(look.maps, part, cells) for look, part in zip(looks, each, strict=True)]
    found = np.maximum(_over_picture(looks, active), 0.0)
    if head is None:
        return found
    logits = [np.tensordot(row, look.maps, 1) + shift for look, row, shift in zip(looks, *head, strict=True)]
    chance = 1 / (1 + np.exp(-np.clip(_over_picture(looks, logits) / len(looks), -60.0, 60.0)))
    return np.asarray(chance * (1 + found / max(float(found.max()), LEAST)), np.float32)


def contributions(maps: Array, weight: Array, cells: int) -> Array:
    """Give (h, w): what each place of maps (c, h, w) adds to weight (c * (2 + cells * cells)) . pooled features.

    The places' sum is that product, up to rounding.
    """
    channels, height, width = maps.shape
    of_mean, of_max = weight[:channels], weight[channels : 2 * channels]
    of_cells = weight[2 * channels :].reshape(channels, cells * cells)
    shares = cell_shares(height, width, cells).reshape(cells * cells, -1)
    flat = maps.reshape(channels, -1)
    found = ((of_mean[:, None] / (height * width) + of_cells @ shares) * flat).sum(0)
    peaks = flat.argmax(1)
    np.add.at(found, peaks, of_max * flat[np.arange(channels), peaks])
    return np.asarray(found.reshape(height, width), np.float32)


@lru_cache(maxsize=8)
def cell_shares(height: int, width: int, cells: int) -> Array:
    """Give (cells * cells, height, width): the part that a place has in the mean of a cell.

    Cells are those of torch's adaptive average pooling; they overlap where a side is no multiple of `cells`.
    """
    rows, columns = _spans(height, cells), _spans(width, cells)
    return np.asarray(np.einsum("ay,bx->abyx", rows, columns).reshape(-1, height, width), np.float32)


def _spans(length: int, cells: int) -> NDArray[np.float64]:
    shares = np.zeros((cells, length))
    for cell in range(cells):
        first, end = cell * length // cells, -(-(cell + 1) * length // cells)
        shares[cell, first:end] = 1 / (end - first)
    return shares


def _over_picture(looks: Sequence[Look], planes: Sequence[Array]) -> Array:
    """Give the sum of planes, each over the canvas of its look, on the first look's grid; bars are cut off."""
    box = looks[0].box
    found = np.zeros((box.height, box.width), np.float32)
    for look, plane in zip(looks, planes, strict=True):
        size = look.box.pixels.shape[0]
        inside = _resized(plane, (size, size))[
            look.box.top : look.box.top + look.box.height, look.box.left : look.box.left + look.box.width
        ]
        found += _resized(inside, found.shape)
    return found


def _resized(plane: Array, shape: tuple[int, ...]) -> Array:
    if plane.shape == shape:
        return plane
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), np.float32)
