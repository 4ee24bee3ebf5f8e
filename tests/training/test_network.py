"""The fine-tuned network: what is taught, what stays, and that its saved heads say what it says."""

from tests.needs import require

require("training")

import torch

from overread.backends._classifier import pooled
from training.clip_data import DENSE_CHANNELS
from training.data import LABELS
from training.network import Network
from training.network_data import SEEN, STRIDE, Batch

COUNT = 4


def batch(*, phantoms: bool) -> Batch:
    generator = torch.Generator().manual_seed(3)
    side = SEEN // STRIDE
    maps = torch.rand(COUNT, len(DENSE_CHANNELS), side, side, generator=generator)
    labels = (torch.rand(COUNT, len(LABELS), generator=generator) > 0.5).float()
    labels[:, 0] = float("nan")
    images = torch.rand(COUNT, 1, SEEN, SEEN, generator=generator)
    return Batch(images, labels, torch.ones_like(labels), maps if phantoms else torch.full_like(maps, float("nan")))


def test_the_stem_and_the_batch_statistics_stay_and_the_rest_is_taught() -> None:
    network = Network()
    network.train()
    loss, _ = network(batch(phantoms=True))
    loss.backward()
    assert all(p.grad is None for p in network.trunk.embeddings.parameters())
    assert network.trunk.encoder.blocks[-1].expansion.expand_conv.weight.grad.abs().sum() > 0
    assert not any(module.training for module in network.trunk.modules())


def test_a_film_without_maps_teaches_labels_only_and_an_unknown_label_nothing() -> None:
    network = Network()
    loss, parts = network(batch(phantoms=False))
    assert parts["dense"].item() == 0.0
    loss.backward()
    assert network.label.weight.grad[0].abs().sum() == 0
    assert network.label.weight.grad[1].abs().sum() > 0


def test_the_saved_heads_say_what_the_network_says() -> None:
    network = Network().eval()
    given = batch(phantoms=False)
    network.measure([given])
    torch.nn.init.normal_(network.label.weight)
    weight, bias = network.linear()
    with torch.no_grad():
        features = pooled(network.map_of(given.images))
        inside = network.label((features - network.mean) / network.scale)
    assert torch.allclose(features @ weight.T + bias, inside, rtol=1e-3, atol=1e-2)
