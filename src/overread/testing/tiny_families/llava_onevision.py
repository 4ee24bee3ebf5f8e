"""LLaVA-OneVision (Li et al. 2024): a SigLIP tower over the whole picture and over its tiles, a Qwen2."""

import json
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

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>")
TILES = [[IMAGE, IMAGE], [IMAGE, 2 * IMAGE], [2 * IMAGE, IMAGE], [2 * IMAGE, 2 * IMAGE]]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + ' ' }}"
    "{% for part in message['content'] if part['type'] == 'image' %}{{ '<image>' }}{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ '\n' + part['text'] }}{% endfor %}"
    "{{ '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `LlavaOnevisionForConditionalGeneration` with its processor and chat template; one token is one byte."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL),
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        extra_special_tokens={"image_token": "<image>", "video_token": "<video>", "im_start": "<|im_start|>"},
    )
    model = draw(transformers.LlavaOnevisionForConditionalGeneration, _config(tokens), seed, spread=0.2)
    model.generation_config = transformers.GenerationConfig(
        eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    save(model, folder, {"vision_tower.": "vision_tower.vision_model."})
    tokens.chat_template = TEMPLATE
    tokens.save_pretrained(folder)
    _write_processor(folder)
    return folder


def _write_processor(folder: Path) -> None:
    # The processor's class wants a video processor, and that wants torchvision; its files do not.
    images = transformers.LlavaOnevisionImageProcessorPil(
        size={"height": IMAGE, "width": IMAGE}, image_grid_pinpoints=TILES
    )
    settings = {**images.to_dict(), "image_processor_type": "LlavaOnevisionImageProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=1))
    processor = {
        "processor_class": "LlavaOnevisionProcessor", "num_image_tokens": (IMAGE // PATCH) ** 2,
        "vision_feature_select_strategy": "full", "image_token": "<image>", "video_token": "<video>",
    }  # fmt: skip
    (folder / "processor_config.json").write_text(json.dumps(processor, indent=1))


def _config(tokens: Any) -> Any:
    text = transformers.Qwen2Config(
        **tower(), num_key_value_heads=1, vocab_size=len(tokens), max_position_embeddings=CONTEXT,
        eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id, bos_token_id=tokens.pad_token_id,
    )  # fmt: skip
    return transformers.LlavaOnevisionConfig(
        text_config=text,
        vision_config=transformers.SiglipVisionConfig(
            **tower(), image_size=IMAGE, patch_size=PATCH, vision_use_head=False
        ),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        video_token_index=tokens.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=TILES,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        tie_word_embeddings=False,
    )
