"""LLaVA 1.5 (Liu et al. 2023): a CLIP tower, a projector, a Llama."""

from pathlib import Path

from overread.testing.tiny_families._parts import (
    CONTEXT,
    IMAGE,
    PATCH,
    byte_tokenizer,
    clip_images,
    draw,
    ends,
    save,
    tower,
    transformers,
)

SPECIAL = ("<pad>", "<s>", "</s>", "<image>")
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% for part in message['content'] %}"
    "{{ '<image>' if part['type'] == 'image' else part['text'] }}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ '\n' }}{% endif %}"
)


def write(folder: Path, seed: int = 0) -> Path:
    """Write a `LlavaForConditionalGeneration` with its processor and chat template; one token is one byte."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(SPECIAL),
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens={"image_token": "<image>"},
    )
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**tower(), image_size=IMAGE, patch_size=PATCH),
        text_config=transformers.LlamaConfig(
            **tower(), vocab_size=len(tokens), max_position_embeddings=CONTEXT, **ends(tokens)
        ),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=(IMAGE // PATCH) ** 2,
    )
    model = draw(transformers.LlavaForConditionalGeneration, config, seed)
    model.generation_config = transformers.GenerationConfig(**ends(tokens))
    save(model, folder, {"vision_tower.": "vision_tower.vision_model."})
    transformers.LlavaProcessor(
        image_processor=clip_images(),
        tokenizer=tokens,
        patch_size=PATCH,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder
