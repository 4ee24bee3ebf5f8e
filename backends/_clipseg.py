"""CLIPSeg (Lüddecke and Ecker, CVPR 2022): a few words to a map of where a picture shows them."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._clip import normalisation_of, tokenizer_of
from overread.backends._loading import Loaded, ModelFolder
from overread.imaging.letterbox import letterbox, unletterbox
from overread.ports import BackendCard, Picture
from overread.records import Region
from overread.serving.families import TRAITS


class ClipSegBackend:
    """Outlines what words name; it always outlines something, there or not."""

    takes: Literal["words", "box"] = "words"

    def __init__(self, folder: ModelFolder) -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("outline")
        self._folder = folder
        self._loaded = Loaded(folder, "CLIPSegForImageSegmentation")
        self._size = size_of(folder) or int(config["vision_config"].get("image_size", 224))
        self._length = int(config["text_config"].get("max_position_embeddings", 77))
        self._mean, self._std = normalisation_of(folder)
        self._tokenizer: Any = None

    def outline(self, picture: Picture, words: str, box: Region | None) -> NDArray[np.float32]:
        """Give a probability, 0 to 1, at each pixel of the picture [rows, columns]; a box is not looked at."""
        framed = letterbox(picture, self._size)
        plane = framed.pixels.astype(np.float32) / 255
        with self._loaded.turn() as model:
            import torch

            if self._tokenizer is None:
                self._tokenizer = tokenizer_of(self._folder)
            plain = TRAITS["clipseg"].plain(words)
            tokens = self._tokenizer([plain], truncation=True, max_length=self._length, return_tensors="pt")
            pixels = torch.from_numpy((plane[None] - self._mean) / self._std)[None]
            told = model(
                pixel_values=pixels.to(model.device, model.dtype),
                input_ids=tokens["input_ids"].to(model.device),
                attention_mask=tokens["attention_mask"].to(model.device),
            )
            found = torch.sigmoid(told.logits.float()).reshape(told.logits.shape[-2:]).cpu().numpy()
        side = framed.pixels.shape[0]
        whole = unletterbox(
            found, framed._replace(top=0, left=0, height=found.shape[0], width=found.shape[1]), (side, side)
        )
        return np.clip(unletterbox(whole, framed, (picture.shape[0], picture.shape[1])), 0, 1)


def size_of(folder: ModelFolder) -> int | None:
    """Read the side in pixels that a folder's pictures are brought to; None where it is not stated."""
    for name in ("processor_config.json", "preprocessor_config.json"):
        found = weights.beside(folder.path, name) or {}
        size = found.get("image_processor", found).get("size")
        for key in ("height", "shortest_edge", "longest_edge"):
            if isinstance(size, dict) and isinstance(size.get(key), int):
                return int(size[key])
    return None
