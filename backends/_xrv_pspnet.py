"""The PSPNet that was trained on ChestX-Det (Lian et al. 2021), as TorchXRayVision packages it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.backends._loading import Held
from overread.backends._xrv_loading import network
from overread.errors import AnswerInvalid
from overread.imaging.letterbox import letterbox, unletterbox
from overread.ports import BackendCard, Picture

FILE = "pspnet_chestxray_best_model_4.pth"
SIZE = 512
STRUCTURES: Mapping[str, str] = MappingProxyType(
    {"Right Lung": "right_lung", "Left Lung": "left_lung", "Heart": "heart"}
)
"""The network's structures to ours; its other eleven have no use here."""


class PspNetBackend:
    """Gives one probability map per structure (sigmoid, so that structures may overlap)."""

    def __init__(
        self, file: Path, card: BackendCard, *, device: str, seconds: float, threads: int | None, library: Any
    ) -> None:
        self.card = card
        self._file = file
        self._device = device
        self._library = library
        self._held = Held(card.model, seconds, self._load, threads)

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Map each structure to its probability, 0 to 1, at every pixel of `picture`.

        Raises `AnswerInvalid` when there is no number.
        """
        box = letterbox(picture, SIZE)
        grey = (2.0 * box.pixels.astype(np.float32) / 255.0 - 1.0) * np.float32(1024.0)
        with self._held.turn() as model:
            import torch

            values = torch.from_numpy(grey)[None, None].to(next(model.parameters()).device)
            planes = torch.sigmoid(model(values)[0].float()).cpu().numpy()
        if not np.isfinite(planes).all():
            raise AnswerInvalid(f"model '{self.card.model}' gave no number for this picture")
        shape = (picture.shape[0], picture.shape[1])
        found = zip(model.targets, planes, strict=True)
        return {STRUCTURES[name]: unletterbox(plane, box, shape) for name, plane in found if name in STRUCTURES}

    def _load(self) -> Any:
        chestx_det, cache = self._library().baseline_models.chestx_det, str(self._file.parent)
        return network(lambda: chestx_det.PSPNet(cache_dir=cache), self._file, self.card.model, self._device)
