"""Write a model's export: its graphs and what lies beside its weights, kept only where both give the same numbers."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from overread import plugins, weights
from overread._version import __version__
from overread.backends._loading import ModelFolder
from overread.backends._onnx_folder import EXPORT, exported_to
from overread.cataloguing.onnx_graphs import write_graphs
from overread.errors import ModelRefused
from overread.ports import EmbeddingBackend, LabelBackend, Picture, SegmentationBackend
from overread.serving.catalogue import folder_of
from overread.settings import ModelSpec, Settings
from overread.testing.phantoms import render, sample_recipe, to_display

TOLERANCE = 5e-5
"""Largest difference that an export may have: half of the last digit that is kept of a probability."""
PHANTOMS = range(4)
TEXTS = ("No pleural effusion.", "There is a large right pneumothorax.", "")
LEFT_OUT = (".png", ".onnx")


def export(name: str, settings: Settings, films: Sequence[Picture] = (), out: Path | None = None) -> dict[str, Any]:
    """Export a model to ONNX in float32 and give what its `export.json` says.

    It is compared with torch on four phantoms and on `films`. Raises `ModelRefused` where a number differs by more than
    `TOLERANCE`, `Unavailable` for a model that cannot be exported; nothing is written then, and an older export stays.
    """
    source = folder_of(name, settings)
    name = Path(name).name
    target = out / name if out else exported_to(name, settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        made = Path(scratch) / name
        _copy(source, made)
        write_graphs(ModelFolder(name, source, "cpu", 1, 600.0), made)
        torch = plugins.builder("backends", "transformers")(
            ModelSpec(backend="transformers", model=str(source), parameters={"device": "cpu"}), settings
        )
        told = {
            "schema": 1, "weights_digest": weights.digest(source), "precision": "float32", "program": __version__,
            "files": _digests(made),
        }  # fmt: skip
        if isinstance(torch, EmbeddingBackend):
            told["logit_scale"] = torch.logit_scale
        _write(made, told)
        exported = plugins.builder("backends", "onnx")(ModelSpec(backend="onnx", model=str(made)), settings)
        phantoms = [to_display(render(sample_recipe(number, view="PA"), 512)) for number in PHANTOMS]
        largest = max(difference(torch, exported, picture) for picture in (*phantoms, *films))
        if not largest <= TOLERANCE:
            raise ModelRefused(
                f"the export of '{name}' differs from torch by {largest:.1e}; {TOLERANCE:.0e} is allowed"
            )
        compared = {"phantoms": len(phantoms), "films": len(films), "largest": largest, "tolerance": TOLERANCE}
        _write(made, {**told, "compared": compared})
        if target.exists():
            target.rename(Path(scratch) / "before")  # not removed here: a killed command would leave half of it
        made.rename(target)
    return {"name": name, "path": str(target), **told, "compared": compared}


def difference(one: Any, other: Any, picture: Picture) -> float:
    """Give the largest difference of what two backends of one capability say of a picture."""
    return max(float(np.abs(a - b).max()) for a, b in zip(_said(one, picture), _said(other, picture), strict=True))


def _said(backend: Any, picture: Picture) -> list[Any]:
    if isinstance(backend, SegmentationBackend):
        return list(backend.segment(picture).values())
    if isinstance(backend, LabelBackend):
        return [np.array(list(backend.score_labels(picture).values()))]
    return [backend.embed_pictures([picture]), backend.embed_texts(TEXTS)]


def _copy(source: Path, made: Path) -> None:
    """Copy what lies beside the weights; the weights themselves are in the graphs."""
    for path in sorted(item for item in source.rglob("*") if item.is_file()):
        is_weights = path.name.startswith("model") and ".safetensors" in path.name
        if not is_weights and path.suffix not in LEFT_OUT and not path.name.startswith("."):
            target = made / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _digests(made: Path) -> dict[str, str]:
    files = sorted(path for path in made.rglob("*") if path.is_file() and path.name not in weights.DOCUMENTS)
    return {path.relative_to(made).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _write(made: Path, told: dict[str, Any]) -> None:
    (made / EXPORT).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
