"""TorchXRayVision's DenseNet-121 classifiers (Cohen et al. 2022), at the operating thresholds of the library."""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.backends._loading import Held
from overread.backends._xrv_loading import network
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import BackendCard, Picture
from overread.precision import settled

SIZE = 224
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "Atelectasis": "Atelectasis",
        "Cardiomegaly": "Cardiomegaly",
        "Consolidation": "Consolidation",
        "Edema": "Edema",
        "Effusion": "Pleural Effusion",
        "Enlarged Cardiomediastinum": "Enlarged Cardiomediastinum",
        "Fracture": "Fracture",
        "Lung Lesion": "Lung Lesion",
        "Lung Opacity": "Lung Opacity",
        "Pleural_Thickening": "Pleural Other",
        "Pneumonia": "Pneumonia",
        "Pneumothorax": "Pneumothorax",
    }
)
"""The library's labels to ours; a label of either side without a counterpart has no score."""


class DenseNetBackend:
    """Scores the labels that the weights were trained on: 0.5 is the operating threshold that the library ships.

    Below and above it the network's own probability is stretched linearly: a score is no calibrated probability.
    """

    def __init__(
        self, file: Path, card: BackendCard, *, device: str, seconds: float, threads: int | None, library: Any
    ) -> None:
        self.card = card
        self._file = file
        self._device = device
        self._library = library
        self._held = Held(card.model, seconds, self._load, threads)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of ours that the weights were trained on; asking imports the library, not the weights."""
        trained = self._library().models.model_urls[self._published()]["labels"]
        return tuple(sorted(NAMES[name] for name in trained if name in NAMES))

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Map each label to its score, 0 to 1; raise `AnswerInvalid` when the network gives no number."""
        with self._held.turn() as model:
            import torch

            values = torch.from_numpy(prepared(picture))[None, None].to(next(model.parameters()).device)
            row = [float(value) for value in model(values)[0]]
        scores = {NAMES[name]: score for name, score in zip(model.targets, row, strict=True) if name in NAMES}
        if not scores or not all(isfinite(score) for score in scores.values()):
            raise AnswerInvalid(f"model '{self.card.model}' gave no number for this picture")
        return {name: settled(min(1.0, max(0.0, scores[name]))) for name in sorted(scores)}

    def _load(self) -> Any:
        models, published = self._library().models, self._published()
        cache = str(self._file.parent)
        return network(
            lambda: models.DenseNet(weights=published, cache_dir=cache), self._file, self.card.model, self._device
        )

    def _published(self) -> str:
        """Give the library's name of the weights that it publishes under the file's name."""
        for name, about in self._library().models.model_urls.items():
            if name.startswith("densenet") and str(about["weights_url"]).endswith(f"/{self._file.name}"):
                return str(name)
        raise Unavailable(f"{self._file.name} of model '{self.card.model}' is no DenseNet that torchxrayvision knows")


def prepared(picture: Picture) -> NDArray[np.float32]:
    """Give the (224, 224) input as the network was trained: the central square, grey levels from -1024 to 1024."""
    rows, columns = picture.shape
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    square = Image.fromarray(picture[top : top + side, left : left + side])
    resized = np.asarray(square.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32)
    return (2.0 * resized / 255.0 - 1.0) * np.float32(1024.0)
