"""Train the CLIP: the vision tower first, then the texts that name what it sees, then the heads.

    python -m training.clip [--tower-steps N] [--text-steps N] [--initial shipped]

Model: `CLIPModel`; its vision half is `training.tower`'s; text 4 layers of 256; projection 256. The texts are fitted to
the finished tower (locked-image tuning; Zhai et al. 2022, arXiv 2111.07991): embeddings are computed once, so that a
batch holds 128 of them. Two captions that say the same are positives of each other.
"""

import argparse
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training import heads, tower
from training.captions import caption, not_chest_caption
from training.clip_data import BY_LABEL, SOURCE_SHARES, Sampler
from training.embeddings import resized, unit_embeddings
from training.facts import Facts
from training.loop import Plan, fit, join_processes, leave_processes, rank, step_precision
from training.paths import MODELS
from training.tokens import clip_tokenizer

REAL, PHANTOM, OTHER = 60, 60, 8
STRANGE = 400


@dataclass(frozen=True)
class Gallery:
    """Unit embeddings of images and what is known of each; None for an image that is no chest."""

    embeddings: Tensor
    facts: list[Facts | None]
    groups: dict[str, NDArray[np.int64]]
    """Rows by source, `phantom` and `other` included."""
    by_label: dict[str, list[list[int]]]
    """Rows of a source of real films by the label that they show."""


def build_clip(trained: Any, tokenizer: Any) -> Any:
    """Make the CLIPModel around a trained tower."""
    from transformers import CLIPConfig, CLIPModel

    text = {
        "hidden_size": tower.WIDTH,
        "num_attention_heads": 4,
        "projection_dim": tower.WIDTH,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 77,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.eos_token_id,
    }
    vision = trained.vision.config.to_dict()
    clip = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=tower.WIDTH))
    clip.vision_model.load_state_dict(trained.vision.state_dict())
    clip.visual_projection.load_state_dict(trained.projection.state_dict())
    return clip


def gallery_of(clip: Any, sampler: Sampler) -> Gallery:
    """Embed the tower's training images once: films as they are, phantoms, images out of scope."""
    parts = [unit_embeddings(clip, resized(sampler.images))]
    facts: list[Facts | None] = [sampler.facts[int(row)] for row in sampler.rows]
    groups = dict(sampler.by_source)
    if sampler.phantoms is None:
        raise RuntimeError("the texts are taught on phantoms as well: render them first")
    start = len(facts)
    parts.append(unit_embeddings(clip, resized(sampler.phantoms.images)))
    facts += sampler.phantoms.facts
    groups["phantom"] = np.arange(start, len(facts))
    draw = random.Random(0)
    strange = np.concatenate([resized(sampler.strange(draw)[None]) for _ in range(STRANGE)])
    groups["other"] = np.arange(len(facts), len(facts) + STRANGE)
    parts.append(unit_embeddings(clip, strange))
    return Gallery(torch.from_numpy(np.concatenate(parts)), facts + [None] * STRANGE, groups, sampler.by_label)


class TextTrainer(nn.Module):
    """The text half of the CLIP, fitted to embeddings that do not move."""

    def __init__(self, clip: Any) -> None:
        super().__init__()
        self.text: Any = clip.text_model
        self.projection = clip.text_projection
        self.scale = clip.logit_scale

    def forward(self, images: Tensor, tokens: Tensor, mask: Tensor, same: Tensor) -> Tensor:
        """Give the symmetric contrastive loss; `same` (n, n) is 1 where two captions say the same."""
        read = self.text(input_ids=tokens, attention_mask=mask).pooler_output
        texts = functional.normalize(self.projection(read).float(), dim=-1)
        with torch.autocast("cpu", enabled=False):
            logits = self.scale.clamp(max=3.9).exp() * images @ texts.T
        target = same / same.sum(1, keepdim=True)
        return 0.5 * (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target))


def train_texts(clip: Any, gallery: Gallery, tokenizer: Any, plan: Plan, *, resume: bool) -> None:
    """Fit the text half in place."""
    trainer = TextTrainer(clip)

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        draw = random.Random(step)
        index = _rows(gallery, draw)
        said = [not_chest_caption(draw) if (f := gallery.facts[i]) is None else caption(f, draw) for i in index]
        encoded = tokenizer([text for text, _ in said], padding=True, truncation=True, max_length=77)
        same = torch.tensor([[float(a == b) for _, b in said] for _, a in said])
        tokens, mask = torch.tensor(encoded["input_ids"]), torch.tensor(encoded["attention_mask"])
        with step_precision():
            return trainer(gallery.embeddings[index], tokens, mask, same), {}

    average = fit(trainer, plan, step_loss, resume=resume)
    trainer.load_state_dict(average.state_dict())


def _rows(gallery: Gallery, draw: random.Random) -> list[int]:
    names = draw.choices(list(SOURCE_SHARES), list(SOURCE_SHARES.values()), k=REAL)
    names += ["phantom"] * PHANTOM + ["other"] * OTHER
    return [_row(gallery, name, draw) for name in names]


def _row(gallery: Gallery, name: str, draw: random.Random) -> int:
    if name in gallery.by_label and draw.random() < BY_LABEL:
        return draw.choice(draw.choice(gallery.by_label[name]))
    return int(draw.choice(gallery.groups[name]))


def read_as(clip: Any, folder: Path) -> None:
    """Take the text half of a saved CLIP with the same tokenizer, whatever tower that saw with."""
    from transformers import CLIPModel

    saved = CLIPModel.from_pretrained(folder, dtype=torch.float32)
    clip.text_model.load_state_dict(saved.text_model.state_dict())
    clip.text_projection.load_state_dict(saved.text_projection.state_dict())


def main() -> None:
    """Train and save models/clip, heads included."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tower-steps", type=int, default=tower.STEPS)
    parser.add_argument("--tower-rate", type=float, default=tower.RATE)
    parser.add_argument("--text-steps", type=int, default=400)
    parser.add_argument("--initial", choices=[tower.SHIPPED], help="start tower and texts from models/clip")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    options = parser.parse_args()
    from training.saving import save_clip

    join_processes()
    sampler = Sampler(phantoms=True)
    resume = not options.fresh
    plan = tower.plan_of("tower", options.tower_steps, options.tower_rate)
    seen = tower.train(plan, sampler, resume=resume, initial=options.initial)
    first = rank() == 0
    leave_processes()
    if not first:
        return
    tokenizer = clip_tokenizer()
    torch.manual_seed(1)
    clip = build_clip(seen, tokenizer)
    if options.initial:
        read_as(clip, MODELS / "clip")
    plan = Plan("texts", options.text_steps, 1e-3, average=0.98)
    train_texts(clip, gallery_of(clip, sampler), tokenizer, plan, resume=resume)
    save_clip(clip, tokenizer, MODELS / "clip")
    heads.main()


if __name__ == "__main__":
    main()
