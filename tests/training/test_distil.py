"""What the tower is taught by the classifier's trunk, and that it stays in its place when the image is turned."""

import numpy as np
import pytest

from tests.needs import require

require("training")

import torch

from training.clip_data import DENSE_CHANNELS, covered, quarters, turned_alike
from training.distil import PARTS, Reduced
from training.resolution import GRID


def test_the_reduced_map_keeps_what_varies_and_counts_as_one() -> None:
    draw = np.random.default_rng(0)
    mixed = draw.normal(size=(112, 8)) @ draw.normal(size=(8, 40 * 64)) + 0.1 * draw.normal(size=(112, 40 * 64))
    maps = mixed.reshape(112, 40, 8, 8).transpose(1, 0, 2, 3).astype(np.float16)
    reduced = Reduced(maps, PARTS).of(maps)
    assert reduced.shape == (40, PARTS, 8, 8)
    power = np.square(reduced.astype(np.float32)).mean((0, 2, 3))
    assert power.mean() == pytest.approx(1.0, rel=0.1)
    assert power[:8].sum() > 0.5 * power.sum()


def test_what_the_teacher_saw_moves_with_the_image_and_ends_at_its_edge() -> None:
    seen = np.zeros((1, PARTS, 16, 16), np.float16)
    seen[0, 0, :, :8] = 1.0
    still = torch.eye(2, 3)[None]
    kept = turned_alike(seen, still, GRID)[0, 0]
    assert kept[:, : GRID // 2 - 1].min() == 1.0
    assert kept[:, GRID // 2 + 1 :].max() == 0.0
    moved = still.clone()
    moved[0, 0, 2] = 1.0
    shifted = turned_alike(seen, moved, GRID)[0, 0]
    assert shifted[:, GRID // 2 + 1 :].isnan().all()
    assert shifted[:, : GRID // 2 - 1].max() == 0.0


def test_a_token_is_taught_the_four_places_that_its_patch_covers() -> None:
    planes = torch.arange(4 * GRID * GRID).float().view(1, 1, 2 * GRID, 2 * GRID)
    taught = quarters(planes)
    assert taught.shape == (1, GRID * GRID, 4)
    above, below = 2 * (2 * GRID) + 2, 3 * (2 * GRID) + 2
    assert taught[0, GRID + 1].tolist() == [above, above + 1, below, below + 1]


def test_a_thin_tube_counts_wherever_it_crosses_a_patch_and_a_lung_by_its_share() -> None:
    planes = torch.zeros(1, len(DENSE_CHANNELS), 4 * GRID, 4 * GRID)
    planes[:, :, :, 0] = 1.0
    shares = dict(zip(DENSE_CHANNELS, covered(planes)[0, :, 0, 0].tolist(), strict=True))
    assert shares["Support Devices"] == 1.0
    assert shares["left_lung"] == 0.25
