"""The calibrated heads beside a model: labels; for a CLIP also view, body part, and whether it is a frontal chest."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.errors import Unavailable
from overread.ports import BackendCard
from overread.precision import settled
from overread.records import Score
from overread.tools._growth import Growing, growing_of
from overread.tools._places import Placing, placing_of

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class LabelHead:
    """One label's operating point."""

    name: str
    row: int
    threshold: float
    band: tuple[float, float] | None
    calibrated: bool = True
    silent_on_real_films: bool = False
    """Taught by phantoms only, and seen to fire on real films without a finding."""
    placing: Placing | None = None
    """None: nobody measured where it sees the label."""
    growing: Growing | None = None
    """None: nobody measured what it means to see more of it than before."""

    def speaks(self, *, synthetic: bool) -> bool:
        """Say whether the head may score this kind of study: a phantom, or a patient's film."""
        return synthetic or not self.silent_on_real_films

    @property
    def decides(self) -> bool:
        """False for a head whose operating point is 0 or 1: it would call every picture the same."""
        return 0.0 < self.threshold < 1.0

    def score(self, probability: float, method: Literal["head", "network"]) -> Score:
        """Give a probability with the operating point that belongs to it."""
        return Score(
            label=self.name,
            probability=probability,
            threshold=self.threshold,
            band=self.band,
            calibrated=self.calibrated,
            method=method,
        )


@dataclass(frozen=True)
class Heads:
    """Linear heads on a unit-norm picture embedding [d]."""

    labels: tuple[LabelHead, ...]
    views: tuple[str, ...]
    view_abstains_below: float | None
    ood_threshold: float | None
    arrays: Mapping[str, Vector]
    body_parts: tuple[str, ...] = ()
    """DICOM terms for Body Part Examined."""

    def label_probabilities(self, embedding: Vector) -> dict[str, float]:
        """Give the calibrated probability of every label that has a head."""
        logits = self.arrays["label_weight"] @ embedding + self.arrays["label_bias"]
        return {head.name: _sigmoid(float(logits[head.row])) for head in self.labels}

    def view_probabilities(self, embedding: Vector) -> dict[str, float]:
        """Give the probability of each view; empty without a view head."""
        return self._shares("view", self.views, embedding)

    def body_part_probabilities(self, embedding: Vector) -> dict[str, float]:
        """Give the probability of each body part; empty without a head for it."""
        return self._shares("part", self.body_parts, embedding)

    def _shares(self, head: str, classes: tuple[str, ...], embedding: Vector) -> dict[str, float]:
        if not classes:
            return {}
        logits = self.arrays[f"{head}_weight"] @ embedding + self.arrays[f"{head}_bias"]
        shares = np.exp(logits - logits.max())
        return {name: settled(share) for name, share in zip(classes, shares / shares.sum(), strict=True)}

    def out_of_distribution(self, embedding: Vector) -> float | None:
        """Give the probability that the picture is no upright frontal chest radiograph.

        A logistic head on the embedding and its Mahalanobis distance to the training pictures (Lee et al. 2018).
        """
        if self.ood_threshold is None:
            return None
        distance = np.linalg.norm(self.arrays["ood_root"] @ (embedding - self.arrays["ood_mean"]))
        weight = self.arrays["ood_weight"]
        return _sigmoid(float(weight[:-1] @ embedding + weight[-1] * distance + self.arrays["ood_bias"][0]))


def heads_beside(model: BackendCard) -> Heads | None:
    """Load the heads that belong to a model, or None when its folder has none; raise `Unavailable` on damaged ones."""
    try:
        folder = weights.folder_of(model)
    except Unavailable:
        return None
    described = weights.beside(folder, "heads.json")
    if described is None or not (folder / "heads.safetensors").is_file():
        return None
    return _load(folder, model.weights_digest)


@lru_cache(maxsize=4)
def _load(folder: Path, _digest: str) -> Heads:
    described = weights.beside(folder, "heads.json") or {}
    damage = import_module("safetensors").SafetensorError
    try:
        arrays = import_module("safetensors.numpy").load_file(folder / "heads.safetensors")
        view, ood = described.get("view") or {}, described.get("ood") or {}
        return Heads(
            labels=tuple(head for entry in described["labels"] if (head := _label(entry)).decides),
            views=tuple(view.get("classes", ())),
            view_abstains_below=view.get("abstain_below"),
            ood_threshold=ood.get("threshold"),
            arrays={name: np.asarray(array, np.float32) for name, array in arrays.items()},
            body_parts=tuple((described.get("body_part") or {}).get("classes", ())),
        )
    except (KeyError, TypeError, ValueError, OSError, damage) as error:
        raise Unavailable(f"the heads of model '{folder.name}' are damaged ({type(error).__name__})") from error


def _label(entry: Mapping[str, Any]) -> LabelHead:
    band = entry.get("abstain")
    return LabelHead(
        name=str(entry["name"]),
        row=int(entry["row"]),
        threshold=float(entry["threshold"]),
        band=None if band is None else (float(band[0]), float(band[1])),
        silent_on_real_films=bool(entry.get("silent_on_real_films", False)),
        placing=placing_of(entry),
        growing=growing_of(entry),
    )


def _sigmoid(value: float) -> float:
    return settled(1.0 / (1.0 + np.exp(-np.clip(value, -60.0, 60.0))))
