"""MedCLIP (Wang et al., EMNLP 2022): a Swin and a BERT, as published."""

import math
from pathlib import Path
from typing import Any

import torch
from tokenizers import processors

from overread.testing.tiny_families._parts import IMAGE, WIDTH, byte_tokenizer, draw, ends, transformers

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
DIMENSION = 24


def write_parts(folder: Path, seed: int = 0) -> dict[str, Path]:
    """Write `pytorch_model.bin` with the names of MedCLIP's classes, and the folders of its towers; give the paths."""
    eyes = draw(transformers.SwinModel, _swin(), seed)
    tokens = _tokenizer()
    words = draw(transformers.BertModel, _bert(tokens), seed + 1)
    eyes.config.save_pretrained(folder / "swin")
    words.config.save_pretrained(folder / "bert")
    tokens.save_pretrained(folder / "bert")
    generator = torch.Generator().manual_seed(seed)
    state = {
        **_named("vision_model.model.", eyes),
        **_named("text_model.model.", words),
        "vision_model.projection_head.weight": torch.randn(DIMENSION, eyes.config.hidden_size, generator=generator),
        "text_model.projection_head.weight": torch.randn(DIMENSION, WIDTH, generator=generator),
        "logit_scale": torch.tensor(math.log(1 / 0.07)),
        # As older files of transformers hold it.
        "text_model.model.embeddings.position_ids": torch.arange(128)[None],
    }
    torch.save(state, folder / "pytorch_model.bin")
    return {"weights": folder / "pytorch_model.bin", "vision": folder / "swin", "text": folder / "bert"}


def _named(prefix: str, model: Any) -> dict[str, Any]:
    return {prefix + name: value for name, value in model.state_dict().items()}


def _swin() -> Any:
    return transformers.SwinConfig(
        image_size=IMAGE, patch_size=4, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4
    )


def _bert(tokens: Any) -> Any:
    return transformers.BertConfig(
        hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=4, num_attention_heads=2,
        vocab_size=len(tokens), max_position_embeddings=128, pad_token_id=ends(tokens)["pad_token_id"],
    )  # fmt: skip


def _tokenizer() -> Any:
    tokenizer = byte_tokenizer(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(word, SPECIAL.index(word)) for word in ("[CLS]", "[SEP]")]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=128,
    )  # fmt: skip
