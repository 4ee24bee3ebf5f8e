"""What the classifier's networks say of real films and phantoms, computed once for each version, in float32.

Beside them stands what is simpler: the features of the same trunk with its ImageNet weights, at 320 px, of real films.
A network says nothing of films whose patients it was taught with: of each film one of the three speaks, of phantoms of
the validation and test splits all of them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tqdm import tqdm

from overread.backends._classifier import pooled
from overread.imaging.letterbox import letterbox
from training import teacher
from training.augment import unit_planes
from training.clip_data import VIEWS, label_vector
from training.data import LABELS, manifest, read_gray
from training.embeddings import row_labels, source_of, view_of
from training.folds import COUNT, fold_of, taught_the_start
from training.network_data import real_labels
from training.paths import MODELS, WORK, data_root, work
from training.phantom_cache import Phantoms
from training.splits import Split

FOLDER = MODELS / "classifier"
TRUNKS = (FOLDER, *(FOLDER / f"fold_{fold}" for fold in range(1, COUNT)))
"""The trunk of each network, by the fold that it has not seen."""
IMAGENET = "imagenet"
IMAGENET_SIZE = 320
BATCH = 16
SMALL = frozenset({"nih-cxr14-128px", "nih-cxr14-64px"})
"""Films too small for figures; they teach the networks."""
PHANTOM_SPLITS: tuple[Split, ...] = ("val", "test")
NO_FOLD = -1
Canvas = Callable[[int, int], NDArray[np.uint8]]
"""Gives the image with an index on a square canvas of a size."""


@dataclass(frozen=True)
class Seen:
    """Real films, then phantoms, n in all, and what is known of each; NaN marks what is not."""

    frozen: NDArray[np.float32]
    """(n, 3024): features of the trunk with its ImageNet weights; NaN of phantoms."""
    heard: NDArray[np.float32]
    """(n, labels): logits of the networks that have not seen the patient, their mean where there are several."""
    labels: NDArray[np.float32]
    """(n, labels): as the source states them, which is what calibrates and what is measured against."""
    taught: NDArray[np.float32]
    """(n, labels): as probes are taught them; what is ambiguous is unknown there."""
    views: NDArray[np.int64]
    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    folds: NDArray[np.int64]
    """(n,): NO_FOLD for a phantom."""
    splits: NDArray[np.str_]
    """(n,): 'film', or a phantom's split."""
    fresh: NDArray[np.bool_]
    """(n,): False for films of patients that the networks' start was taught with."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Mark (n,) frontal images of a shipped licence."""
        return np.asarray((self.views != VIEWS.index("LATERAL")) & ~np.char.endswith(self.sources, "(NC)"))

    def known(self, label: int) -> NDArray[np.bool_]:
        """Mark (n,) usable images whose label is known."""
        return np.asarray(self.usable & ~np.isnan(self.labels[:, label]))

    def counted(self, label: int) -> NDArray[np.bool_]:
        """Mark (n,) those that may calibrate and be measured on."""
        return self.known(label) & self.fresh


def load_trunk(folder: Path) -> Any:
    """Load a network's trunk."""
    from transformers import EfficientNetModel

    model = EfficientNetModel.from_pretrained(folder, dtype=torch.float32)
    return model.eval().to(memory_format=torch.channels_last)


def features_of(folder: Path, name: str, chosen: NDArray[np.int64], canvas: Canvas) -> NDArray[np.float32]:
    """Give (m, 3024) pooled features of the chosen images (m indices)."""
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    return _kept(digest, name, chosen, canvas, lambda: load_trunk(folder))


def imagenet_features(name: str, chosen: NDArray[np.int64], canvas: Canvas) -> NDArray[np.float32]:
    """Give the same of the trunk that was never taught a radiograph."""

    def load() -> Any:
        trunk = teacher.load_trunk()
        trunk.config.image_size = IMAGENET_SIZE
        return trunk

    return _kept(IMAGENET, name, chosen, canvas, load)


def _kept(
    version: str, name: str, chosen: NDArray[np.int64], canvas: Canvas, load: Callable[[], Any]
) -> NDArray[np.float32]:
    digest = hashlib.sha256(version.encode() + chosen.tobytes()).hexdigest()
    path = WORK / "features" / f"{name}-{digest[:16]}-float32.npy"
    if not path.exists():
        trunk = load()
        size = int(trunk.config.image_size)
        found = []
        for start in tqdm(range(0, len(chosen), BATCH), desc=name, mininterval=10):
            images = np.stack([canvas(int(index), size) for index in chosen[start : start + BATCH]])
            found.append(pooled(teacher.maps_of(trunk, unit_planes(images))).numpy())
        np.save(work("features", path.name), np.concatenate(found))
    return np.asarray(np.load(path))


def seen() -> Seen:
    """Look at every real film of full size and at the phantoms of two splits, with the networks that ship."""
    parts = [_films(), *(_phantoms(split) for split in PHANTOM_SPLITS)]
    return Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in Seen.__dataclass_fields__))


def heads_of_networks() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the networks' own heads: weight (COUNT, labels, 3024) and bias (COUNT, labels)."""
    arrays = load_file(FOLDER / "heads.safetensors")
    return arrays["network_weight"], arrays["network_bias"]


def _films() -> Seen:
    rows = [row for row in manifest() if row.source not in SMALL]
    folds = np.array([fold_of(row.fields["patient_id"]) for row in rows])

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(read_gray(data_root() / "cxr" / rows[index].fields["path"]), size).pixels

    before = taught_the_start(manifest())
    weight, bias = heads_of_networks()
    heard = np.zeros((len(rows), len(LABELS)), np.float32)
    for fold, folder in enumerate(TRUNKS):
        mine = np.flatnonzero(folds == fold)
        heard[mine] = features_of(folder, "films", mine, canvas) @ weight[fold].T + bias[fold]
    return Seen(
        imagenet_features("films", np.arange(len(rows)), canvas),
        heard,
        np.array([row_labels(row) for row in rows], np.float32),
        np.array([real_labels(row) for row in rows], np.float32),
        np.array([view_of(row) for row in rows]),
        np.array([source_of(row) for row in rows]),
        np.array([row.fields["patient_id"] for row in rows]),
        folds,
        np.full(len(rows), "film"),
        np.array([row.fields["patient_id"] not in before for row in rows]),
    )


def _phantoms(split: Split) -> Seen:
    phantoms = Phantoms(split)
    chosen = np.arange(len(phantoms.images))

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(phantoms.images[index], size).pixels

    name = f"phantoms-{split}"
    labels = np.array([label_vector(facts) for facts in phantoms.facts], np.float32).reshape(len(chosen), len(LABELS))
    weight, bias = heads_of_networks()
    said = [features_of(f, name, chosen, canvas) @ w.T + b for f, w, b in zip(TRUNKS, weight, bias, strict=True)]
    return Seen(
        np.full((len(chosen), weight.shape[-1]), np.nan, np.float32),
        np.mean(said, 0, dtype=np.float32),
        labels,
        labels,
        np.array([VIEWS.index(facts.view) if facts.view in VIEWS else -1 for facts in phantoms.facts]),
        np.full(len(chosen), "phantom"),
        np.array([f"phantom:{number}" for number in phantoms.numbers]),
        np.full(len(chosen), NO_FOLD),
        np.full(len(chosen), split),
        np.ones(len(chosen), bool),
    )
