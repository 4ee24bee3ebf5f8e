"""Write model folders with random weights, of the same architectures as those that ship.

They load in milliseconds and know nothing: for tests of loading, guidance and serving, never for a patient.
Needs the extra `local`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from overread.testing.tiny_families import clip, llava
from overread.testing.tiny_families._parts import IMAGE, transformers

STRUCTURES = ("right_lung", "left_lung", "heart")
LABELS = ("Cardiomegaly", "Edema", "Pleural Effusion")


def write_vlm(folder: Path, seed: int = 0) -> Path:
    """Write a `LlavaForConditionalGeneration` with its processor and chat template; one token is one byte."""
    return llava.write(folder, seed)


def write_clip(folder: Path, seed: int = 0) -> Path:
    """Write a `CLIPModel` with its tokenizer."""
    return clip.write(folder, seed)


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
