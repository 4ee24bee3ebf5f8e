"""The exported segmenter, classifier and CLIP: what the in-process backends do, without torch and transformers."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._activation import Look, cell_shares
from overread.backends._classifier import CELLS, FLAT, image_size_of
from overread.backends._clip import BATCH, REMEMBERED, dimension_of, normalisation_of
from overread.backends._loading import ModelFolder, require
from overread.backends._onnx_folder import EXPORT, EXTRA, TEXTS, ExportedFolder, Graph
from overread.backends._remembered import Remembered
from overread.backends._segmenter import REMEMBERED as SEGMENTED
from overread.errors import Unavailable
from overread.imaging.letterbox import letterbox, model_input, unletterbox
from overread.ports import BackendCard, Picture
from overread.serving.families import TRAITS

Vectors = NDArray[np.float32]


class OnnxSegmenter:
    """Gives one probability map per structure."""

    def __init__(self, folder: ExportedFolder) -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("segmentation")
        labels = config.get("id2label") or {}
        self._structures = tuple(labels[key] for key in sorted(labels, key=int))
        self._size = image_size_of(folder)
        self._graph = Graph(folder)
        self._remembered = Remembered[NDArray[np.float32]](SEGMENTED)

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Map each structure to its probability, 0 to 1, at every pixel of `picture` [rows, columns]."""
        box = letterbox(picture, self._size)
        planes = self._remembered.of(box.pixels, self._planes)
        shape = (picture.shape[0], picture.shape[1])
        return {name: unletterbox(plane, box, shape) for name, plane in zip(self._structures, planes, strict=True)}

    def _planes(self, canvas: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give (structures, size, size) probabilities."""
        planes: NDArray[np.float32] = self._graph.run({"pixel_values": model_input(canvas)})[0]
        return planes


class OnnxTrunk:
    """An EfficientNet up to its last map, at its own picture size."""

    def __init__(self, folder: ModelFolder) -> None:
        self._size = image_size_of(folder)
        self._graph = Graph(folder)

    def look(self, picture: Picture) -> Look:
        """Give the last maps and the (channels * 27,) features pooled from them."""
        box = letterbox(picture, self._size)
        maps = self._graph.run({"pixel_values": standardised(box.pixels)})[0]
        return Look(pooled(maps), maps, box)


class OnnxClip:
    """Embeds pictures and texts as unit vectors; the tower of texts loads when a text is embedded."""

    def __init__(self, folder: ExportedFolder) -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("embedding")
        self._folder = folder
        self._size = int(config["vision_config"].get("image_size", 224))
        self._text = config["text_config"]
        self._dimension = dimension_of(config)
        self._mean, self._std = normalisation_of(folder)
        self._pictures, self._texts = Graph(folder), Graph(folder, TEXTS)
        self._remembered = Remembered[Vectors](REMEMBERED)

    @property
    def logit_scale(self) -> float:
        """The trained temperature, as it was when the model was exported."""
        return float((weights.beside(self._folder.path, EXPORT) or {})["logit_scale"])

    def embed_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Embed pictures [n, d], in their order; the last that were asked for alone are remembered."""
        if len(pictures) == 1:
            return self._remembered.of(pictures[0], lambda picture: self._embedded([picture]))
        return self._embedded(pictures)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts [n, d], in their order; a text beyond the model's length is cut."""
        plain = [TRAITS["clip"].plain(text) for text in texts]
        return self._joined([self._texts.run(self._tokens(batch)) for batch in _batches(plain)])

    def _embedded(self, pictures: Sequence[Picture]) -> Vectors:
        # One by one: a picture's vector is then the same in any company, and the memory that of one picture.
        return self._joined([self._pictures.run({"pixel_values": self._input(picture)[None]}) for picture in pictures])

    def _joined(self, parts: Sequence[Vectors]) -> Vectors:
        return np.concatenate([np.zeros((0, self._dimension), np.float32), *parts])

    def _input(self, picture: Picture) -> Vectors:
        plane = letterbox(picture, self._size).pixels.astype(np.float32) / 255
        return np.asarray((plane[None] - self._mean) / self._std, np.float32)

    def _tokens(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        encoded = self._tokenizer.encode_batch(list(texts))
        return {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
        }

    @cached_property
    def _tokenizer(self) -> Any:
        """The tokenizer alone, which needs none of transformers."""
        tokenizers = require(self._folder.name, "tokenizers", extra=EXTRA)[0]
        path = self._folder.path / "tokenizer.json"
        if not path.is_file():
            raise Unavailable(f"model '{self._folder.name}' has no tokenizer.json and embeds no text")
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
        pad = int(self._text.get("pad_token_id") or 0)
        tokenizer.enable_truncation(int(self._text.get("max_position_embeddings", 77)))
        tokenizer.enable_padding(pad_id=pad, pad_token=tokenizer.id_to_token(pad))
        return tokenizer


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]


def standardised(canvas: NDArray[np.uint8]) -> Vectors:
    """Give (1, 3, size, size) input from a canvas, by its own mean and deviation, as torch does."""
    image = canvas.astype(np.float32) / 255
    scaled = (image - image.mean()) / max(image.std(ddof=1), FLAT)
    return np.repeat(scaled[None, None].astype(np.float32), 3, axis=1)


def pooled(maps: Vectors) -> Vectors:
    """Give (c * 27,) features of (c, h, w) maps: means, maxima, then the cells of each channel."""
    channels, height, width = maps.shape
    cells = maps.reshape(channels, -1) @ cell_shares(height, width, CELLS).reshape(CELLS**2, -1).T
    return np.concatenate([maps.mean((1, 2)), maps.max((1, 2)), cells.ravel()]).astype(np.float32)
