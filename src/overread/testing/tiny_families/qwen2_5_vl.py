"""Qwen2.5-VL (Bai et al. 2025), Lingshu's architecture: pictures of any size in windows of patches, a Qwen2."""

import json
from pathlib import Path
from typing import Any

from overread.testing.tiny_families._parts import CONTEXT, WIDTH, byte_tokenizer, draw, save, tower, transformers

PATCH = 14
IMAGE = 112
"""A multiple of two patches: the processor leaves such a picture as it is."""
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% for part in message['content'] %}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' if part['type'] == 'image' else part['text'] }}"
    "{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `Qwen2_5_VLForConditionalGeneration` with its processor and chat template; one token is one byte."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL),
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        extra_special_tokens={word.strip("<|>"): word for word in SPECIAL[3:] + SPECIAL[1:2]},
    )
    model = draw(transformers.Qwen2_5_VLForConditionalGeneration, _config(tokens), seed)
    model.generation_config = transformers.GenerationConfig(
        eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    save(model, folder)
    tokens.chat_template = TEMPLATE
    tokens.save_pretrained(folder)
    # The processor's class wants a video processor, and that wants torchvision; its file does not.
    images = transformers.Qwen2VLImageProcessorPil(
        min_pixels=(2 * PATCH) ** 2, max_pixels=IMAGE**2, patch_size=PATCH, merge_size=2, temporal_patch_size=2
    )
    settings = {
        **images.to_dict(),
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=1))
    return folder


def _config(tokens: Any) -> Any:
    ids = tokens.convert_tokens_to_ids
    text = {
        **tower(), "num_key_value_heads": 1, "vocab_size": len(tokens), "max_position_embeddings": CONTEXT,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]},
        "bos_token_id": ids("<|endoftext|>"), "eos_token_id": ids("<|im_end|>"), "pad_token_id": ids("<|endoftext|>"),
    }  # fmt: skip
    vision = {
        "depth": 2, "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_heads": 2, "out_hidden_size": WIDTH,
        "patch_size": PATCH, "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 4 * PATCH,
        "fullatt_block_indexes": [1],
    }  # fmt: skip
    return transformers.Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
        tie_word_embeddings=False,
    )
