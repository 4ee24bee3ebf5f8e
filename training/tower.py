"""Train the CLIP's vision tower with everything that is known of an image, before any text is read.

    python -m training.tower [--steps N] [--name tower] [--no-phantoms]

Model: the vision half of `CLIPModel`, 240 px, patch 20 (12 x 12 patches; other grids: `training.resolution`), 6 layers
of 256, projection 256. Heads that are dropped later teach it: labels (unknown ones masked), view, in or out of scope,
side, zone and size of findings, a map of organs and findings on the patch tokens that the VLM reads and on those of an
early layer, in the same places what the classifier's fine-tuned trunk sees (`training.distil`), and on real films what
its own heads say of them. Real films are of the patients that `training.folds.parts_of` gives to training.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.attributes import NAMES
from training.clip_data import DENSE_CHANNELS, VIEWS, Batch, Sampler
from training.data import LABELS
from training.device import CPU, Ahead, Budget, moved
from training.distil import HINT_PARTS, PARTS
from training.loop import Plan, fit, join_processes, processes, rank, step_precision
from training.paths import MODELS, WORK
from training.resolution import GRID, PATCH, SIZE
from training.start import continued, start_well

WIDTH = 256
MEMORY_LAYER = -2
"""The hidden state that the VLM reads, and that the dense losses teach."""
HINT_LAYER = 2
"""The hidden state after the first two layers, which look at their neighbours only."""
WEIGHTS = {
    "label": 2.0,
    "teacher": 2.0,
    "view": 0.2,
    "scope": 0.5,
    "attribute": 3.0,
    "dense": 12.0,
    "early": 6.0,
    "maps": 3.0,
    "hints": 2.0,
}
COVERED = {
    "right_lung": 2.0,
    "left_lung": 2.0,
    "heart": 2.0,
    "Edema": 3.0,
    "Pneumothorax": 6.0,
    "Pleural Effusion": 6.0,
    "Lung Opacity": 6.0,
    "Consolidation": 10.0,
    "Pneumoperitoneum": 12.0,
    "Support Devices": 12.0,
    "Atelectasis": 24.0,
    "Fracture": 24.0,
    "Lung Lesion": 24.0,
}
"""Weight of a patch that a structure covers, about a tenth of its rarity: else 1 patch in 300 teaches nothing."""
STEPS, RATE = 4800, 2e-3
SHIPPED = "shipped"
PLACES = "embeddings.position_embedding.weight"
"""The class token's position, then those of the patches, row by row."""


class Tower(nn.Module):
    """A CLIP vision tower and its projection, with the heads that exist only in training."""

    covered: Tensor

    def __init__(self) -> None:
        from transformers import CLIPVisionConfig, CLIPVisionModel

        super().__init__()
        config = CLIPVisionConfig(
            hidden_size=WIDTH,
            num_attention_heads=4,
            projection_dim=WIDTH,
            intermediate_size=1024,
            num_hidden_layers=6,
            image_size=SIZE,
            patch_size=PATCH,
        )
        self.vision: Any = CLIPVisionModel(config)
        self.projection = nn.Linear(WIDTH, WIDTH, bias=False)
        self.label = nn.Linear(WIDTH, len(LABELS))
        self.view = nn.Linear(WIDTH, len(VIEWS))
        self.scope = nn.Linear(WIDTH, 1)
        self.attribute = nn.Linear(WIDTH, len(NAMES))
        self.dense = nn.Linear(WIDTH, len(DENSE_CHANNELS))
        self.early = nn.Linear(WIDTH, len(DENSE_CHANNELS))
        self.maps = nn.Linear(WIDTH, PARTS)
        self.hints = nn.Linear(WIDTH, 4 * HINT_PARTS)
        weights = torch.tensor([COVERED[name] for name in DENSE_CHANNELS])
        self.register_buffer("covered", weights, persistent=False)
        self.scale = nn.Parameter(torch.tensor(8.0))
        nn.init.constant_(self.dense.bias, -3.0)
        nn.init.constant_(self.early.bias, -3.0)
        nn.init.constant_(self.attribute.bias, -3.0)

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the summed loss and its parts."""
        seen = self.vision(pixel_values=batch.images, output_hidden_states=True)
        embedding = functional.normalize(self.projection(seen.pooler_output).float(), dim=-1)
        patches = seen.hidden_states[MEMORY_LAYER][:, 1:]
        early = seen.hidden_states[HINT_LAYER][:, 1:]
        covering = 1 + (self.covered - 1) * batch.dense.nan_to_num(0.0)
        scaled = embedding * self.scale.clamp(1, 30)
        said = self.label(scaled)
        parts = {
            "label": masked_bce(said, batch.labels, batch.label_weight),
            "teacher": masked_bce(said, batch.teacher_labels, None),
            "view": functional.cross_entropy(self.view(scaled), batch.view, ignore_index=-1),
            "scope": functional.binary_cross_entropy_with_logits(self.scope(scaled)[:, 0], batch.out_of_scope),
            "attribute": masked_bce(self.attribute(scaled), batch.attributes, 1 + 2 * batch.attributes.nan_to_num(0.0)),
            "dense": masked_bce(self.dense(patches), batch.dense, covering),
            "early": masked_bce(self.early(early), batch.dense, covering),
            "maps": masked_mse(self.maps(patches), batch.teacher_maps),
            "hints": masked_mse(self.hints(early), batch.teacher_hints),
        }
        parts = {name: torch.nan_to_num(value.float()) for name, value in parts.items()}
        return sum((WEIGHTS[name] * value for name, value in parts.items()), torch.zeros(())), parts


def masked_bce(logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """Give the mean binary cross-entropy over targets that are known (not NaN); all three have one shape."""
    known = (~target.isnan()).float()
    if weight is not None:
        known = known * weight
    raw = functional.binary_cross_entropy_with_logits(logits.float(), target.nan_to_num(0.0), reduction="none")
    return (raw * known).sum() / known.sum().clamp_min(1.0)


def masked_mse(values: Tensor, target: Tensor) -> Tensor:
    """Give the mean squared error over rows that have a teacher."""
    known = (~target.isnan()).float()
    return ((values.float() - target.nan_to_num(0.0)).square() * known).sum() / known.sum().clamp_min(1.0)


def see_as(model: Tower, folder: Path) -> None:
    """Take the vision half of a saved CLIP, of this grid or another; the heads stay as they are."""
    from transformers import CLIPModel

    clip = CLIPModel.from_pretrained(folder, dtype=torch.float32)
    weights = clip.vision_model.state_dict()
    places = weights[PLACES]
    weights[PLACES] = torch.cat([places[:1], continued(places[1:], GRID)])
    model.vision.load_state_dict(weights)
    model.projection.load_state_dict(clip.visual_projection.state_dict())


def plan_of(name: str, steps: int, rate: float = RATE) -> Plan:
    """Plan the training of a tower."""
    return Plan(name, steps, rate, warmup=50, muon=True)


def train(
    plan: Plan,
    sampler: Sampler,
    *,
    resume: bool,
    initial: str | None,
    device: torch.device = CPU,
    budget: Budget | None = None,
    threads: int = 0,
) -> Any:
    """Train and return the averaged tower; `threads` draw batches ahead."""
    torch.manual_seed(plan.seed)
    model = Tower()
    start_well(model.vision, sampler.images)
    if initial == SHIPPED:
        see_as(model, MODELS / "clip")
    elif initial:
        model.load_state_dict(torch.load(WORK / initial / "checkpoint.pt", weights_only=True)["average"])
    ahead = Ahead(lambda step: sampler.draw(plan.seed * 1_000_003 + step * processes() + rank()), threads)

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        batch = moved(ahead(step), device)
        with step_precision(device):
            loss, parts = model(batch)
        return loss, {name: float(value) for name, value in parts.items()}

    try:
        return fit(model.to(device), plan, step_loss, resume=resume, budget=budget)
    finally:
        ahead.close()


def main() -> None:
    """Train the tower; `training.clip` goes on from its checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--name", default="tower")
    parser.add_argument("--initial", help=f"start from this run's averaged weights; '{SHIPPED}': from models/clip")
    parser.add_argument("--no-phantoms", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    options = parser.parse_args()
    join_processes()
    plan = plan_of(options.name, options.steps, options.rate)
    train(plan, Sampler(phantoms=not options.no_phantoms), resume=not options.fresh, initial=options.initial)


if __name__ == "__main__":
    main()
