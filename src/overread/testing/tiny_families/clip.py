"""CLIP (Radford et al. 2021)."""

from pathlib import Path
from typing import Any

from tokenizers import pre_tokenizers

from overread.testing.tiny_families._parts import (
    IMAGE,
    PATCH,
    WIDTH,
    clip_images,
    draw,
    ends,
    save,
    tower,
    transformers,
)


def tokenizer() -> Any:
    """Make CLIP's tokenizer of one token per byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # id 0 must not be special: vLLM uses it as the picture's placeholder.
    words = [*alphabet, *(letter + "</w>" for letter in alphabet), "<|startoftext|>", "<|endoftext|>"]
    return transformers.CLIPTokenizer(
        vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77
    )


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `CLIPModel` with its processor; a text is one token per byte, at most 77."""
    tokens = tokenizer()
    text = {
        **tower(),
        "projection_dim": WIDTH,
        "vocab_size": len(tokens),
        "max_position_embeddings": 77,
        **ends(tokens),
    }
    vision = {**tower(), "projection_dim": WIDTH, "image_size": IMAGE, "patch_size": PATCH}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    save(draw(transformers.CLIPModel, config, seed), folder)
    transformers.CLIPProcessor(image_processor=clip_images(), tokenizer=tokens).save_pretrained(folder)
    return folder
