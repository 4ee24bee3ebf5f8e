"""Gemma 3 (Gemma Team 2025), MedGemma's architecture: a SigLIP tower, pooled to few tokens, a Gemma."""

from pathlib import Path
from typing import Any

from overread.testing.tiny_families._parts import (
    CONTEXT,
    IMAGE,
    PATCH,
    byte_tokenizer,
    draw,
    save,
    tower,
    transformers,
)

PICTURE_TOKENS = 4
SPECIAL = (
    "<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>",
    "<image_soft_token>",
)  # fmt: skip
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}"
    "{% for part in message['content'] %}"
    "{{ '<start_of_image>' if part['type'] == 'image' else part['text'] | trim }}"
    "{% endfor %}{{ '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `Gemma3ForConditionalGeneration` with its processor and chat template; one token is one byte."""
    tokens = _tokens()
    stops = {"bos_token_id": tokens.bos_token_id, "pad_token_id": tokens.pad_token_id,
             "eos_token_id": tokens.convert_tokens_to_ids(["<eos>", "<end_of_turn>"])}  # fmt: skip
    config = _config(tokens, stops["eos_token_id"])
    model = draw(transformers.Gemma3ForConditionalGeneration, config, seed)
    # Words are written by the weights that read them, so large ones would repeat the last word for ever.
    model.get_input_embeddings().weight.data.mul_(0.2)
    model.generation_config = transformers.GenerationConfig(**stops)
    save(model, folder, {"vision_tower.": "vision_tower.vision_model."})
    transformers.Gemma3Processor(
        image_processor=transformers.Gemma3ImageProcessorPil(size={"height": IMAGE, "width": IMAGE}),
        tokenizer=tokens,
        image_seq_length=PICTURE_TOKENS,
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


def _tokens() -> Any:
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL),
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        extra_special_tokens={
            "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>",
            "start_of_turn": "<start_of_turn>", "end_of_turn": "<end_of_turn>",
        },
    )  # fmt: skip
    # vLLM's processor looks these up by their literal text.
    tokens.add_tokens(["\n", "\n\n", "\n\n\n", "\n\n\n\n"])
    return tokens


def _config(tokens: Any, stops: list[int]) -> Any:
    ids = tokens.convert_tokens_to_ids
    text = transformers.Gemma3TextConfig(
        **tower(), num_key_value_heads=1, head_dim=32, query_pre_attn_scalar=32, sliding_window=CONTEXT // 2,
        vocab_size=len(tokens), max_position_embeddings=CONTEXT,
        bos_token_id=ids("<bos>"), eos_token_id=ids("<eos>"), pad_token_id=ids("<pad>"),
    )  # fmt: skip
    vision = transformers.SiglipVisionConfig(**tower(), image_size=IMAGE, patch_size=PATCH, vision_use_head=False)
    return transformers.Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=PICTURE_TOKENS,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
        eos_token_id=stops,
    )
