"""Embeddings in this process by OpenCLIP: a folder with `open_clip_config.json` and weights, such as BiomedCLIP's.

`model` is a catalogue entry whose files lie in `<home>/models/<name>`, or a folder's path. Nothing is downloaded: a
text tower of Hugging Face takes its configuration and tokenizer from the same folder. Parameters: `device`, `folder`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread import weights
from overread.backends._loading import Held, choose_device, require
from overread.backends._local_weights import find
from overread.backends._torchvision import import_torchvision
from overread.errors import Unavailable
from overread.ports import Backend, BackendCard, Picture
from overread.settings import ModelSpec, Settings

CONFIG = "open_clip_config.json"
EXTRA = "open-clip"
BATCH = 32
DAMAGE = (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError, UnpicklingError)
"""What the library raises on files that are missing, cut or of another model."""


class OpenClipBackend:
    """Embeds pictures and texts as unit vectors, prepared as the model's own configuration says."""

    def __init__(self, folder: Path, *, device: str, threads: int | None, seconds: float) -> None:
        self.card = BackendCard("open_clip", str(folder), weights.digest(folder), "embedding", folder)
        self._folder = folder
        self._device = device
        self._text = _text_overrides(folder)
        self._held = Held(folder.name, seconds, self._load, threads)
        self._prepare: Any = None
        self._tokens: Any = None

    @property
    def logit_scale(self) -> float:
        """The trained temperature; asking for it loads the model."""
        with self._held.turn() as model:
            return float(model.logit_scale.exp())

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures [n, d], in their order."""
        parts = []
        for start in range(0, max(1, len(pictures)), BATCH):
            with self._held.turn() as model:
                import torch

                shown = [self._prepare(Image.fromarray(picture)) for picture in pictures[start : start + BATCH]]
                batch = torch.stack(shown) if shown else torch.zeros((0, 3, *_size(model)))
                parts.append(_array(model.encode_image(batch.to(_device(model)), normalize=True)))
        return np.concatenate(parts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts [n, d], in their order; a text beyond the model's length is cut."""
        parts = []
        for start in range(0, len(texts), BATCH):
            with self._held.turn() as model:
                tokens = self._tokens(list(texts[start : start + BATCH]))
                parts.append(_array(model.encode_text(tokens.to(_device(model)), normalize=True)))
        return np.concatenate(parts) if parts else self.embed_pictures(())

    def _load(self) -> Any:
        name = self._folder.name
        try:
            import_torchvision()
        except ImportError as error:
            raise Unavailable(f"model '{name}' needs torchvision ({error}): pip install 'overread[{EXTRA}]'") from error
        open_clip, safetensors = require(name, "open_clip", "safetensors", extra=EXTRA)
        where = f"local-dir:{self._folder}"
        try:
            model, _, self._prepare = open_clip.create_model_and_transforms(where, **self._text)
            self._tokens = open_clip.get_tokenizer(where)
        except (*DAMAGE, safetensors.SafetensorError) as error:
            raise Unavailable(
                f"model '{name}' does not load in OpenCLIP ({type(error).__name__}); copy its folder again"
            ) from error
        return model.eval().to(choose_device(self._device))


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the backend of a folder; raise `Unavailable` that says how to get the files when they are not there."""
    return OpenClipBackend(
        find(spec, settings, CONFIG),
        device=str(spec.parameters.get("device") or "auto"),
        threads=settings.torch_threads,
        seconds=max(settings.tool_seconds, *settings.tool_seconds_by_name.values(), 0.0),
    )


def _text_overrides(folder: Path) -> dict[str, Any]:
    """Point a text tower of Hugging Face at the folder, so that its configuration is not fetched from the hub."""
    try:
        text = dict(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model_cfg"]["text_cfg"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"{CONFIG} of model '{folder.name}' is damaged; copy its folder again") from error
    if "hf_model_name" not in text:
        return {}
    if not (folder / "config.json").is_file():
        raise Unavailable(
            f"model '{folder.name}' lacks the configuration of its text tower; get it by "
            f"'hf download {text['hf_model_name']} config.json --local-dir {folder}'"
        )
    return {"text_cfg": {**text, "hf_model_name": str(folder), "hf_model_pretrained": False}}


def _array(vectors: Any) -> NDArray[np.float32]:
    return np.asarray(vectors.float().cpu().numpy(), np.float32)


def _device(model: Any) -> Any:
    return next(model.parameters()).device


def _size(model: Any) -> tuple[int, int]:
    size = model.visual.image_size
    return (int(size), int(size)) if isinstance(size, int) else (int(size[0]), int(size[1]))
