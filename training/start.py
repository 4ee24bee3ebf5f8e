"""Start a small vision transformer where a convolutional network would start: it sees detail, place and neighbours.

With the usual random start a token is little more than its patch's brightness, attention is uniform, and small
findings are learnt very late. Patch filters: whitening of real patches (Jordan 2024, arXiv 2404.00498). Positions:
two-dimensional sinusoids (Chen et al. 2021, arXiv 2104.02057). Attention of the first layers: each head looks at one
neighbour (Zheng et al. 2024, arXiv 2404.01139, reached here in closed form by turning the sinusoids).

The patch filters stay as they are set: trained, they turn to what is strongest in a patch. After some 5,000 steps the
two leading components, brightness, made 60 % of a token's variance, and those that tell a line were a hundred times
weaker than they: tubes and bands were not learnt any more, whatever taught them.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

RATES = np.linspace(0.2, 2.4, 16)
"""Radians a patch step: rates up to 2.4 tell a patch from its neighbour, the slow ones keep distant patches apart."""
PLACE = 4 * len(RATES)
"""Channels that hold the position: sine and cosine of the row, then of the column."""
NEIGHBOURS = (
    ((0, 1), (0, -1), (1, 0), (-1, 0)),
    ((1, 1), (1, -1), (-1, 1), (-1, -1)),
    ((0, 2), (0, -2), (2, 0), (-2, 0)),
)
"""(rows, columns) from a patch to the one that a head looks at, a tuple a layer."""
PLACE_SHARE = 1 / 3
"""Part of a token's variance that is its position."""
SAMPLES = 20_000


@torch.no_grad()
def start_well(vision: Any, images: NDArray[np.uint8], seed: int = 0) -> None:
    """Set patch filters, for good, and positions and the first layers' attention of a CLIP vision tower, in place.

    `images` (n, h, w) are grey levels to cut patches from, none smaller than the tower's image.
    """
    config = vision.config
    size, patch, width = config.image_size, config.patch_size, config.hidden_size
    patches = sample_patches(images, size, patch, seed)
    filters = whitening(patches, width - PLACE)
    content = float(np.square(patches @ filters.T).mean())
    embeddings = vision.embeddings
    kernel = np.concatenate([np.zeros((PLACE, patch * patch)), filters / 3]).reshape(width, 1, patch, patch)
    embeddings.patch_embedding.weight.copy_(torch.from_numpy(kernel).float().expand(-1, 3, -1, -1))
    embeddings.patch_embedding.weight.requires_grad_(False)
    height = np.sqrt(content * (width - PLACE) * PLACE_SHARE / (1 - PLACE_SHARE) / (PLACE / 2))
    embeddings.position_embedding.weight.normal_(std=0.02)
    embeddings.position_embedding.weight[1:, :PLACE] = float(height) * sinusoids(size // patch)
    for layer, offsets in zip(vision.encoder.layers, NEIGHBOURS, strict=False):
        look_at(layer.self_attn, offsets)


def sample_patches(images: NDArray[np.uint8], size: int, patch: int, seed: int) -> NDArray[np.float64]:
    """Give (n, patch * patch) random patches of (m, size, size) images, normalised as the tower's input is."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(len(images), size=SAMPLES)
    corners = draw.integers(size - patch, size=(SAMPLES, 2))
    cut = [images[i, y : y + patch, x : x + patch] for i, (y, x) in zip(rows, corners, strict=True)]
    return np.asarray((np.stack(cut).reshape(SAMPLES, -1) / 255.0 - 0.5) / 0.25)


def whitening(patches: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Give (count, patch * patch) filters: the leading principal components, the weak ones lifted less."""
    values, vectors = np.linalg.eigh(np.cov(patches.T))
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    return np.asarray((vectors / np.sqrt(values + values[min(60, count - 1)])).T)


def sinusoids(grid: int) -> Tensor:
    """Give (grid * grid, PLACE) sines and cosines of row and column."""
    angles = np.arange(grid)[:, None] * RATES[None]
    line = np.concatenate([np.sin(angles), np.cos(angles)], 1)
    return torch.from_numpy(np.concatenate([np.repeat(line, grid, 0), np.tile(line, (grid, 1))], 1)).float()


def continued(places: Tensor, grid: int) -> Tensor:
    """Give (grid * grid, width) positions for those (n * n, width) of a coarser or finer grid, the same step a patch.

    The sinusoids go on as they are: heads that look at a neighbour still find it. What training added to them is
    stretched over the new grid. The same grid gives the same positions.
    """
    before = round(len(places) ** 0.5)
    if before == grid:
        return places
    known = sinusoids(before)
    height = (places[:, :PLACE] * known).sum() / known.square().sum()
    added = places.clone()
    added[:, :PLACE] -= height * known
    planes = added.T.reshape(1, -1, before, before)
    wider = functional.interpolate(planes, grid, mode="bicubic", align_corners=False)[0].flatten(1).T.clone()
    wider[:, :PLACE] += height * sinusoids(grid)
    return wider


def turned(rows: int, columns: int) -> Tensor:
    """Give the (PLACE, PLACE) map that takes a position's sinusoids to those of the position so many steps on."""
    count = len(RATES)
    turn = np.zeros((PLACE, PLACE))
    for axis, steps in enumerate((rows, columns)):
        sine = np.arange(count) + 2 * count * axis
        cosine = sine + count
        turn[sine, sine] = turn[cosine, cosine] = np.cos(RATES * steps)
        turn[sine, cosine], turn[cosine, sine] = np.sin(RATES * steps), -np.sin(RATES * steps)
    return torch.from_numpy(turn).float()


def look_at(attention: Any, offsets: tuple[tuple[int, int], ...]) -> None:
    """Make each head attend to one neighbour by position, and pass on what that neighbour holds."""
    width = attention.q_proj.weight.shape[1]
    head = width // len(offsets)
    for number, (rows, columns) in enumerate(offsets):
        part = slice(number * head, number * head + PLACE)
        attention.q_proj.weight[part, :PLACE] += turned(rows, columns)
        attention.k_proj.weight[part, :PLACE] += torch.eye(PLACE)
    attention.v_proj.weight.normal_(std=width**-0.5)
