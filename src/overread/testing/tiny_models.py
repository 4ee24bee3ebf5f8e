"""Write model folders with random weights, of the same architectures as those that ship.

They load in milliseconds and know nothing: for tests of loading, guidance and serving, never for a patient.
Needs the extra `local`.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

# Its annotations do not describe the keyword arguments that its configurations take.
transformers: Any = import_module("transformers")

IMAGE = 64
PATCH = 16
WIDTH = 64
SPECIAL = ("<pad>", "<s>", "</s>", "<image>")
STRUCTURES = ("right_lung", "left_lung", "heart")
LABELS = ("Cardiomegaly", "Edema", "Pleural Effusion")
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% for part in message['content'] %}"
    "{{ '<image>' if part['type'] == 'image' else part['text'] }}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ '\n' }}{% endif %}"
)


def write_vlm(folder: Path, seed: int = 0) -> Path:
    """Write a `LlavaForConditionalGeneration` with its processor and chat template; one token is one byte."""
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=_byte_tokenizer(),
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens={"image_token": "<image>"},
    )
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**_tower(), image_size=IMAGE, patch_size=PATCH),
        text_config=transformers.LlamaConfig(
            **_tower(), vocab_size=len(tokens), max_position_embeddings=1024, **_ends(tokens)
        ),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=(IMAGE // PATCH) ** 2,
    )
    model = _random(transformers.LlavaForConditionalGeneration, config, seed)
    model.generation_config = transformers.GenerationConfig(**_ends(tokens))
    model.save_pretrained(folder)
    transformers.LlavaProcessor(
        image_processor=_image_processor(),
        tokenizer=tokens,
        patch_size=PATCH,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


def write_clip(folder: Path, seed: int = 0) -> Path:
    """Write a `CLIPModel` with its tokenizer."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # id 0 must not be special: model servers use it as the picture's placeholder.
    words = [*alphabet, *(letter + "</w>" for letter in alphabet), "<|startoftext|>", "<|endoftext|>"]
    tokens = transformers.CLIPTokenizer(
        vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77
    )
    text = {**_tower(), "vocab_size": len(words), "max_position_embeddings": 77, **_ends(tokens)}
    vision = {**_tower(), "image_size": IMAGE, "patch_size": PATCH}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    _random(transformers.CLIPModel, config, seed).save_pretrained(folder)
    transformers.CLIPProcessor(image_processor=_image_processor(), tokenizer=tokens).save_pretrained(folder)
    return folder


def write_segmenter(folder: Path, seed: int = 0) -> Path:
    """Write a `UperNetForSemanticSegmentation` over a small ResNet."""
    backbone = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.UperNetConfig(
        backbone_config=backbone,
        hidden_size=16,
        use_auxiliary_head=False,
        id2label=dict(enumerate(STRUCTURES)),
        label2id={name: index for index, name in enumerate(STRUCTURES)},
        image_size=IMAGE,
    )
    torch.manual_seed(seed)
    transformers.UperNetForSemanticSegmentation(config).eval().save_pretrained(folder)
    return folder


def write_classifier(folder: Path, seed: int = 0) -> Path:
    """Write an `EfficientNetModel` of five stages up to stride 16, with a head for each label, the last one first."""
    config = transformers.EfficientNetConfig(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_dim=1280,
        in_channels=[32, 8, 8, 8, 16],
        out_channels=[8, 8, 8, 16, 16],
        kernel_sizes=[3, 3, 5, 3, 5],
        strides=[1, 2, 2, 2, 1],
        num_block_repeats=[1, 1, 1, 1, 1],
        expand_ratios=[1, 2, 2, 2, 2],
        image_size=IMAGE,
    )
    torch.manual_seed(seed)
    model = transformers.EfficientNetModel(config).eval()
    for module in model.modules():
        # As transformers draws them, nothing of the picture would be left at the last stage.
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    model.save_pretrained(folder)
    weight = 30 * torch.randn(len(LABELS), 16 * 27)
    save_file({"label_weight": weight, "label_bias": torch.zeros(len(LABELS))}, folder / "heads.safetensors")
    labels = [
        {"name": label, "row": len(LABELS) - 1 - index, "threshold": 0.5, "abstain": None}
        for index, label in enumerate(LABELS)
    ]
    (folder / "heads.json").write_text(json.dumps({"schema": 1, "labels": labels}))
    return folder


def _byte_tokenizer() -> Tokenizer:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={word: n for n, word in enumerate([*SPECIAL, *alphabet])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _tower() -> dict[str, int]:
    return {
        "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2,
        "projection_dim": WIDTH,
    }  # fmt: skip


def _ends(tokens: Any) -> dict[str, int]:
    return {name: getattr(tokens, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}


def _image_processor() -> Any:
    square = {"height": IMAGE, "width": IMAGE}
    return transformers.CLIPImageProcessorPil(size={"shortest_edge": IMAGE}, crop_size=square)


def _random(model_class: Any, config: Any, seed: int) -> Any:
    """Draw weights wide enough that greedy writing is not one token for ever."""
    torch.manual_seed(seed)
    model = model_class(config).float().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() >= 2:
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.1)
    return model
