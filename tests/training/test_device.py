"""Batches that are drawn ahead, a limit of time, and training that ends by it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.needs import require

require("training")

import torch

from training.accelerated import SHARES, budget_of
from training.device import CPU, Ahead, Budget, moved
from training.loop import Plan, fit, rate_at


class Clock:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pair:
    image: torch.Tensor
    name: str


def test_drawing_ahead_gives_the_same_batches_in_order_and_after_a_jump() -> None:
    def draw(step: int) -> int:
        return step * step

    ahead = Ahead(draw, 3)
    assert [ahead(step) for step in (*range(20), 5, 6, 40, 41)] == [s * s for s in (*range(20), 5, 6, 40, 41)]
    ahead.close()
    plain = Ahead(draw, 0)
    assert plain(7) == 49
    plain.close()


def test_what_fails_ahead_fails_when_it_is_asked_for() -> None:
    ahead = Ahead(lambda step: 1 // (3 - step), 2)
    assert ahead(0) == 0
    with pytest.raises(ZeroDivisionError):
        [ahead(step) for step in range(1, 5)]
    ahead.close()


def test_a_batch_is_moved_whole_and_only_a_dataclass_is_one() -> None:
    batch = Pair(torch.ones(2), "film")
    assert moved(batch, CPU) is batch
    there = moved(batch, torch.device("meta"))
    assert (there.image.device.type, there.name, batch.image.device.type) == ("meta", "film", "cpu")
    with pytest.raises(TypeError):
        moved(3, torch.device("meta"))


def test_a_limit_is_spent_by_its_clock_and_one_of_nothing_at_once() -> None:
    clock = Clock()
    limit = Budget(50, clock)
    clock.now += 25
    assert limit.spent() == 0.5
    assert Budget(0, clock).spent() == 1.0


def test_the_rate_comes_down_with_the_time_where_that_is_further_on() -> None:
    plan = Plan("p", 1000, 1.0, warmup=10)
    assert rate_at(5, plan, 0.9) == rate_at(5, plan)
    assert rate_at(20, plan, 0.0) > 0.99
    assert rate_at(20, plan, 0.9) < 0.1
    assert rate_at(20, plan, 3.0) == pytest.approx(0.02)


def test_training_ends_with_the_step_that_spends_the_limit_and_keeps_its_weights(tmp_path: Path) -> None:
    ticks = iter(range(1000))
    net = torch.nn.Linear(3, 1)
    seen: list[int] = []

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        seen.append(step)
        return net(torch.ones(2, 3)).square().mean(), {}

    # The clock is asked once at the start, then twice a step.
    limit = Budget(9, lambda: float(next(ticks)))
    fit(net, Plan(str(tmp_path / "limited"), 50, 0.01, warmup=1), loss_of, budget=limit)
    kept = torch.load(tmp_path / "limited" / "checkpoint.pt", weights_only=True)
    assert (seen, kept["step"]) == ([0, 1, 2, 3, 4], 5)


def test_each_stage_has_its_share_of_what_is_left_and_the_last_has_it_all() -> None:
    stages = list(SHARES)
    first = budget_of("network", stages, 100.0).seconds
    assert 30 < first < 45
    assert budget_of("vlm", stages, 20.0).seconds == pytest.approx(20.0, rel=0.05)
    assert budget_of("vlm", ["network", "vlm"], 20.0).seconds == budget_of("vlm", stages, 20.0).seconds
    assert budget_of("network", ["network", "vlm"], 100.0).seconds > first
    assert budget_of("tower", stages, 0.0).spent() >= 1


@pytest.mark.parametrize("asked", [["--stages", "classifier"], ["--minutes", "0"], ["--minutes", "nan"]])
def test_what_cannot_be_done_is_refused(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from training.accelerated import options_of

    with pytest.raises(SystemExit):
        options_of(asked)
    assert "--" in capsys.readouterr().err
