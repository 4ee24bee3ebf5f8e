"""Measure whether a trunk that first learns to fill in hidden parts of films tells more of them.

    python -m training.pretrain_trial [--steps 400]

The ImageNet trunk at 192 px is shown films of shipped licence, without labels and without the fold that tests, half of
their blocks of 32 px hidden; at each hidden place of its map it is asked for what was there, 8 x 8 grey levels
standardised by themselves (masked autoencoders; He et al. 2022, arXiv 2111.06377). Then both trunks stay as they are,
and logistic probes (`training.probe`) of NIH's films at 512 px of the other folds are tried on the first fold's whose
patients taught nothing; the interval of the difference is over patients.
"""

import argparse
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from overread.backends._classifier import pooled
from training.augment import affine, intensity, unit_planes, warp
from training.data import manifest
from training.embeddings import row_labels
from training.folds import TEST_FOLD, fold_of
from training.gains import Said, counted, gains, told
from training.loop import Plan, fit, step_precision
from training.mixed_trial import test_films
from training.network import Network
from training.network_data import SEEN, STRIDE, teaches
from training.new_films import WITHIN
from training.paths import RESULTS, WORK
from training.probe import Basis
from training.teacher import CHANNELS, standardised

BLOCK = 2
"""Places of the map a side that are hidden together."""
HIDDEN = 0.5
ASKED = 8
"""Grey levels a side that are asked for at each place."""
BATCH = 24
RATE = 5e-4
DIRECTIONS = 800
FLAT = 1e-3
AT_ONCE = 64


@dataclass
class Hidden:
    """Films with parts hidden."""

    images: Tensor
    """(n, 1, SEEN, SEEN) in [0, 1]."""
    hidden: Tensor
    """(n, 1, SEEN / STRIDE, SEEN / STRIDE): 1 where nothing is shown."""


class Sampler:
    """Draw films that may teach, each as often; the same seed draws the same batch."""

    def __init__(self) -> None:
        rows = manifest()
        kept = [i for i, row in enumerate(rows) if teaches(row) and fold_of(row.fields["patient_id"]) != TEST_FOLD]
        self.images: NDArray[np.uint8] = np.load(WORK / "cache" / "real.npz")["images"][kept]

    def draw(self, seed: int) -> Hidden:
        """Give the batch of a seed."""
        generator, draw = torch.Generator().manual_seed(seed), random.Random(seed)
        index = [draw.randrange(len(self.images)) for _ in range(BATCH)]
        maps = affine(BATCH, generator, degrees=10, zoom=(0.85, 1.25), shift=0.07)
        images = intensity(warp(unit_planes(self.images[index]), maps, SEEN), generator)
        return Hidden(images, hidden_places(BATCH, generator))


def hidden_places(count: int, generator: torch.Generator) -> Tensor:
    """Draw which places of the map are hidden, HIDDEN of the blocks of each film: (count, 1, places, places)."""
    side = SEEN // STRIDE // BLOCK
    order = torch.rand(count, side * side, generator=generator).argsort(1).argsort(1)
    blocks = (order < round(HIDDEN * side * side)).float().view(count, 1, side, side)
    return functional.interpolate(blocks, scale_factor=float(BLOCK))


class Filling(nn.Module):
    """A trunk that says what is behind what it is not shown."""

    def __init__(self) -> None:
        super().__init__()
        network = Network()
        self.trunk: Any = network.trunk
        self.fill = nn.Conv2d(CHANNELS[-1], ASKED * ASKED, 1)
        nn.init.zeros_(self.fill.weight)

    def train(self, mode: bool = True) -> "Filling":
        """Set the mode; batch statistics stay those of ImageNet, as in the classifier's training."""
        super().train(mode)
        self.trunk.eval()
        return self

    def forward(self, batch: Hidden) -> Tensor:
        """Give the mean squared error at hidden places."""
        shown = 1 - functional.interpolate(batch.hidden, scale_factor=float(STRIDE))
        seen = self.trunk(pixel_values=standardised(batch.images) * shown, output_hidden_states=True).hidden_states[-1]
        missed = (self.fill(seen).float() - asked_of(batch.images)).square().mean(1, keepdim=True)
        return (missed * batch.hidden).sum() / batch.hidden.sum()


def asked_of(images: Tensor) -> Tensor:
    """Give (n, ASKED * ASKED, places, places): what lies at each place, less its mean and over its deviation."""
    patches = functional.pixel_unshuffle(functional.avg_pool2d(images, STRIDE // ASKED), ASKED)
    return (patches - patches.mean(1, keepdim=True)) / (patches.std(1, keepdim=True) + FLAT)


def pretrained(plan: Plan) -> Any:
    """Give the averaged trunk after the plan."""
    torch.manual_seed(plan.seed)
    sampler, model = Sampler(), Filling()

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        with step_precision():
            return model(sampler.draw(plan.seed * 1_000_003 + step)), {}

    average: Any = fit(model, plan, step_loss)
    return average.trunk


@torch.no_grad()
def features(trunk: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give (n, 27 * 112) features of square images (n, s, s), as the product pools them at 192 px."""
    found = []
    for start in range(0, len(images), AT_ONCE):
        shown = functional.interpolate(unit_planes(images[start : start + AT_ONCE]), (SEEN, SEEN), mode="area")
        found.append(pooled(trunk(pixel_values=standardised(shown), output_hidden_states=True).hidden_states[-1]))
    return torch.cat(found).numpy()


def teaching_films() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Give NIH's films (n, 256, 256) at 512 px of the folds that teach, and what is known of them."""
    rows = manifest()
    kept = [
        i
        for i, row in enumerate(rows)
        if row.source == WITHIN and teaches(row) and fold_of(row.fields["patient_id"]) != TEST_FOLD
    ]
    images = np.load(WORK / "cache" / "real.npz")["images"][kept]
    return images, np.array([row_labels(rows[i]) for i in kept], np.float32)


def probed(taught: NDArray[np.float32], truth: NDArray[np.float32], asked: NDArray[np.float32], known: Said) -> Any:
    """Give logits (m, labels) of the asked features by probes of the taught ones; 0 for labels that do not count."""
    full = Basis.of(taught)
    basis = Basis(full.mean, full.scale, full.directions[:DIRECTIONS])
    said = np.zeros((len(asked), truth.shape[1]), np.float32)
    for label in counted(known):
        rows = ~np.isnan(truth[:, label])
        said[:, label] = basis.fit(basis.project(taught[rows]), truth[rows, label]).logit(asked)
    return said


def main() -> None:
    """Pre-train, probe and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=400)
    options = parser.parse_args()
    start = time.process_time()
    plan = Plan("pretrain-trial", options.steps, RATE, weight_decay=0.05, warmup=40, average=0.99)
    trunks = {"imagenet": Network().trunk, "filled in": pretrained(plan)}
    (images, known), (lessons, truth) = test_films(), teaching_films()
    said = {
        name: probed(features(trunk.eval(), lessons), truth, features(trunk, images), known)
        for name, trunk in trunks.items()
    }
    said["imagenet and filled in"] = said["imagenet"] + said["filled in"]
    results = {name: gains(known, said["imagenet"], scores) for name, scores in said.items() if name != "imagenet"}
    for name, figures in results.items():
        print(f"-- {name}, against imagenet\n{told(figures)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "pretrain_trial.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(round(time.process_time() - start), "processor seconds")


if __name__ == "__main__":
    main()
