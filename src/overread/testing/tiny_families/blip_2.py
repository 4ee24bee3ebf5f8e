"""BLIP-2 (Li et al. 2023): a ViT, a querying transformer, an OPT."""

from pathlib import Path
from typing import Any

from tokenizers import AddedToken

from overread.testing.tiny_families._parts import (
    CONTEXT,
    IMAGE,
    PATCH,
    WIDTH,
    byte_tokenizer,
    draw,
    ends,
    save,
    tower,
    transformers,
)

QUERIES = 8
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `Blip2ForConditionalGeneration` with its processor, and no chat template, as published."""
    # OPT begins and ends a text with the same token.
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL), pad_token="<pad>", bos_token="</s>", eos_token="</s>",
        unk_token="</s>",
    )  # fmt: skip
    tokens.add_tokens([AddedToken("<image>", normalized=False, special=True)], special_tokens=True)
    model = draw(transformers.Blip2ForConditionalGeneration, _config(tokens), seed, spread=0.2)
    model.generation_config = transformers.GenerationConfig(**ends(tokens))
    save(model, folder)
    images = transformers.BlipImageProcessorPil(size={"height": IMAGE, "width": IMAGE})
    processor = transformers.Blip2Processor(image_processor=images, tokenizer=tokens, num_query_tokens=QUERIES)
    processor.save_pretrained(folder)
    return folder


def _config(tokens: Any) -> Any:
    text = transformers.OPTConfig(
        hidden_size=WIDTH, ffn_dim=2 * WIDTH, num_hidden_layers=2, num_attention_heads=2, word_embed_proj_dim=WIDTH,
        vocab_size=len(tokens), max_position_embeddings=CONTEXT, **ends(tokens),
    )  # fmt: skip
    return transformers.Blip2Config(
        vision_config={**tower(), "image_size": IMAGE, "patch_size": PATCH},
        qformer_config={**tower(), "encoder_hidden_size": WIDTH, "vocab_size": len(tokens)},
        text_config=text.to_dict(),
        num_query_tokens=QUERIES,
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
    )
