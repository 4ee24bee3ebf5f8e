"""Convolutional networks with a fixed set of labels: their last maps, pooled, under a calibrated linear head each.

The folder holds one trunk, and in folders that heads.json names as `further_trunks` others that see the same picture at
their own size; the heads read the features of all of them, in that order.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.backends._activation import Look, MapHead, place_map
from overread.backends._loading import Loaded, ModelFolder, require
from overread.backends._remembered import Remembered
from overread.errors import AnswerInvalid, Unavailable
from overread.imaging.letterbox import letterbox
from overread.ports import BackendCard, Picture, PlacedScores
from overread.precision import settled

if TYPE_CHECKING:
    import torch

CELLS = 5
"""Where an opacity lies tells labels apart: the map is also averaged in a grid of CELLS x CELLS."""
REMEMBERED = 4
"""Pictures, each with its maps (half a megabyte a trunk): a case's and its prior's are looked at by two tools."""
FLAT = 1e-3
"""Least deviation that an image is divided by, of grey levels 0 to 1."""


class Linear(NamedTuple):
    """p = sigmoid(weight . features + bias), the calibration folded in."""

    weight: NDArray[np.float32]
    """(labels, features)."""
    bias: NDArray[np.float32]
    place_weight: NDArray[np.float32] | None = None
    """(labels, trunks, channels) of map heads; a row of zeros where a label has none, None where the model has none."""
    place_bias: NDArray[np.float32] | None = None
    """(labels, trunks)."""

    def map_head(self, row: int) -> MapHead | None:
        if self.place_weight is None or self.place_bias is None or not self.place_weight[row].any():
            return None
        return MapHead(self.place_weight[row], self.place_bias[row])


class Looking(Protocol):
    """A trunk, however it is computed."""

    def look(self, picture: Picture) -> Look:
        """Give the last maps and the (channels * 27,) features pooled from them."""


class Trunk:
    """An EfficientNet up to its last map, at its own picture size."""

    def __init__(self, folder: ModelFolder) -> None:
        self._loaded = Loaded(folder, "EfficientNetModel")
        self._size = image_size_of(folder)

    def look(self, picture: Picture) -> Look:
        """Give the last maps and the (channels * 27,) features pooled from them."""
        box = letterbox(picture, self._size)
        with self._loaded.turn() as model:
            pixels = standardised(box.pixels).to(model.device, model.dtype)
            last = model(pixel_values=pixels, output_hidden_states=True).hidden_states[-1].float()
            return Look(pooled(last)[0].cpu().numpy(), last[0].cpu().numpy(), box)


class ClassifierBackend:
    """Gives the probability of each label that heads.json names, from the trunks of EfficientNets."""

    def __init__(self, folder: ModelFolder, trunk: Callable[[ModelFolder], Looking] = Trunk) -> None:
        self.card: BackendCard = folder.card("labels")
        self._folder = folder
        self._rows = _rows(folder)
        self._trunks = [trunk(one) for one in (folder, *further_trunks(folder))]
        self._remembered = Remembered[PlacedScores](REMEMBERED)

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Map each label to its probability, 0 to 1; raise `AnswerInvalid` when the network gives no number."""
        return self.score_and_place(picture).chances

    def score_and_place(self, picture: Picture) -> PlacedScores:
        """Score each label, and tell of any of them where it is seen; one look of each trunk serves both.

        Raises `AnswerInvalid` when the network gives no number.
        """
        return self._remembered.of(picture, self._seen)

    def _seen(self, picture: Picture) -> PlacedScores:
        looks = [trunk.look(picture) for trunk in self._trunks]
        linear = self._linear

        def place(label: str) -> NDArray[np.float32]:
            row = self._rows[label]
            return place_map(looks, linear.weight[row], linear.map_head(row), CELLS)

        return PlacedScores(self._chances(np.concatenate([look.features for look in looks])), place)

    def _chances(self, features: NDArray[np.float32]) -> Mapping[str, float]:
        linear = self._linear
        if linear.weight.shape[1:] != features.shape:
            raise _damaged(self._folder, "of another network")
        logits = (linear.weight @ features + linear.bias).astype(np.float64)
        if not np.isfinite(logits).all():
            raise AnswerInvalid(f"model '{self._folder.name}' gave no number for this picture")
        chances = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
        return {label: settled(chances[row]) for label, row in self._rows.items()}

    @cached_property
    def _linear(self) -> Linear:
        files, safetensors = require(self._folder.name, "safetensors.numpy", "safetensors")
        try:
            arrays = files.load_file(self._folder.path / "heads.safetensors")
            heads = Linear(arrays["label_weight"], arrays["label_bias"])
        except (OSError, KeyError, ValueError, safetensors.SafetensorError) as error:
            raise _damaged(self._folder, type(error).__name__) from error
        rows = {array.shape[:1] for array in heads[:2]}
        if heads.weight.ndim != 2 or len(rows) != 1 or max(self._rows.values()) >= len(heads.weight):
            raise _damaged(self._folder, "shapes that do not fit")
        return self._with_map_heads(heads, arrays)

    def _with_map_heads(self, heads: Linear, arrays: Mapping[str, NDArray[np.float32]]) -> Linear:
        """Add the map heads, which a model need not have."""
        weight, bias = arrays.get("place_weight"), arrays.get("place_bias")
        if weight is None and bias is None:
            return heads
        fitting = (len(heads.weight), len(self._trunks), heads.weight.shape[1] // len(self._trunks) // (2 + CELLS**2))
        if weight is None or bias is None or weight.shape != fitting or bias.shape != fitting[:2]:
            raise _damaged(self._folder, "map heads that do not fit")
        return heads._replace(place_weight=weight, place_bias=bias)


def standardised(canvas: NDArray[np.uint8]) -> "torch.Tensor":
    """Give (1, 3, size, size) input from a canvas: by its own mean and deviation, so that no population is assumed."""
    import torch

    image = torch.from_numpy(canvas).float() / 255
    scaled = (image - image.mean()) / image.std().clamp_min(FLAT)
    return scaled.expand(1, 3, -1, -1)


def pooled(maps: "torch.Tensor") -> "torch.Tensor":
    """Give (n, c * 27) features of (n, c, h, w) maps: means, maxima, then the cells of each channel."""
    import torch

    cells = torch.nn.functional.adaptive_avg_pool2d(maps, CELLS).flatten(1)
    return torch.cat([maps.mean((2, 3)), maps.amax((2, 3)), cells], 1)


def _rows(folder: ModelFolder) -> dict[str, int]:
    """Read which row of the heads is which label."""
    try:
        described = weights.beside(folder.path, "heads.json") or {}
        rows = {str(entry["name"]): int(entry["row"]) for entry in described["labels"]}
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, type(error).__name__) from error
    if not rows or min(rows.values()) < 0:
        raise _damaged(folder, "no labels")
    return rows


def image_size_of(folder: ModelFolder) -> int:
    """Give the side of the square picture that a trunk takes; raise `Unavailable` where its config.json names none."""
    size = int(weights.config(folder.path).get("image_size") or 0)
    if not size:
        raise Unavailable(f"config.json of model '{folder.name}' names no image_size")
    return size


def further_trunks(folder: ModelFolder) -> list[ModelFolder]:
    """Give the folders of the trunks beside the first; raise `Unavailable` for a name that is no folder's."""
    names = (weights.beside(folder.path, "heads.json") or {}).get("further_trunks") or []
    if not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise _damaged(folder, "no names of folders")
    return [replace(folder, name=f"{folder.name}/{name}", path=folder.path / name) for name in names]


def _damaged(folder: ModelFolder, why: str) -> Unavailable:
    return Unavailable(f"the heads of model '{folder.name}' are missing or damaged ({why}); copy its folder again")
