"""What a probe of frozen ImageNet features says of each real film, by heads that have not seen the film's patient.

    python -m training.soft_labels      write .training/cache/soft-float32.npz (a few minutes)

Labels mined from reports are noisy and films with rare ones few: a network that is taught half by them and half by
such a probe learns less by heart (self-distillation with held-out predictions). One probe for each source and label.
"""

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.backends._classifier import pooled
from overread.imaging.letterbox import letterbox
from training.augment import unit_planes
from training.data import LABELS, Row, manifest, read_gray
from training.paths import data_root, work
from training.probe import folds_of, out_of_fold
from training.teacher import load_trunk, maps_of

CACHE = "soft-float32.npz"
"""Named for its arithmetic: one of before may hold what bfloat16 features said."""
SIZE = 320
BATCH = 16


def features_of(rows: list[Row]) -> NDArray[np.float32]:
    """Give the frozen trunk's (n, 3024) pooled features of films at 320 px."""
    trunk = load_trunk()
    found = []
    for start in tqdm(range(0, len(rows), BATCH), desc="trunk", mininterval=10):
        paths = [data_root() / "cxr" / row.fields["path"] for row in rows[start : start + BATCH]]
        canvases = np.stack([letterbox(read_gray(path), SIZE).pixels for path in paths])
        found.append(pooled(maps_of(trunk, unit_planes(canvases))).numpy())
    return np.concatenate(found)


def chances_of(rows: list[Row], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give (n, labels) probabilities, NaN where the film's source teaches too little of a label."""
    chances = np.full((len(rows), len(LABELS)), np.nan, np.float32)
    sources = np.array([row.source for row in rows])
    folds = folds_of([row.fields["patient_id"] for row in rows])
    for source in np.unique(sources):
        mine = sources == source
        for place, label in enumerate(LABELS):
            truth = np.array([row.label(label) for row in rows], np.float32)[mine]
            chances[mine, place] = 1 / (1 + np.exp(-out_of_fold(features[mine], truth, folds[mine])))
    return chances


def main() -> None:
    """Write the cache; only films of the training split are read."""
    rows = [row for row in manifest() if row.trainable and row.split == "train" and row.fields["view"] != "L"]
    np.savez(work("cache", CACHE), chances=chances_of(rows, features_of(rows)), ids=[row.id for row in rows])


if __name__ == "__main__":
    main()
