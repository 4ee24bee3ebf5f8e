"""What the tiny models of all families are made of: a byte tokenizer, small towers, random weights."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

# Its annotations do not describe the keyword arguments that its configurations take.
transformers: Any = import_module("transformers")

IMAGE = 64
PATCH = 16
WIDTH = 64
CONTEXT = 1024


def byte_tokenizer(special: Sequence[str]) -> Tokenizer:
    """Make a tokenizer of one token per byte, after the special ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={word: n for n, word in enumerate([*special, *alphabet])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def tower() -> dict[str, int]:
    """Give the sizes of one small transformer."""
    return {
        "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2,
    }  # fmt: skip


def ends(tokens: Any) -> dict[str, int]:
    """Give the ids of the tokens that begin, end and fill a text."""
    return {name: getattr(tokens, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}


def clip_images() -> Any:
    square = {"height": IMAGE, "width": IMAGE}
    return transformers.CLIPImageProcessorPil(size={"shortest_edge": IMAGE}, crop_size=square)


def draw(model_class: Any, config: Any, seed: int, spread: float = 0.1) -> Any:
    """Draw weights wide enough (standard deviation `spread`) that greedy writing is not one token for ever."""
    torch.manual_seed(seed)
    model = model_class(config).float().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() >= 2:
                weight.copy_(torch.randn(weight.shape, generator=generator) * spread)
    return model


def save(model: Any, folder: Path, published: dict[str, str] | None = None) -> None:
    """Save a model; `published` renames prefixes of its weights to those of published checkpoints, which vLLM reads.

    transformers 5 writes `vision_tower.embeddings…` where published files have `vision_tower.vision_model.embeddings…`,
    and loads both.
    """
    model.save_pretrained(folder)
    if not published:
        return
    path = folder / "model.safetensors"
    weights = load_file(path)
    for old, new in published.items():
        weights = {new + key[len(old) :] if key.startswith(old) else key: value for key, value in weights.items()}
    path.unlink()
    save_file(weights, path, metadata={"format": "pt"})
