"""Make the classifier: a frozen ImageNet trunk with calibrated linear heads for the labels of real films.

    python -m training.classifier        write models/classifier (trunk, heads.safetensors, heads.json)

The trunk is `training.teacher`'s, saved as it is: `EfficientNetModel`, 320 px, each image standardised by its own mean
and deviation. heads.safetensors: label_weight (L, 3024), label_bias (L): p = sigmoid(weight . features + bias), the
calibration folded in; features: `pooled` of the product's classifier backend, on the map at stride 16. Every figure
that shapes a head (penalty, calibration, threshold) comes from folds that have not seen the film's patient.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from overread.backends._classifier import pooled
from overread.imaging.letterbox import letterbox
from training.clip_data import label_vector
from training.data import LABELS, Row, manifest, read_gray
from training.facts import row_facts
from training.heads import ONE_SOURCE, operating_points
from training.paths import MODELS, WORK, data_root, work
from training.probe import FOLDS, Basis, Linear, folds_of
from training.teacher import lite0_config, load_imagenet, maps_of

SIZE = 320
BATCH = 16
FOLDER = MODELS / "classifier"
SHARES = {"nih-cxr14": 1.0, "nih-cxr14-64px": 0.5, "kermany": 0.3, "hannover": 0.3, "covid-chestxray": 0.3}
"""Weight of a film in the fit. Films held only at 64 px show little; children and COVID films must not rule."""
WITHIN = "nih-cxr14"
"""Where heads are calibrated and their operating points set: the one source with many labels at full size."""
ENOUGH = 15
LEAST_SEEN = 0.62
"""AUROC on held-out folds below which a label was not learnt and gets no head."""
PENALTIES = (3e-4, 1e-3, 3e-3)
Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Films:
    """Real films: features (n, 3024), labels (n, L) with NaN unknown, and where each comes from."""

    rows: list[Row]
    features: NDArray[np.float32]
    labels: NDArray[np.float32]

    @property
    def sources(self) -> NDArray[np.str_]:
        return np.array([row.source for row in self.rows])

    def where(self, chosen: NDArray[np.bool_]) -> "Films":
        """Keep some films."""
        kept = np.flatnonzero(chosen)
        return Films([self.rows[i] for i in kept], self.features[kept], self.labels[kept])


def build_trunk() -> Any:
    """Make the trunk with its ImageNet weights."""
    from transformers import EfficientNetModel

    model = EfficientNetModel(lite0_config(image_size=SIZE))
    load_imagenet(model)
    return model.eval().to(memory_format=torch.channels_last)


def load_films() -> Films:
    """Read every film's features, from the cache where they are (the trunk is frozen, so they never change)."""
    rows = manifest()
    path = WORK / "cache" / "probe320.npy"
    if not path.exists():
        np.save(work("cache", "probe320.npy"), _features(rows))
    labels = np.array([_labels(row) for row in rows], np.float32)
    return Films(rows, np.load(path), labels)


def _features(rows: list[Row]) -> NDArray[np.float32]:
    trunk = build_trunk()
    found = []
    for start in tqdm(range(0, len(rows), BATCH), desc="trunk", mininterval=10):
        paths = [data_root() / "cxr" / row.fields["path"] for row in rows[start : start + BATCH]]
        canvases = np.stack([letterbox(read_gray(path), SIZE).pixels for path in paths])
        found.append(pooled(maps_of(trunk, torch.from_numpy(canvases).float().unsqueeze(1) / 255)).numpy())
    return np.concatenate(found)


def _labels(row: Row) -> list[float]:
    vector = label_vector(row_facts(row))
    vector[LABELS.index("No Finding")] = row.label("No Finding")
    return vector


@dataclass(frozen=True)
class Head:
    """One calibrated label."""

    name: str
    linear: Linear
    threshold: float
    low: float
    high: float
    positives: int
    negatives: int


def fit_head(films: Films, basis: Basis, rows: NDArray[np.float32], label: int) -> Head | None:
    """Fit one label; None where too few films of `WITHIN` teach it, where it was not learnt, or where only one
    source has it."""
    truth = films.labels[:, label]
    known, within = ~np.isnan(truth), films.sources == WITHIN
    counts = [int((truth[known & within] == value).sum()) for value in (1, 0)]
    if LABELS[label] in ONE_SOURCE or min(counts) < ENOUGH:
        return None
    weights = np.array([SHARES[name] for name in films.sources])
    chosen = known & within
    tried = {penalty: held_out(films, basis, rows, truth, weights, penalty) for penalty in PENALTIES}
    penalty = max(tried, key=lambda key: float(roc_auc_score(truth[chosen], tried[key][chosen])))
    held = tried[penalty]
    if roc_auc_score(truth[chosen], held[chosen]) < LEAST_SEEN:
        return None
    platt = LogisticRegression(C=1e3).fit(held[chosen, None], truth[chosen])
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    whole = basis.fit(rows[known], truth[known], weights[known], penalty)
    points = operating_points(slope * held[chosen] + shift, truth[chosen], np.ones(int(chosen.sum())))
    linear = Linear(slope * whole.weight, slope * whole.bias + shift)
    return Head(LABELS[label], linear, *points, *(int((truth[known] == value).sum()) for value in (1, 0)))


def held_out(
    films: Films, basis: Basis, rows: Plane, truth: Plane, weights: NDArray[np.float64], penalty: float
) -> Plane:
    """Give each film's logit by heads that have not seen its patient."""
    folds = folds_of([row.fields["patient_id"] for row in films.rows])
    held = np.full(len(truth), np.nan, np.float32)
    for fold in range(FOLDS):
        taught = ~np.isnan(truth) & (folds != fold)
        head = basis.fit(rows[taught], truth[taught], weights[taught], penalty)
        held[folds == fold] = head.logit(films.features[folds == fold])
    return held


def describe(heads: list[Head]) -> dict[str, Any]:
    """Give heads.json."""
    return {
        "schema": 1,
        "features": "mean, maximum and 5 x 5 means of each of 112 channels at stride 16",
        "labels": [
            {
                "name": head.name,
                "row": row,
                "threshold": round(head.threshold, 4),
                "abstain": [round(head.low, 4), round(head.high, 4)],
                "trained_on": {"positive": head.positives, "negative": head.negatives},
            }
            for row, head in enumerate(heads)
        ],
        "not_trained": [name for name in (*LABELS, "Tuberculosis") if name not in {head.name for head in heads}],
    }


def main() -> None:
    """Fit every head on training and validation films and write the folder."""
    every = load_films()
    usable = np.array([row.trainable and row.split != "test" and row.fields["view"] != "L" for row in every.rows])
    films = every.where(usable)
    basis = Basis.of(films.features)
    rows = basis.project(films.features)
    labels = tqdm(range(len(LABELS)), desc="heads")
    heads = [head for label in labels if (head := fit_head(films, basis, rows, label)) is not None]
    FOLDER.mkdir(exist_ok=True)
    build_trunk().save_pretrained(FOLDER)  # float32: the heads were fitted to its features
    tensors = {
        "label_weight": np.stack([head.linear.weight for head in heads]).astype(np.float32),
        "label_bias": np.array([head.linear.bias for head in heads], np.float32),
    }
    save_file(tensors, FOLDER / "heads.safetensors")
    for name in ("model.safetensors", "heads.safetensors"):
        (FOLDER / name).chmod(0o644)
    (FOLDER / "heads.json").write_text(json.dumps(describe(heads), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
