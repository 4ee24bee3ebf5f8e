"""The probe: a head on features."""

import numpy as np

from tests.needs import require

require("training")

import torch

from overread.backends._classifier import pooled
from training.probe import Basis

DRAW = np.random.default_rng(0)


def test_pooled_features_are_mean_maximum_and_cells() -> None:
    maps = torch.arange(2 * 3 * 10 * 10, dtype=torch.float32).view(2, 3, 10, 10)
    features = pooled(maps)
    assert features.shape == (2, 3 * 27)
    assert torch.equal(features[:, :3], maps.mean((2, 3)))
    assert torch.equal(features[:, 3:6], maps.amax((2, 3)))
    assert float(features[0, 6]) == float(maps[0, 0, :2, :2].mean())


def test_a_head_on_the_basis_is_a_head_on_the_features() -> None:
    features = DRAW.normal(size=(240, 30)).astype(np.float32)
    truth = (features[:, 0] > 0).astype(np.float32)
    basis = Basis.of(features)
    head = basis.fit(basis.project(features), truth, penalty=1.0)
    assert ((head.logit(features) > 0) == (truth == 1)).mean() > 0.95


def test_the_gates_of_the_trunk_are_open() -> None:
    from training.teacher import load_trunk, maps_of

    trunk = load_trunk()
    images = torch.rand(1, 1, 64, 64)
    gated = maps_of(trunk, images)
    for block in trunk.encoder.blocks:
        block.squeeze_excite = torch.nn.Identity()
    assert gated.shape == (1, 112, 4, 4)
    assert torch.allclose(gated, maps_of(trunk, images), atol=1e-5)
