"""Fine-tune the classifier's trunks on real films and phantoms: one for each fold of patients, which it never sees.

    python -m training.network --fold 0 [--steps N] [--name network] [--initial RUN|shipped]

Model: the stages of EfficientNet-Lite0 up to stride 16 with ImageNet weights, 192 px; the stem and the stages up to
stride 4 stay as they are (edges are edges, and most of the time goes there), batch statistics stay those of ImageNet.
One linear head a label on the features that the product's classifier pools; a map of organs and findings at stride 16,
taught by phantoms and by radiologists' boxes, tells the trunk where a finding is and is dropped afterwards.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from overread.backends._classifier import pooled
from training.clip_data import DENSE_CHANNELS
from training.data import LABELS
from training.device import CPU, Ahead, Budget, moved
from training.folds import COUNT
from training.loop import Plan, fit, join_processes, processes, rank, step_precision
from training.network_data import COVERED, SEEN, Batch, Sampler
from training.paths import MODELS, WORK
from training.teacher import CHANNELS, lite0_config, load_imagenet, standardised
from training.tower import masked_bce

STEPS, RATE = 1100, 7e-4
SHIPPED = "shipped"
FROZEN_BLOCKS = 3
"""Blocks up to stride 4."""
FEATURES = 27 * CHANNELS[-1]
DENSE_WEIGHT = 3.0
DROPPED = 0.3
FIRST = 24
"""Batches from which the features' mean and deviation are taken before training."""


class Network(nn.Module):
    """The trunk with its label heads and, in training, a map of what phantoms show."""

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        from transformers import EfficientNetModel

        super().__init__()
        trunk: Any = EfficientNetModel(lite0_config(image_size=SEEN))
        load_imagenet(trunk)
        for part in (trunk.embeddings, *trunk.encoder.blocks[:FROZEN_BLOCKS], trunk.encoder.top_conv):
            part.requires_grad_(False)
        self.trunk: Any = trunk.to(memory_format=torch.channels_last)
        self.label = nn.Linear(FEATURES, len(LABELS))
        self.dense = nn.Conv2d(CHANNELS[-1], len(DENSE_CHANNELS), 1)
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))
        nn.init.zeros_(self.label.weight)
        self.dense.bias = nn.Parameter(torch.full((len(DENSE_CHANNELS),), -3.0))

    def train(self, mode: bool = True) -> "Network":
        """Set the mode; the trunk's batch statistics are never learnt (batches are small)."""
        super().train(mode)
        self.trunk.eval()
        return self

    def map_of(self, images: Tensor) -> Tensor:
        """Give (n, 112, s / 16, s / 16) of (n, 1, s, s) images in [0, 1]."""
        seen = self.trunk(pixel_values=standardised(images), output_hidden_states=True)
        return seen.hidden_states[-1].float()

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the summed loss and its parts."""
        grid = self.map_of(batch.images)
        features = (pooled(grid) - self.mean) / self.scale
        said = self.label(functional.dropout(features, DROPPED, self.training))
        covered = 1 + (COVERED - 1) * batch.maps.nan_to_num(0.0)
        parts = {
            "label": masked_bce(said, batch.labels, batch.weight),
            "dense": masked_bce(self.dense(grid), batch.maps, covered),
        }
        return parts["label"] + DENSE_WEIGHT * parts["dense"], parts

    @torch.no_grad()
    def measure(self, batches: list[Batch]) -> None:
        """Take the features' mean and deviation, which the heads divide out."""
        seen = torch.cat([pooled(self.map_of(batch.images)) for batch in batches])
        self.mean.copy_(seen.mean(0))
        self.scale.copy_(seen.std(0) + 1e-2)

    def linear(self) -> tuple[Tensor, Tensor]:
        """Give (labels, features) weight and (labels,) bias on the features as the product pools them."""
        weight = self.label.weight / self.scale
        return weight.detach(), (self.label.bias - weight @ self.mean).detach()


def plan_of(name: str, steps: int, rate: float = RATE, seed: int = 0) -> Plan:
    """Plan the fine-tuning."""
    return Plan(name, steps, rate, weight_decay=0.05, warmup=40, average=0.99, seed=seed)


def see_as(model: Network, folder: Path) -> None:
    """Take a saved trunk; the heads start anew."""
    from transformers import EfficientNetModel

    saved = EfficientNetModel.from_pretrained(folder, dtype=torch.float32)
    model.trunk.load_state_dict(saved.state_dict())


def begin(fold: int, initial: str | None) -> Network:
    """Start from ImageNet, from a run's averaged network, or from the trunk that ships and has not seen the fold."""
    if initial != SHIPPED:
        return load(initial) if initial else Network()
    model = Network()
    see_as(model, MODELS / "classifier" / (f"fold_{fold}" if fold else ""))
    return model


def speak_as(model: Network, weight: Tensor, bias: Tensor) -> None:
    """Take heads (labels, features) and (labels,) on the features as the product pools them: what `linear` gave."""
    with torch.no_grad():
        model.label.weight.copy_(weight * model.scale)
        model.label.bias.copy_(bias + weight @ model.mean)


def started(plan: Plan, fold: int, initial: str | None, sampler: Sampler) -> Network:
    """Start a run, or the one that is gone on with; where the heads start anew, the features are measured."""
    torch.manual_seed(plan.seed)
    model = begin(fold, initial)
    if (not initial or initial == SHIPPED) and not (WORK / plan.name / "checkpoint.pt").exists():
        model.eval().measure([sampler.draw(-1 - seed) for seed in range(FIRST)])
    return model


def train(
    plan: Plan,
    model: Network,
    sampler: Sampler,
    *,
    device: torch.device = CPU,
    budget: Budget | None = None,
    threads: int = 0,
) -> nn.Module:
    """Train, going on from the run's checkpoint, and return the averaged network; `threads` draw batches ahead."""
    ahead = Ahead(lambda step: sampler.draw(plan.seed * 1_000_003 + step * processes() + rank()), threads)

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        batch = moved(ahead(step), device)
        with step_precision(device):
            loss, parts = model(batch)
        return loss, {name: value.item() for name, value in parts.items()}

    try:
        return fit(model.to(device), plan, step_loss, budget=budget)
    finally:
        ahead.close()


def load(name: str) -> Network:
    """Load a run's averaged network."""
    model = Network()
    model.load_state_dict(torch.load(WORK / name / "checkpoint.pt", weights_only=True)["average"])
    return model.eval()


def main() -> None:
    """Fine-tune; `training.classifier` goes on from the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--fold", type=int, required=True, choices=range(COUNT), help="the patients left out")
    parser.add_argument("--name", default="network", help="of the run; the fold is added")
    parser.add_argument("--initial", help="start from this run's averaged weights, or from the 'shipped' trunk")
    parser.add_argument("--seed", type=int, default=0, help="of the batches: another one than the run before had")
    options = parser.parse_args()
    join_processes()
    name = f"{options.name}-{options.fold}"
    plan, sampler = plan_of(name, options.steps, options.rate, options.seed), Sampler(left_out=options.fold)
    train(plan, started(plan, options.fold, options.initial, sampler), sampler)


if __name__ == "__main__":
    main()
