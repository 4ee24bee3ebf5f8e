"""What the classifier's saved trunks see of real films and phantoms, computed once for each version of a trunk."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from overread.backends._classifier import pooled
from overread.imaging.letterbox import letterbox
from training.augment import unit_planes
from training.clip_data import VIEWS, label_vector
from training.data import LABELS, manifest, read_gray
from training.embeddings import Table, row_labels, source_of, stack, view_of
from training.paths import MODELS, WORK, data_root, work
from training.phantom_cache import Phantoms
from training.splits import Split
from training.teacher import maps_of

FOLDER = MODELS / "classifier"
TRUNKS = (FOLDER, FOLDER / "tuned")
BATCH = 16


def load_trunk(folder: Path) -> Any:
    """Load a trunk of models/classifier."""
    from transformers import EfficientNetModel

    model = EfficientNetModel.from_pretrained(folder, dtype=torch.float32)
    return model.eval().to(memory_format=torch.channels_last)


def features_of(name: str, count: int, canvases: Callable[[int, int], NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Give (n, 6048) features, both trunks beside each other; `canvases(index, size)` gives an image at a size."""
    return np.concatenate([_trunk_features(folder, name, count, canvases) for folder in TRUNKS], 1)


def _trunk_features(
    folder: Path, name: str, count: int, canvases: Callable[[int, int], NDArray[np.uint8]]
) -> NDArray[np.float32]:
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:16]
    path = WORK / "features" / f"{name}-{count}-{digest}-float32.npy"
    if not path.exists():
        trunk = load_trunk(folder)
        size = int(trunk.config.image_size)
        found = []
        for start in tqdm(range(0, count, BATCH), desc=f"{folder.name}, {name}", mininterval=10):
            images = np.stack([canvases(index, size) for index in range(start, min(count, start + BATCH))])
            found.append(pooled(maps_of(trunk, unit_planes(images))).numpy())
        np.save(work("features", path.name), np.concatenate(found))
    return np.asarray(np.load(path))


def film_table(*splits: Split) -> Table:
    """Give every real film, and the phantoms of some splits: features, labels, view, source, split."""
    return stack([_real(), *(_phantoms(split) for split in splits)])


def _real() -> Table:
    rows = manifest()

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(read_gray(data_root() / "cxr" / rows[index].fields["path"]), size).pixels

    return Table(
        features_of("real", len(rows), canvas),
        np.array([row_labels(row) for row in rows], np.float32),
        np.array([view_of(row) for row in rows]),
        np.array([source_of(row) for row in rows]),
        np.array([row.split for row in rows]),
    )


def _phantoms(split: Split) -> Table:
    phantoms = Phantoms(split)
    count = len(phantoms.images)
    return Table(
        features_of(f"phantoms-{split}", count, lambda index, size: letterbox(phantoms.images[index], size).pixels),
        np.array([label_vector(facts) for facts in phantoms.facts], np.float32).reshape(count, len(LABELS)),
        np.array([VIEWS.index(facts.view) if facts.view in VIEWS else -1 for facts in phantoms.facts]),
        np.full(count, "phantom"),
        np.full(count, split),
    )
