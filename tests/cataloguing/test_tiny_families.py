"""A tiny random model of every family is taken in as what it is, and as nothing when a file of it is cut."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.needs import require

require("torch")

from overread.cataloguing.adding import Asked, look_at
from overread.cataloguing.licences import Given
from overread.errors import ModelRefused
from overread.serving.records import Entry
from overread.testing.tiny_families import blip_2, clip, gemma3, llava, llava_onevision, qwen2_5_vl, siglip
from overread.testing.tiny_models import write_classifier, write_segmenter

FAMILIES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "blip-2": (blip_2.write, "chat", "vllm"),
    "gemma3": (gemma3.write, "chat", "vllm"),
    "llava": (llava.write, "chat", "vllm"),
    "llava-onevision": (llava_onevision.write, "chat", "vllm"),
    "qwen2.5-vl": (qwen2_5_vl.write, "chat", "vllm"),
    "clip": (clip.write, "embedding", "vllm"),
    "siglip": (siglip.write, "embedding", "vllm"),
    "efficientnet": (write_classifier, "labels", "in-process"),
    "segmenter": (write_segmenter, "segmentation", "in-process"),
}
TERMS = Given("MIT", "https://spdx.org/licenses/MIT")


def entry_of(folder: Path) -> Entry:
    return look_at(Asked("mine", str(folder), licence=TERMS)).entry


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_is_known_by_its_files(tmp_path: Path, family: str) -> None:
    write, task, engine = FAMILIES[family]
    folder = write(tmp_path / "model")
    entry = entry_of(folder)
    assert (entry.family, entry.task, entry.engine) == (family, task, engine)
    assert entry.need.weights > 0
    assert (entry.need.kv_per_token > 0) == (task == "chat")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ModelRefused, match="cut short"):
        entry_of(folder)
