"""Train the segmenter: lungs (patient's right, left) and heart as three sigmoid channels.

    python -m training.segmenter [--steps N] [--real-only] [--name segmenter]

Model: `UperNetForSemanticSegmentation` over a small ResNet backbone (3.4 M parameters), 256 px letterboxed input.
Channels (`id2label`): 0 right_lung, 1 left_lung, 2 heart. They are independent probabilities (sigmoid, not softmax),
because the lung masks include the lung behind the heart, where both are true. Threshold 0.5.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.augment import affine, intensity, occlude, swap_style, unit_planes, warp
from training.data import HEART, KNOWS_HEART, KNOWS_LUNGS, LEFT_LUNG, LUNGS_STOP_AT_HEART, RIGHT_LUNG, manifest
from training.loop import Plan, fit, step_precision
from training.paths import MODELS, WORK
from training.saving import save_segmenter
from training.splits import split_of

SIZE = 256
BATCH = 16
CHANNELS = ("right_lung", "left_lung", "heart")
BITS = (RIGHT_LUNG, LEFT_LUNG, HEART)


@dataclass(frozen=True)
class Pool:
    """Images and packed masks of one kind, sampled uniformly; `share` is its part of a batch."""

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    known: NDArray[np.uint8]
    share: float


def build_model() -> nn.Module:
    """Make the untrained network."""
    from transformers import ResNetConfig, UperNetConfig, UperNetForSemanticSegmentation

    stages: dict[str, Any] = {
        "num_channels": 3,
        "embedding_size": 32,
        "hidden_sizes": [32, 64, 128, 256],
        "depths": [2, 2, 2, 2],
        "layer_type": "basic",
        "out_features": ["stage1", "stage2", "stage3", "stage4"],
    }
    decoder: dict[str, Any] = {
        "backbone_config": ResNetConfig(**stages),
        "hidden_size": 64,
        "use_auxiliary_head": False,
        "id2label": dict(enumerate(CHANNELS)),
        "label2id": {name: index for index, name in enumerate(CHANNELS)},
        "image_size": SIZE,
    }
    return UperNetForSemanticSegmentation(UperNetConfig(**decoder))


def real_pools(shares: Mapping[str, float]) -> list[Pool]:
    """Give the training pools of real films whose licence allows it: children and adults apart."""
    cache = np.load(WORK / "cache" / "real.npz")
    rows = manifest()
    usable = np.array([row.trainable and row.split == "train" for row in rows]) & (cache["known"] > 0)
    child = np.array([row.source == "kermany" for row in rows])
    pools = []
    for name, chosen in (("child", usable & child), ("adult", usable & ~child)):
        pools.append(Pool(cache["images"][chosen], cache["masks"][chosen], cache["known"][chosen], shares[name]))
    return pools


def phantom_pool(share: float) -> Pool:
    """Give the training phantoms; their masks know everything."""
    cache = np.load(WORK / "cache" / "phantoms.npz")
    chosen = np.array([split_of(f"phantom:{number}") == "train" for number in cache["numbers"]]) & cache["frontal"]
    known = np.full(int(chosen.sum()), KNOWS_LUNGS | KNOWS_HEART, np.uint8)
    return Pool(cache["images"][chosen], cache["masks"][chosen], known, share)


def draw(pools: list[Pool], generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Give a batch: images (n, 1, s, s) in [0, 1], targets (n, 3, s, s), and their weights (0 where unknown)."""
    shares = torch.tensor([pool.share for pool in pools])
    which = torch.multinomial(shares, BATCH, replacement=True, generator=generator).tolist()
    images, masks, known = [], [], []
    for kind in which:
        index = int(torch.randint(len(pools[kind].images), (1,), generator=generator))
        images.append(pools[kind].images[index])
        masks.append(pools[kind].masks[index])
        known.append(int(pools[kind].known[index]))
    image = unit_planes(np.stack(images))
    packed = torch.from_numpy(np.stack(masks))
    target = torch.stack([(packed & bit) > 0 for bit in BITS], 1).float()
    return image, target, _weights(target, known)


def _weights(target: Tensor, known: list[int]) -> Tensor:
    weight = torch.zeros_like(target)
    for index, bits in enumerate(known):
        weight[index, :2] = float(bool(bits & KNOWS_LUNGS))
        weight[index, 2] = float(bool(bits & KNOWS_HEART))
        if bits & LUNGS_STOP_AT_HEART:
            weight[index, :2] *= 1 - target[index, 2]
    return weight


def augmented(pools: list[Pool], seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw and augment a batch; the side of the body is never flipped.

    Gives images (n, 3, s, s), normalised, targets (n, 3, s, s), 0 or 1, and their weights (0 where unknown).
    """
    generator = torch.Generator().manual_seed(seed)
    image, target, weight = draw(pools, generator)
    image = swap_style(image, image.roll(1, 0), generator, 0.35)
    maps = affine(BATCH, generator, degrees=14, zoom=(0.72, 1.35), shift=0.12)
    both = warp(torch.cat([image, target, weight], 1), maps, SIZE)
    image, target, weight = both[:, :1], (both[:, 1:4] > 0.5).float(), both[:, 4:]
    outside = warp(torch.ones(BATCH, 1, SIZE, SIZE), maps, SIZE)
    weight = torch.where(outside > 0.5, weight, weight.amax((2, 3), keepdim=True))
    image = occlude(intensity(image, generator), generator, 0.4)
    return ((image - 0.5) / 0.25).expand(-1, 3, -1, -1), target, weight


def loss_of(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Give cross-entropy plus soft Dice over the known pixels of known channels; all three are (n, 3, s, s)."""
    entropy = functional.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum") / weight.sum().clamp(
        1
    )
    chance = torch.sigmoid(logits) * weight
    overlap = (chance * target).sum((2, 3))
    total = chance.sum((2, 3)) + (target * weight).sum((2, 3))
    dice = 1 - (2 * overlap + 1) / (total + 1)
    counted = (weight.sum((2, 3)) > 0).float()
    return entropy + (dice * counted).sum() / counted.sum().clamp(1)


def train(pools: list[Pool], plan: Plan, *, resume: bool, initial: str | None = None) -> nn.Module:
    """Train on the pools and return the averaged model."""
    torch.manual_seed(plan.seed)
    model = build_model()
    if initial:
        model.load_state_dict(torch.load(WORK / initial / "checkpoint.pt", weights_only=True)["average"])
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        image, target, weight = augmented(pools, plan.seed * 1_000_003 + step)
        with step_precision():
            logits = model(pixel_values=image.contiguous(memory_format=torch.channels_last)).logits
        return loss_of(logits.float(), target, weight), {}

    return fit(model, plan, step_loss, resume=resume)


def main() -> None:
    """Train and save models/segmenter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--real-only", action="store_true", help="leave the phantoms out (the heart is then untaught)")
    parser.add_argument("--name", default="segmenter")
    parser.add_argument("--initial", help="start from this run's averaged weights")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    pools = real_pools({"child": 0.35, "adult": 0.25})
    if not options.real_only:
        pools.append(phantom_pool(0.4))
    plan = Plan(options.name, options.steps, options.rate)
    model = train(pools, plan, resume=not options.fresh, initial=options.initial)
    if not options.no_save:
        save_segmenter(model, MODELS / "segmenter")


if __name__ == "__main__":
    main()
