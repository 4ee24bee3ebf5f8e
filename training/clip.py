"""Train the CLIP: one vision tower for zero-shot scores, calibrated heads, retrieval and the VLM.

    python -m training.clip [--steps N] [--name clip] [--no-phantoms]

Model: `CLIPModel`, vision 240 px, patch 24 (10 x 10 patches; measured 1.75 times as fast as 224 px, patch 16, on one
core), 6 layers of 256; text 4 layers of 256; projection 256. Beside the contrastive loss, heads that are dropped later
teach the towers: labels (unknown ones masked), view, in or out of scope, the side of each finding, a map of organs and
findings on the patch tokens that the VLM reads, and the frozen teacher's features (distillation).
"""

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.clip_data import DENSE_CHANNELS, SIDES, VIEWS, Batch, Sampler
from training.data import LABELS
from training.distil import DENSE_PARTS, POOLED_PARTS
from training.distil import SIZE as IMAGE_SIZE
from training.loop import Plan, fit, join_processes, processes, rank
from training.paths import MODELS, WORK

WIDTH = 256
PATCH = 24
GRID = IMAGE_SIZE // PATCH
MEMORY_LAYER = -2
"""The hidden state that the VLM reads, and that the dense losses teach."""
WEIGHTS = {
    "contrast": 0.3,
    "label": 2.0,
    "view": 0.2,
    "scope": 0.5,
    "side": 3.0,
    "dense": 6.0,
    "pooled": 0.3,
    "maps": 0.5,
}
DENSE_POSITIVE = 6.0
"""Weight of a patch that a finding covers: such patches are few."""


def build_clip(vocabulary: int, end: int, start: int) -> Any:
    """Make the untrained CLIPModel."""
    from transformers import CLIPConfig, CLIPModel

    shape = {"hidden_size": WIDTH, "num_attention_heads": 4, "projection_dim": WIDTH}
    vision = {**shape, "intermediate_size": 1024, "num_hidden_layers": 6, "image_size": IMAGE_SIZE, "patch_size": PATCH}
    text = {
        **shape,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "vocab_size": vocabulary,
        "max_position_embeddings": 77,
        "bos_token_id": start,
        "eos_token_id": end,
        "pad_token_id": end,
    }
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    return CLIPModel(config)


@torch.no_grad()
def start_well(clip: Any, images: NDArray[np.uint8], seed: int = 0) -> None:
    """Start the patch embedding as a whitening of real patches, and the positions as two-dimensional sinusoids.

    With random filters a token is little more than its patch's brightness, and small findings are learnt very late
    (whitening: Jordan 2024, arXiv 2404.00498; positions: Chen et al. 2021, arXiv 2104.02057).
    """
    draw = np.random.default_rng(seed)
    rows, corners = draw.integers(len(images), size=20_000), draw.integers(IMAGE_SIZE - PATCH, size=(20_000, 2))
    pairs = zip(rows, corners, strict=True)
    patches = np.stack([images[i, y : y + PATCH, x : x + PATCH] for i, (y, x) in pairs]).reshape(20_000, -1)
    values, vectors = np.linalg.eigh(np.cov((patches / 255.0 - 0.5).T / 0.25))
    values, vectors = values[::-1][:WIDTH], vectors[:, ::-1][:, :WIDTH]
    filters = (vectors / np.sqrt(values + values[60])).T.reshape(WIDTH, 1, PATCH, PATCH) / 3
    embeddings = clip.vision_model.embeddings
    embeddings.patch_embedding.weight.copy_(torch.from_numpy(filters.copy()).float().expand(-1, 3, -1, -1))
    embeddings.position_embedding.weight[1:] = 0.5 * torch.from_numpy(_sinusoids()).float()


def _sinusoids() -> NDArray[np.float64]:
    """Give (GRID * GRID, WIDTH) sines and cosines of row and column."""
    rates = 1.0 / 100 ** (np.arange(WIDTH // 4) / (WIDTH // 4))
    angles = np.arange(GRID)[:, None] * rates[None]
    line = np.concatenate([np.sin(angles), np.cos(angles)], 1)
    rows, columns = np.repeat(line, GRID, 0), np.tile(line, (GRID, 1))
    return np.concatenate([rows, columns], 1)


class ClipTrainer(nn.Module):
    """A CLIPModel with the heads that exist only in training."""

    def __init__(self, clip: Any) -> None:
        super().__init__()
        self.clip: Any = clip
        self.label = nn.Linear(WIDTH, len(LABELS))
        self.view = nn.Linear(WIDTH, len(VIEWS))
        self.scope = nn.Linear(WIDTH, 1)
        self.side = nn.Linear(WIDTH, len(SIDES))
        self.dense = nn.Linear(WIDTH, len(DENSE_CHANNELS))
        self.pooled = nn.Linear(WIDTH, POOLED_PARTS)
        self.maps = nn.Linear(WIDTH, DENSE_PARTS)
        self.scale = nn.Parameter(torch.tensor(8.0))
        nn.init.constant_(self.dense.bias, -3.0)

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the summed loss and its parts."""
        seen = self.clip.vision_model(pixel_values=batch.images, output_hidden_states=True)
        embedding = functional.normalize(self.clip.visual_projection(seen.pooler_output).float(), dim=-1)
        patches = seen.hidden_states[MEMORY_LAYER][:, 1:]
        read = self.clip.text_model(input_ids=batch.tokens, attention_mask=batch.token_mask)
        text = functional.normalize(self.clip.text_projection(read.pooler_output).float(), dim=-1)
        scaled = embedding * self.scale.clamp(1, 30)
        parts = {
            "contrast": self._contrast(embedding, text, batch.same),
            "label": masked_bce(self.label(scaled), batch.labels, batch.label_weight),
            "view": functional.cross_entropy(self.view(scaled), batch.view, ignore_index=-1),
            "scope": functional.binary_cross_entropy_with_logits(self.scope(scaled)[:, 0], batch.out_of_scope),
            "side": masked_bce(self.side(scaled), batch.sides, None),
            "dense": masked_bce(
                self.dense(patches), batch.dense, 1 + (DENSE_POSITIVE - 1) * batch.dense.nan_to_num(0.0)
            ),
            "pooled": masked_mse(self.pooled(seen.pooler_output), batch.teacher_pooled),
            "maps": masked_mse(self.maps(patches), batch.teacher_maps),
        }
        parts = {name: torch.nan_to_num(value.float()) for name, value in parts.items()}
        return sum((WEIGHTS[name] * value for name, value in parts.items()), torch.zeros(())), parts

    def _contrast(self, image: Tensor, text: Tensor, same: Tensor) -> Tensor:
        scale = self.clip.logit_scale.clamp(max=3.9).exp()
        logits = scale * image @ text.T
        target = same / same.sum(1, keepdim=True)
        return 0.5 * (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target))


def masked_bce(logits: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """Give the mean binary cross-entropy over targets that are known (not NaN)."""
    known = (~target.isnan()).float()
    if weight is not None:
        known = known * weight
    raw = functional.binary_cross_entropy_with_logits(logits.float(), target.nan_to_num(0.0), reduction="none")
    return (raw * known).sum() / known.sum().clamp_min(1.0)


def masked_mse(values: Tensor, target: Tensor) -> Tensor:
    """Give the mean squared error over rows that have a teacher."""
    known = (~target.isnan()).float()
    return ((values.float() - target.nan_to_num(0.0)).square() * known).sum() / known.sum().clamp_min(1.0)


def train(plan: Plan, sampler: Sampler, *, resume: bool, initial: str | None) -> Any:
    """Train and return the averaged CLIPModel."""
    torch.manual_seed(plan.seed)
    tokens = sampler.tokenizer
    model = ClipTrainer(build_clip(len(tokens), tokens.eos_token_id, tokens.bos_token_id))
    start_well(model.clip, sampler.images)
    if initial:
        model.load_state_dict(torch.load(WORK / initial / "checkpoint.pt", weights_only=True)["average"])

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        batch = sampler.draw(plan.seed * 1_000_003 + step * processes() + rank())
        with torch.autocast("cpu", torch.bfloat16):
            loss, parts = model(batch)
        return loss, {name: float(value) for name, value in parts.items()}

    return fit(model, plan, step_loss, resume=resume).clip


def main() -> None:
    """Train and save models/clip (the heads follow with training.heads)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--name", default="clip")
    parser.add_argument("--initial", help="start from this run's averaged weights")
    parser.add_argument("--no-phantoms", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    options = parser.parse_args()
    from training.saving import save_clip

    join_processes()
    sampler = Sampler(phantoms=not options.no_phantoms)
    clip = train(
        Plan(options.name, options.steps, options.rate), sampler, resume=not options.fresh, initial=options.initial
    )
    if rank() == 0:
        save_clip(clip, sampler.tokenizer, MODELS / "clip")


if __name__ == "__main__":
    main()
