"""Films with parts hidden: how much, what is asked for, and that it is not shown."""

from tests.needs import require

require("training")

import torch

from training.network_data import SEEN, STRIDE
from training.pretrain_trial import ASKED, HIDDEN, Filling, Hidden, asked_of, hidden_places

PLACES = SEEN // STRIDE


def films() -> torch.Tensor:
    return torch.rand(2, 1, SEEN, SEEN, generator=torch.Generator().manual_seed(0))


def test_half_of_each_film_is_hidden_in_blocks_and_another_half_by_another_seed() -> None:
    hidden = hidden_places(5, torch.Generator().manual_seed(1))
    assert hidden.shape == (5, 1, PLACES, PLACES)
    assert hidden.mean((1, 2, 3)).tolist() == [HIDDEN] * 5
    assert torch.equal(hidden[:, :, ::2], hidden[:, :, 1::2])
    assert not torch.equal(hidden, hidden_places(5, torch.Generator().manual_seed(2)))


def test_what_is_asked_for_is_each_place_standardised_by_itself() -> None:
    asked = asked_of(films() * 0.5 + 0.2)
    assert asked.shape == (2, ASKED * ASKED, PLACES, PLACES)
    assert asked.mean(1).abs().max() < 1e-4
    assert torch.allclose(asked, asked_of(films()), atol=0.1)
    changed = films()
    changed[:, :, :STRIDE, :STRIDE] = 0.0
    differs = (asked_of(changed) != asked_of(films())).any(1)
    assert differs.sum() == 2
    assert differs[:, 0, 0].all()


def test_the_trunk_learns_to_fill_in_and_its_stem_stays() -> None:
    model = Filling()
    model.fill.weight.data.normal_(std=0.01)
    hidden = torch.zeros(2, 1, PLACES, PLACES)
    hidden[:, :, 3:5, 3:5] = 1
    model(Hidden(films(), hidden)).backward()
    assert model.trunk.encoder.blocks[-1].expansion.expand_conv.weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in model.trunk.embeddings.parameters())
