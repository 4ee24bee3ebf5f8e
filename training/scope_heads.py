"""Fit the heads that say what an image is: view, body part, and whether it is in scope at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.clip_data import VIEWS
from training.embeddings import Table, embed, real_images, resized, strange_images
from training.label_heads import SCALE
from training.scope import vqa_body_parts
from training.splits import Split


def fit_view(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit PA, AP, lateral on training films and phantoms; gives weight (3, d) and bias (3,) on the embeddings."""
    usable = (table.splits == "train") & (table.views >= 0) & ~np.char.endswith(table.sources, "(NC)")
    chosen = table.where(usable)
    model = LogisticRegression(C=1.0, max_iter=500).fit(SCALE * chosen.embeddings, chosen.views)
    return SCALE * model.coef_, model.intercept_


def parts_seen(clip: Any, table: Table, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Give embeddings (n, d) and body parts (n,): VQA-RAD's heads, abdomens and chests, every other film as a chest."""
    images, parts = vqa_body_parts(split)
    chests = table.embeddings[(table.splits == split) & ~np.char.endswith(table.sources, "(NC)")]
    return np.concatenate([embed(clip, resized(images)), chests]), np.r_[parts, np.zeros(len(chests), np.int64)]


def fit_part(clip: Any, table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit chest, head, abdomen on training images, each part counting alike; gives weight (3, d) and bias (3,)."""
    embeddings, parts = parts_seen(clip, table, "train")
    model = LogisticRegression(C=1.0, max_iter=500, class_weight="balanced").fit(SCALE * embeddings, parts)
    return SCALE * model.coef_, model.intercept_


def scope_sets(clip: Any, table: Table, split: str) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Give embeddings (n, d) in scope (upright frontal films and phantoms), and out of scope by kind, of a split."""
    frontal = (
        (table.splits == split) & (table.views != VIEWS.index("LATERAL")) & ~np.char.endswith(table.sources, "(NC)")
    )
    real = np.flatnonzero(frontal[: len(real_images())])
    films = real_images()[real[:: max(1, len(real) // 80)]]
    strange = {kind: embed(clip, images) for kind, images in strange_images(split, films).items()}  # type: ignore[arg-type]
    lateral = (table.splits == split) & (table.views == VIEWS.index("LATERAL")) & (table.sources == "phantom")
    strange["phantom lateral"] = table.embeddings[lateral]
    return table.embeddings[frontal], strange


def fit_scope(clip: Any, table: Table) -> dict[str, Any]:
    """Fit the out-of-scope score and its threshold (1 % of validation films in scope are refused, at least 0.5)."""
    inside, strange = scope_sets(clip, table, "train")
    mean = inside.mean(0)
    spread = np.cov(inside.T) + 1e-4 * np.eye(inside.shape[1])
    values, vectors = np.linalg.eigh(spread)
    root = (vectors / np.sqrt(values)) @ vectors.T
    outside = np.concatenate(list(strange.values()))
    rows = _scope_features(np.concatenate([inside, outside]), mean, root)
    truth = np.r_[np.zeros(len(inside)), np.ones(len(outside))]
    model = LogisticRegression(C=1.0, max_iter=500, class_weight="balanced").fit(rows * _scope_scale(root), truth)
    weight = model.coef_[0] * _scope_scale(root)
    head = {"mean": mean, "root": root, "weight": weight, "bias": float(model.intercept_[0])}
    held, _ = scope_sets(clip, table, "val")
    head["threshold"] = max(0.5, float(np.quantile(scope_score(head, held), 0.99)))
    return head


def _scope_features(
    embeddings: NDArray[np.float32], mean: NDArray[np.float32], root: NDArray[np.float64]
) -> NDArray[np.float64]:
    distance = np.linalg.norm((embeddings - mean) @ root.T, axis=1)
    return np.concatenate([embeddings, distance[:, None]], 1)


def _scope_scale(root: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.r_[np.full(root.shape[0], SCALE), 0.1]


def scope_score(head: dict[str, Any], embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the probability (n,) that each image is out of scope, from embeddings (n, d)."""
    return np.asarray(
        1 / (1 + np.exp(-(_scope_features(embeddings, head["mean"], head["root"]) @ head["weight"] + head["bias"])))
    )
