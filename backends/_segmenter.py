"""A semantic segmentation model whose channels are independent probabilities."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._loading import Loaded, ModelFolder
from overread.backends._remembered import Remembered
from overread.errors import Unavailable
from overread.imaging.letterbox import letterbox, model_input, unletterbox
from overread.ports import BackendCard, Picture

REMEMBERED = 8
"""Pictures, as the model saw them: a case's and its prior's, and each mirrored, are outlined for two tools."""


class SegmenterBackend:
    """Gives one probability map per structure (sigmoid, so that structures may overlap)."""

    def __init__(self, folder: ModelFolder) -> None:
        config = weights.config(folder.path)
        self.card: BackendCard = folder.card("segmentation")
        self._loaded = Loaded(folder, "AutoModelForSemanticSegmentation")
        labels = config.get("id2label") or {}
        self._remembered = Remembered[NDArray[np.float32]](REMEMBERED)
        self._structures = tuple(labels[key] for key in sorted(labels, key=int))
        self._size = int(config.get("image_size") or 0)
        if not self._structures or not self._size:
            raise Unavailable(f"config.json of model '{folder.name}' names no structures or no image_size")

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Map each structure to its probability, 0 to 1, at every pixel of `picture` [rows, columns]."""
        box = letterbox(picture, self._size)
        planes = self._remembered.of(box.pixels, self._planes)
        shape = (picture.shape[0], picture.shape[1])
        return {name: unletterbox(plane, box, shape) for name, plane in zip(self._structures, planes, strict=True)}

    def _planes(self, canvas: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give (structures, size, size) probabilities."""
        import torch

        with self._loaded.turn() as model:
            pixels = torch.from_numpy(model_input(canvas)).to(model.device, model.dtype)
            return np.asarray(torch.sigmoid(model(pixel_values=pixels).logits[0].float()).cpu().numpy())
