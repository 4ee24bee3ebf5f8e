"""Muon: updates whose directions are even, and a loop that goes on where it stopped."""

import pytest

from tests.needs import require

require("training")

import torch

from training.muon import Both, Muon, orthogonal


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 32, 8), (2, 8, 32)])
def test_singular_values_become_even(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape) * torch.logspace(0, -1, shape[-1])
    before, after = (torch.linalg.svdvals(m) for m in (matrices, orthogonal(matrices)))
    assert after.shape == before.shape
    assert float((after.max(1).values / after.median(1).values).max()) < 1.6
    assert float(after.max()) < 1.4


def test_a_step_goes_downhill_and_its_size_is_that_of_the_rate() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(12, 12))
    wanted = torch.randn(12, 12)
    optimizer = Muon([weight], rate=0.01, weight_decay=0.0)
    losses = []
    for _ in range(60):
        loss = (weight - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        before = weight.detach().clone()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    assert 0.0005 < (weight - before).square().mean().sqrt().item() < 0.01


def test_an_optimizer_that_is_restored_goes_on_as_if_it_had_never_stopped() -> None:
    def start() -> tuple[torch.nn.Module, Both]:
        torch.manual_seed(0)
        net = torch.nn.Linear(6, 6)
        return net, Both(Muon([net.weight], 0.01, 0.0), torch.optim.AdamW([net.bias], 0.01))

    def steps(net: torch.nn.Module, optimizer: Both, first: int, last: int) -> None:
        for step in range(first, last):
            x = torch.randn(4, 6, generator=torch.Generator().manual_seed(step))
            optimizer.zero_grad()
            net(x).square().mean().backward()
            optimizer.step()

    whole, first = start()
    steps(whole, first, 0, 6)
    half, before = start()
    steps(half, before, 0, 3)
    resumed, after = start()
    resumed.load_state_dict(half.state_dict())
    after.load_state_dict(before.state_dict())
    steps(resumed, after, 3, 6)
    assert torch.allclose(whole.weight, resumed.weight, atol=1e-6)
    assert torch.allclose(whole.bias, resumed.bias, atol=1e-6)
