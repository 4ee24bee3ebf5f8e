"""Folders as others publish them, written without torch: headers, shards, front matter."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

CLIP = {
    "architectures": ["CLIPModel"],
    "model_type": "clip",
    "vision_config": {"image_size": 32},
    "text_config": {"max_position_embeddings": 77},
}
FRONT = "---\nlicense: mit\n---\n# A model\n"


def write_folder(folder: Path, config: dict[str, Any] | None = None, readme: str | None = FRONT) -> Path:
    """Write a folder that looks like a published CLIP and knows nothing."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CLIP if config is None else config))
    for name in ("tokenizer.json", "preprocessor_config.json"):
        (folder / name).write_text("{}")
    if readme is not None:
        (folder / "README.md").write_text(readme, encoding="utf-8")
    save_file({"a": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.float16)}, folder / "model.safetensors")
    return folder


def in_shards(folder: Path, **weight_map: str) -> Path:
    """Put the weights of a folder into two files under an index; `weight_map` replaces places in it."""
    (folder / "model.safetensors").unlink()
    first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
    save_file({"a": np.zeros((2, 3), np.float32)}, folder / first)
    save_file({"b": np.zeros(4, np.float32)}, folder / second)
    index = {"metadata": {"total_size": 40}, "weight_map": {"a": first, "b": second, **weight_map}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "published")
