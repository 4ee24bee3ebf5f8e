"""A CLIP, a SigLIP or any two towers that were taught as one: pictures and texts to one space."""

from collections.abc import Mapping, Sequence
from math import exp
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._loading import Loaded, ModelFolder, require
from overread.backends._remembered import Remembered
from overread.backends._text_layers import TEXT_LAYERS, features_of_layers
from overread.errors import Unavailable
from overread.imaging.letterbox import letterbox
from overread.ports import BackendCard, Picture
from overread.serving.families import TRAITS
from overread.serving.records import Family

BATCH = 32
REMEMBERED = 32
"""Embeddings of pictures that are kept, 2 KB each: those of the cases under way."""
FAMILIES: dict[str, Family] = {
    "CLIPModel": "clip",
    "SiglipModel": "siglip",
    "VisionTextDualEncoderModel": "dual-encoder",
}


class ClipBackend:
    """Embeds pictures and texts as unit vectors (CLIP: Radford et al. 2021; SigLIP: Zhai et al. 2023)."""

    def __init__(self, folder: ModelFolder, architecture: str = "CLIPModel") -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("embedding")
        self._folder = folder
        self._loaded = Loaded(folder, architecture)
        self._traits = TRAITS[FAMILIES[architecture]]
        self._size = int(config["vision_config"].get("image_size", 224))
        self._length = int(config["text_config"].get("max_position_embeddings", 64))
        self._dimension = dimension_of(config)
        self._text_layers: Sequence[int] | None = config.get(TEXT_LAYERS)
        self._mean, self._std = normalisation_of(folder)
        self._tokenizer: Any = None
        self._remembered = Remembered[NDArray[np.float32]](REMEMBERED)

    @property
    def logit_scale(self) -> float:
        """The trained temperature, from the file: asking for it does not load the model.

        SigLIP's bias has no place in it: it moves all pairs alike.
        """
        safetensors = require(self._folder.name, "safetensors")[0]
        index = weights.beside(self._folder.path, "model.safetensors.index.json")
        name = PurePath(index["weight_map"]["logit_scale"]).name if index else "model.safetensors"
        with safetensors.safe_open(self._folder.path / name, "numpy") as file:
            return exp(file.get_tensor("logit_scale").item())

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures [n, d], in their order; the last that were asked for alone are remembered.

        The gate and the classifier each ask for the same picture.
        """
        if len(pictures) == 1:
            return self._remembered.of(pictures[0], lambda picture: self._embedded([picture]))
        return self._embedded(pictures)

    def _embedded(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        parts = [self._empty()]
        for start in range(0, len(pictures), BATCH):
            batch = [self._input(picture) for picture in pictures[start : start + BATCH]]
            with self._loaded.turn() as model:
                import torch

                pixels = torch.from_numpy(np.stack(batch)).to(model.device, model.dtype)
                parts.append(_unit(model.get_image_features(pixel_values=pixels)))
        return np.concatenate(parts)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts [n, d], in their order; a text beyond the model's length is cut."""
        parts = [self._empty()]
        for start in range(0, len(texts), BATCH):
            with self._loaded.turn() as model:
                tokens = self._tokens(list(texts[start : start + BATCH])).to(model.device)
                parts.append(_unit(self._text_features(model, tokens)))
        return np.concatenate(parts)

    def _text_features(self, model: Any, tokens: Any) -> Any:
        if self._text_layers is None:
            return model.get_text_features(**tokens)
        return features_of_layers(model, tokens, self._text_layers)

    def _empty(self) -> NDArray[np.float32]:
        return np.zeros((0, self._dimension), np.float32)

    def _input(self, picture: Picture) -> NDArray[np.float32]:
        plane = letterbox(picture, self._size).pixels.astype(np.float32) / 255
        return np.asarray((plane[None] - self._mean) / self._std, np.float32)

    def _tokens(self, texts: list[str]) -> Any:
        if self._tokenizer is None:
            self._tokenizer = tokenizer_of(self._folder)
        plain = [self._traits.plain(text) for text in texts]
        if self._traits.padding is None:
            return self._tokenizer(plain, padding=True, truncation=True, return_tensors="pt")
        # Trained on texts of one length, padding and all: there is no attention mask to hide it.
        fixed = {"padding": self._traits.padding, "truncation": True, "max_length": self._length}
        return self._tokenizer(plain, **fixed, return_attention_mask=False, return_tensors="pt")


def tokenizer_of(folder: ModelFolder) -> Any:
    """Load the tokenizer of a folder; raise `Unavailable` that says what to install."""
    auto: Any = require(folder.name, "transformers")[0].AutoTokenizer
    try:
        return auto.from_pretrained(folder.path, local_files_only=True)
    except ImportError as error:
        raise Unavailable(
            f"the texts of model '{folder.name}' are cut by SentencePiece: pip install sentencepiece protobuf"
        ) from error


def dimension_of(config: Mapping[str, Any]) -> int:
    """Give the length of an embedding."""
    text = config["text_config"]
    return int(config.get("projection_dim") or text.get("projection_size") or text.get("hidden_size") or 768)


def normalisation_of(folder: ModelFolder) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read the mean and deviation [3, 1, 1] that the model's pictures are brought to."""
    for name in ("processor_config.json", "preprocessor_config.json"):
        found = weights.beside(folder.path, name) or {}
        settings = found.get("image_processor", found)
        if "image_mean" in settings and "image_std" in settings:
            mean, std = (np.asarray(settings[key], np.float32) for key in ("image_mean", "image_std"))
            return mean[:, None, None], std[:, None, None]
    raise Unavailable(
        f"model '{folder.name}' does not say how its pictures are normalised; copy its preprocessor_config.json"
    )


def _unit(features: Any) -> NDArray[np.float32]:
    import torch

    projected = getattr(features, "pooler_output", features)
    vectors: NDArray[np.float32] = torch.nn.functional.normalize(projected.float(), dim=-1).cpu().numpy()
    return vectors
