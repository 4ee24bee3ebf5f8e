"""Train the VLM: the CLIP's vision tower (frozen), a projector and a small Llama that writes reports and answers.

    python -m training.vlm [--steps N] [--name vlm]

Model: `LlavaForConditionalGeneration`, vision feature layer -2, strategy "default" (144 patch tokens of 12 x 12
places). The tower's
features are computed once; only projector and language model are trained. The prompts are prompts/report/v1.md and
prompts/vqa/v1.md, rendered and stripped.
"""

import argparse
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training import questions, reports
from training.device import CPU, Ahead, Budget, moved
from training.embeddings import load_clip
from training.loop import Plan, fit, join_processes, processes, rank, step_precision
from training.paths import MODELS, WORK
from training.resolution import GRID
from training.scope import vqa_records
from training.tokens import vlm_tokenizer
from training.vlm_data import (
    BATCH,
    IGNORED,
    IMAGE_TOKENS,
    Bank,
    Packed,
    pack,
    phantom_bank,
    real_bank,
    sample_images,
    shaken,
    texts_for,
    tower_tokens,
    vqa_bank,
)

WIDTH = 256
SHIPPED = "shipped"
SHOWN = 160
"""Films, and as many phantoms, that two towers are compared on."""
SHARES = {"phantom": 0.45, "real": 0.46, "vqa": 0.09}
CHAT_TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for c in m['content'] %}{% if c['type'] == 'image' %}{{ '<image>' }}"
    "{% elif c['type'] == 'text' %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}{{ '</s>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def tokenizer_lines() -> list[str]:
    """Give everything that the VLM may read or write, for its tokenizer."""
    asked = [f"{r['question']} {r['answer']}" for r in vqa_records() if r["organ"] == "CHEST"]
    return [
        *reports.corpus(),
        *questions.corpus(),
        *(["Write the findings and impression of this chest radiograph as JSON."] * 50),
        *asked,
    ]


def build_vlm(clip: Any, tokenizer: Any) -> Any:
    """Make the LLaVA around the CLIP's vision tower."""
    from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=768,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
    )
    config = LlavaConfig(
        vision_config=clip.config.vision_config,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_select_strategy="default",
        vision_feature_layer=-2,
        image_seq_length=IMAGE_TOKENS,
        tie_word_embeddings=False,
    )
    model = LlavaForConditionalGeneration(config).float()
    missing = model.model.vision_tower.load_state_dict(clip.vision_model.state_dict(), strict=False)
    if missing.missing_keys:
        raise RuntimeError(f"the vision tower lacks {missing.missing_keys[:3]}")
    return model


class VlmTrainer(nn.Module):
    """The trained part of the LLaVA: projector and language model."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.projector = model.model.multi_modal_projector
        self.language = model.model.language_model
        self.head = model.lm_head

    def forward(self, batch: Packed) -> Tensor:
        """Give the cross-entropy of the answers' tokens."""
        words = self.language.embed_tokens(batch.tokens)
        words[:, 1 : 1 + batch.features.shape[1]] = self.projector(batch.features).to(words.dtype)
        hidden = self.language(
            inputs_embeds=words,
            attention_mask=batch.mask.to(words.dtype),
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state
        wanted = batch.labels[:, 1:]
        taught = wanted != IGNORED
        return functional.cross_entropy(self.head(hidden[:, :-1][taught]).float(), wanted[taught])


@torch.no_grad()
def start_projector(trainer: VlmTrainer, bank: Bank) -> None:
    """Start the projector from whitened features, with what the CLIP's dense head sees spelled out in its first units.

    From a random start the language model learns the sentences long before it looks at the image.
    """
    features = torch.from_numpy(bank.features[::7]).float().flatten(0, 1)
    mean = features.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov((features - mean).T))
    whiten = (vectors / torch.sqrt(values + values.mean() * 0.02)).T
    kept = torch.load(WORK / "tower" / "checkpoint.pt", weights_only=True)["average"]
    seen, shift = kept["dense.weight"], kept["dense.bias"]
    first, second = trainer.projector.linear_1, trainer.projector.linear_2
    first.weight.copy_(whiten.flip(0))
    count = len(seen)
    first.weight[-2 * count :] = torch.cat([seen, -seen])
    first.bias.copy_(-(first.weight @ mean))
    first.bias[-2 * count :] = torch.cat([shift + 1.5, -shift - 1.5])
    torch.nn.init.normal_(second.weight, std=0.04)
    second.weight[:, -2 * count :] *= 3


def speak_as(trainer: VlmTrainer, folder: Path, clip: Any) -> None:
    """Go on from a saved VLM with the same tokenizer, though it saw with another tower.

    Its projector reads its own tower's tokens. The linear map from the new tower's tokens to those, fitted on films and
    phantoms by ridge regression, goes into the projector's first layer.
    """
    from transformers import LlavaForConditionalGeneration

    model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    trainer.language.load_state_dict(model.model.language_model.state_dict())
    trainer.head.load_state_dict(model.lm_head.state_dict())
    trainer.projector.load_state_dict(model.model.multi_modal_projector.state_dict())
    shown = shaken(sample_images(SHOWN), 0)
    new, old = (tokens(vision, shown) for vision in (clip.vision_model, model.model.vision_tower))
    fold_in(trainer.projector.linear_1, *linear_fit(new, old))


@torch.no_grad()
def tokens(vision: Any, images: Tensor) -> Tensor:
    """Give what LLaVA reads of (n, 1, h, w) images, patch under patch: (n * IMAGE_TOKENS, width).

    A tower of another grid is shown its own size, and its tokens are brought to this one's places.
    """
    shown = functional.interpolate(images, vision.config.image_size, mode="area")
    seen = torch.from_numpy(tower_tokens(vision, shown)).float()
    if seen.shape[1] != IMAGE_TOKENS:
        side = round(seen.shape[1] ** 0.5)
        planes = seen.transpose(1, 2).unflatten(2, (side, side))
        planes = functional.interpolate(planes, GRID, mode="bilinear", align_corners=False)
        seen = planes.flatten(2).transpose(1, 2)
    return seen.flatten(0, 1)


def linear_fit(given: Tensor, wanted: Tensor, ridge: float = 1e-3) -> tuple[Tensor, Tensor]:
    """Give weight (w, g) and bias (w,) of the ridge regression of (n, w) on (n, g)."""
    centre, target = given.mean(0), wanted.mean(0)
    spread = (given - centre).T @ (given - centre)
    spread += ridge * spread.diagonal().mean() * torch.eye(len(spread))
    weight = torch.linalg.solve(spread, (given - centre).T @ (wanted - target)).T
    return weight, target - weight @ centre


@torch.no_grad()
def fold_in(layer: nn.Linear, weight: Tensor, bias: Tensor) -> None:
    """Make a layer take what `weight` (in, in) and `bias` (in,) turn into its input, in place."""
    layer.bias.add_(layer.weight @ bias)
    layer.weight.copy_(layer.weight @ weight)


def banks_of(clip: Any, views: int, most: int | None) -> dict[str, Bank]:
    """Compute the training features of every kind of image."""
    return {
        "phantom": phantom_bank(clip, "train", views, most),
        "real": real_bank(clip, views + 1),  # a film that was drawn by a rare label comes often
        "vqa": vqa_bank(clip, "train", 6),
    }


def train(
    plan: Plan,
    model: Any,
    banks: Mapping[str, Bank],
    tokenizer: Any,
    *,
    clip: Any,
    resume: bool,
    initial: str | None,
    device: torch.device = CPU,
    budget: Budget | None = None,
    threads: int = 0,
) -> Any:
    """Train projector and language model in place, and return the LLaVA with the averaged weights, on the CPU.

    `initial` is a run of the same tower, or `models/vlm`, whatever tower that saw with; `threads` pack batches ahead.
    """
    torch.manual_seed(plan.seed)
    trainer = VlmTrainer(model)
    if initial == SHIPPED:
        speak_as(trainer, MODELS / "vlm", clip)
    elif initial:
        trainer.load_state_dict(torch.load(WORK / initial / "checkpoint.pt", weights_only=True)["average"])
    else:
        start_projector(trainer, banks["phantom"])

    def drawn(step: int) -> Packed:
        draw = random.Random(plan.seed * 1_000_003 + step * processes() + rank())
        rows = []
        for kind in draw.choices(list(SHARES), list(SHARES.values()), k=BATCH):
            bank = banks[kind]
            index = bank.draw(draw)
            texts = texts_for(bank.facts[index], bank.fixed[index], bank.reported[index], draw)
            rows.append((bank.features[index], texts))
        return pack(rows, tokenizer)

    ahead = Ahead(drawn, threads)

    def step_loss(step: int) -> tuple[Tensor, Mapping[str, float]]:
        batch = moved(ahead(step), device)
        with step_precision(device):
            return trainer(batch), {}

    try:
        average = fit(trainer.to(device), plan, step_loss, resume=resume, budget=budget)
    finally:
        ahead.close()
    trainer.load_state_dict(average.state_dict())
    return model.to(CPU)


def save_vlm(model: Any, tokenizer: Any, folder: Path) -> None:
    """Save the folder that transformers and vLLM both load."""
    from transformers import GenerationConfig, LlavaProcessor

    from training.saving import _image_processor, save_model

    processor = LlavaProcessor(
        image_processor=_image_processor(model.config.vision_config.image_size),
        tokenizer=tokenizer,
        patch_size=model.config.vision_config.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT_TEMPLATE,
    )
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
        max_new_tokens=320,
    )
    processor.save_pretrained(folder)
    save_model(
        model,
        folder,
        {"vision_tower.": "vision_tower.vision_model.", "model.vision_tower.": "model.vision_tower.vision_model."},
    )


def main() -> None:
    """Train and save models/vlm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--name", default="vlm")
    parser.add_argument("--initial", help=f"start from this run's averaged weights; '{SHIPPED}': from models/vlm")
    parser.add_argument("--views", type=int, default=1)
    parser.add_argument("--most", type=int, help="use at most this many phantoms")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    parser.add_argument("--seed", type=int, default=0, help="of the batches: another one than the run before had")
    options = parser.parse_args()
    join_processes()
    clip = load_clip()
    tokenizer = vlm_tokenizer(tokenizer_lines())
    banks = banks_of(clip, options.views, options.most)
    torch.manual_seed(0)
    model = build_vlm(clip, tokenizer)
    plan = Plan(options.name, options.steps, options.rate, warmup=50, muon=True, seed=options.seed)
    model = train(plan, model, banks, tokenizer, clip=clip, resume=not options.fresh, initial=options.initial)
    if rank() == 0:
        save_vlm(model, tokenizer, MODELS / "vlm")


if __name__ == "__main__":
    main()
