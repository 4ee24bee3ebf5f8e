"""Write a trained model as a Hugging Face folder: float16 safetensors, readable by everyone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def save_model(model: Any, folder: Path, rename: Mapping[str, str] | None = None) -> None:
    """Save config.json, model.safetensors (float16) and preprocessor_config.json.

    `rename` maps key prefixes: transformers 5.19 writes `vision_tower.`, the published layout that vLLM reads is
    `vision_tower.vision_model.`; transformers loads both.
    """
    import copy

    import torch

    half = copy.deepcopy(model).to(torch.float16)
    half.config.dtype = torch.float16
    half.save_pretrained(folder)
    if rename:
        _rename(folder / "model.safetensors", rename)
    for path in folder.iterdir():
        if path.is_file():
            path.chmod(0o644)


def _rename(path: Path, prefixes: Mapping[str, str]) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    renamed = {}
    for key, value in tensors.items():
        for old, new in prefixes.items():
            if key.startswith(old) and not key.startswith(new):
                key = new + key[len(old) :]
                break
        renamed[key] = value
    path.unlink()
    save_file(renamed, path, metadata={"format": "pt"})


def _image_processor(size: int) -> Any:
    from transformers import CLIPImageProcessorPil

    from overread.imaging.letterbox import MEAN, STD

    square = {"height": size, "width": size}
    return CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size=square, image_mean=[MEAN] * 3, image_std=[STD] * 3
    )


def save_clip(clip: Any, tokenizer: Any, folder: Path) -> None:
    """Save a CLIPModel with its tokenizer and processor."""
    from transformers import CLIPProcessor

    size = clip.config.vision_config.image_size
    CLIPProcessor(image_processor=_image_processor(size), tokenizer=tokenizer).save_pretrained(folder)
    save_model(clip, folder)


def save_segmenter(model: Any, folder: Path) -> None:
    """Save the segmenter with an image processor that only normalises."""
    _image_processor(256).save_pretrained(folder)
    save_model(model, folder)
