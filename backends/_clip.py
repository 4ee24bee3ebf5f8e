"""A CLIP model: pictures and texts to one space."""

from collections.abc import Sequence
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._loading import Loaded, ModelFolder, require
from overread.imaging.letterbox import letterbox, model_input
from overread.ports import BackendCard, Picture

BATCH = 32


class ClipBackend:
    """Embeds pictures and texts as unit vectors (Radford et al. 2021)."""

    def __init__(self, folder: ModelFolder) -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("embedding")
        self._folder = folder
        self._loaded = Loaded(folder, "CLIPModel")
        self._size = int(config["vision_config"]["image_size"])
        self._dimension = int(config["projection_dim"])
        self._tokenizer: Any = None

    @property
    def logit_scale(self) -> float:
        """The trained temperature, from the file: asking for it does not load the model."""
        safetensors = require(self._folder.name, "safetensors")[0]
        with safetensors.safe_open(self._folder.path / "model.safetensors", "numpy") as file:
            return exp(float(file.get_tensor("logit_scale")))

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures [n, d], in their order."""
        parts = [self._empty()]
        for start in range(0, len(pictures), BATCH):
            batch = [model_input(letterbox(picture, self._size).pixels) for picture in pictures[start : start + BATCH]]
            with self._loaded.turn() as model:
                import torch

                pixels = torch.from_numpy(np.concatenate(batch)).to(model.device, model.dtype)
                parts.append(_unit(model.get_image_features(pixel_values=pixels)))
        return np.concatenate(parts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts [n, d], in their order; a text beyond the model's length is cut."""
        parts = [self._empty()]
        for start in range(0, len(texts), BATCH):
            with self._loaded.turn() as model:
                tokens = self._tokens(list(texts[start : start + BATCH])).to(model.device)
                parts.append(_unit(model.get_text_features(**tokens)))
        return np.concatenate(parts)

    def _empty(self) -> NDArray[np.float32]:
        return np.zeros((0, self._dimension), np.float32)

    def _tokens(self, texts: list[str]) -> Any:
        import transformers

        if self._tokenizer is None:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(self._folder.path, local_files_only=True)
        return self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt")


def _unit(features: Any) -> NDArray[np.float32]:
    import torch

    projected = getattr(features, "pooler_output", features)
    vectors: NDArray[np.float32] = torch.nn.functional.normalize(projected.float(), dim=-1).cpu().numpy()
    return vectors
