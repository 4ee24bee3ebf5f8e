"""MiniGPT-4 (Zhu et al. 2023): BLIP-2's eyes, one linear layer, a Llama, as published."""

from pathlib import Path

import torch

from overread.testing.tiny_families import blip_2
from overread.testing.tiny_families._parts import (
    CONTEXT,
    IMAGE,
    WIDTH,
    byte_tokenizer,
    draw,
    ends,
    tower,
    transformers,
)

QUERIES = blip_2.QUERIES
__all__ = ["IMAGE", "QUERIES", "write_parts"]
SPECIAL = ("<unk>", "<s>", "</s>")


def write_parts(folder: Path, seed: int = 0) -> dict[str, Path]:
    """Write a checkpoint of the linear layer, as its authors publish it, a BLIP-2 and a Llama; give the paths."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL), bos_token="<s>", eos_token="</s>", unk_token="<unk>",
        pad_token="<unk>",
    )  # fmt: skip
    config = transformers.LlamaConfig(
        **tower(), vocab_size=len(tokens), max_position_embeddings=CONTEXT, **ends(tokens)
    )
    writer = draw(transformers.LlamaForCausalLM, config, seed, spread=0.2)
    # So that an answer is Latin and ends: of random bytes hardly one in two hundred closes a string.
    for word, number in tokens.get_vocab().items():
        writer.lm_head.weight.data[number] *= {'"': 4}.get(word, float(word.isascii() and word.isalpha()))
    writer.save_pretrained(folder / "llama")
    tokens.save_pretrained(folder / "llama")
    generator = torch.Generator().manual_seed(seed)
    layer = {
        "llama_proj.weight": torch.randn(WIDTH, WIDTH, generator=generator),
        "llama_proj.bias": torch.zeros(WIDTH),
    }
    torch.save({"model": layer, "config": {"run": {}}, "epoch": 4}, folder / "checkpoint.pth")
    eyes = blip_2.write(folder / "blip-2", seed)
    return {"weights": folder / "checkpoint.pth", "vision": eyes, "text": folder / "llama"}
