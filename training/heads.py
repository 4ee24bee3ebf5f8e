"""Fit the CLIP's linear heads on frozen embeddings: labels (calibrated), view, body part, and out of scope.

    python -m training.heads        write models/clip/heads.safetensors, heads.json, prompts.json

`heads.safetensors` (float32): label_weight (L, D), label_bias (L): p = sigmoid(weight @ e + bias), the calibration
folded in; view_weight, view_bias: softmax over heads.json `view.classes`; part_weight, part_bias: the same over
`body_part.classes`; ood_mean, ood_root: Mahalanobis distance
d = |root (e - mean)|; ood_weight (D + 1), ood_bias: s = sigmoid(weight . [e, d] + bias), the probability that the
image is not an upright frontal chest radiograph. e is the unit-norm projected image embedding.
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

from training.captions import prompts
from training.clip_data import VIEWS
from training.data import LABELS
from training.embeddings import (
    Table,
    embed,
    load_clip,
    phantom_table,
    real_images,
    real_table,
    resized,
    strange_images,
)
from training.paths import MODELS
from training.phrases import ABSENT
from training.scope import BODY_PARTS, vqa_body_parts
from training.splits import Split

REAL_ENOUGH, PHANTOM_ENOUGH = 20, 60
"""Training positives below which a label is not taught by real films, or at all by phantoms."""
STRENGTHS = (0.3, 3.0, 30.0)
ABSTAINED_SHARE = 0.15
LEAST_SEEN = 0.58
"""Validation AUROC (mean of real films and phantoms) below which a label was not learnt and gets no head."""
ONE_SOURCE = frozenset({"COVID-19"})
"""Labels whose positives all come from one source: a head would read the source, not the disease."""
SCALE = 10.0
"""Embeddings are multiplied by this before fitting, so that the penalty acts on values near 1."""


@dataclass
class Head:
    """One label's head in embedding space, calibrated, with its operating points."""

    name: str
    weight: NDArray[np.float64]
    bias: float
    threshold: float
    low: float
    high: float
    evidence: str
    positives: dict[str, int]
    negatives: dict[str, int]

    def score(self, embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(embeddings @ self.weight + self.bias))))


def stack(tables: list[Table]) -> Table:
    """Put tables under each other."""
    return Table(*(np.concatenate([getattr(t, name) for t in tables]) for name in Table.__dataclass_fields__))


def domain_weights(table: Table, truth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weigh rows so that real films and phantoms count alike, and so that each domain keeps its own prevalence."""
    phantom = table.sources == "phantom"
    weights = np.ones(len(truth))
    for chosen in (phantom, ~phantom):
        if chosen.any():
            weights[chosen] = len(truth) / (2.0 * chosen.sum()) if (~chosen).any() else 1.0
    return weights


def known(table: Table, label: int, split: str) -> tuple[Table, NDArray[np.float32]]:
    """Give the rows of a split whose label is known, shipped-licence and frontal rows only."""
    usable = ~np.isnan(table.labels[:, label]) & (table.splits == split) & (table.views != VIEWS.index("LATERAL"))
    usable &= ~np.char.endswith(table.sources, "(NC)")
    chosen = table.where(usable)
    return chosen, chosen.labels[:, label]


def fit_label(table: Table, label: int) -> Head | None:
    """Fit, calibrate and set the operating points of a label; None where too few positives teach it."""
    train, truth = known(table, label, "train")
    real = train.sources != "phantom"
    counts = {"real": int(truth[real].sum()), "phantom": int(truth[~real].sum())}
    if LABELS[label] in ONE_SOURCE or (counts["real"] < REAL_ENOUGH and counts["phantom"] < PHANTOM_ENOUGH):
        return None
    held, wanted = known(table, label, "val")
    if counts["real"] < REAL_ENOUGH:
        train, truth = train.where(~real), truth[~real]
        drawn = held.sources == "phantom"
        held, wanted = held.where(drawn), wanted[drawn]
    fitted = max(
        (_fit(train, truth, strength) for strength in STRENGTHS),
        key=lambda model: _quality(model, held, wanted),
    )
    if _quality(fitted, held, wanted) < LEAST_SEEN:
        return None
    logits = fitted.decision_function(SCALE * held.embeddings)
    platt = LogisticRegression(C=1e3).fit(logits[:, None], wanted, sample_weight=domain_weights(held, wanted))
    slope, shift = max(float(platt.coef_[0, 0]), 1e-3), float(platt.intercept_[0])
    weight = slope * SCALE * fitted.coef_[0]
    bias = slope * float(fitted.intercept_[0]) + shift
    threshold, low, high = operating_points(slope * logits + shift, wanted, domain_weights(held, wanted))
    negatives = {
        "real": int((truth[train.sources != "phantom"] == 0).sum()),
        "phantom": int((truth[train.sources == "phantom"] == 0).sum()),
    }
    evidence = (
        "real films and phantoms"
        if counts["real"] >= REAL_ENOUGH and counts["phantom"]
        else "real films"
        if counts["real"] >= REAL_ENOUGH
        else "phantoms only"
    )
    return Head(LABELS[label], weight, bias, threshold, low, high, evidence, counts, negatives)


def _fit(train: Table, truth: NDArray[np.float32], strength: float) -> LogisticRegression:
    model = LogisticRegression(C=strength / 10, max_iter=200)
    return model.fit(SCALE * train.embeddings, truth, sample_weight=domain_weights(train, truth))


def _quality(model: LogisticRegression, held: Table, truth: NDArray[np.float32]) -> float:
    scores = model.decision_function(SCALE * held.embeddings)
    found = []
    for chosen in (held.sources == "phantom", held.sources != "phantom"):
        if 2 <= truth[chosen].sum() < chosen.sum():
            found.append(float(roc_auc_score(truth[chosen], scores[chosen])))
    return float(np.mean(found)) if found else 0.0


def operating_points(
    logits: NDArray[np.float64], truth: NDArray[np.float32], weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Give (threshold, low, high): best balanced accuracy, and the band of the films nearest to it, which abstain."""
    cuts = np.unique(np.quantile(logits, np.linspace(0.02, 0.98, 97)))
    positive, negative = weights * (truth == 1), weights * (truth == 0)
    scores = [
        ((logits >= cut) * positive).sum() / positive.sum() + ((logits < cut) * negative).sum() / negative.sum()
        for cut in cuts
    ]
    best = float(cuts[int(np.argmax(np.convolve(scores, np.ones(5) / 5, mode="same")))])
    reach = float(np.quantile(np.abs(logits - best), ABSTAINED_SHARE))
    low, middle, high = (float(1 / (1 + np.exp(-value))) for value in (best - reach, best, best + reach))
    return middle, low, high


def fit_view(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit PA, AP, lateral on training films and phantoms."""
    usable = (table.splits == "train") & (table.views >= 0) & ~np.char.endswith(table.sources, "(NC)")
    chosen = table.where(usable)
    model = LogisticRegression(C=1.0, max_iter=500).fit(SCALE * chosen.embeddings, chosen.views)
    return SCALE * model.coef_, model.intercept_


def parts_seen(clip: Any, table: Table, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Give embeddings and body parts: VQA-RAD's heads, abdomens and chests, and every other film as a chest."""
    images, parts = vqa_body_parts(split)
    chests = table.embeddings[(table.splits == split) & ~np.char.endswith(table.sources, "(NC)")]
    return np.concatenate([embed(clip, resized(images)), chests]), np.r_[parts, np.zeros(len(chests), np.int64)]


def fit_part(clip: Any, table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit chest, head, abdomen on training images, each part counting alike."""
    embeddings, parts = parts_seen(clip, table, "train")
    model = LogisticRegression(C=1.0, max_iter=500, class_weight="balanced").fit(SCALE * embeddings, parts)
    return SCALE * model.coef_, model.intercept_


def scope_sets(clip: Any, table: Table, split: str) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Give embeddings in scope (upright frontal films and phantoms) and out of scope by kind, of a split."""
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
    """Give the probability that each image is out of scope."""
    return np.asarray(
        1 / (1 + np.exp(-(_scope_features(embeddings, head["mean"], head["root"]) @ head["weight"] + head["bias"])))
    )


@torch.no_grad()
def text_sides(clip: Any, tokenizer: Any, label: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the unit mean text embedding of a label's positive and negative prompts."""
    sides = []
    for kind in ("positive", "negative"):
        encoded = tokenizer(prompts(label)[kind], padding=True, return_tensors="pt")
        read = clip.text_model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"])
        texts = torch.nn.functional.normalize(clip.text_projection(read.pooler_output), dim=-1)
        sides.append(torch.nn.functional.normalize(texts.mean(0), dim=-1).numpy())
    return sides[0], sides[1]


def fit_prompts(clip: Any, tokenizer: Any, table: Table, heads: list[Head]) -> dict[str, Any]:
    """Calibrate zero-shot margins for every label that has a head."""
    scale = float(clip.logit_scale.exp())
    labels: dict[str, Any] = {}
    for head in heads:
        if head.name not in ABSENT and head.name != "No Finding":
            continue
        positive, negative = text_sides(clip, tokenizer, head.name)
        held, truth = known(table, LABELS.index(head.name), "val")
        margin = scale * (held.embeddings @ positive - held.embeddings @ negative)
        platt = LogisticRegression(C=1e3).fit(margin[:, None], truth, sample_weight=domain_weights(held, truth))
        labels[head.name] = {
            **prompts(head.name),
            "slope": round(max(float(platt.coef_[0, 0]), 0.0), 5),
            "intercept": round(float(platt.intercept_[0]), 5),
        }
    return {"schema": 1, "logit_scale": round(scale, 4), "labels": labels}


def describe(heads: list[Head], threshold: float) -> dict[str, Any]:
    """Give heads.json; training.evaluate adds the measured figures."""
    return {
        "schema": 1,
        "embedding": "unit-norm projected image embedding",
        "labels": [
            {
                "name": head.name,
                "row": row,
                "threshold": round(head.threshold, 4),
                "abstain": [round(head.low, 4), round(head.high, 4)],
                "taught_by": head.evidence,
                "trained_on": {
                    "positive": sum(head.positives.values()),
                    "negative": sum(head.negatives.values()),
                    "positive_by_kind": head.positives,
                },
                "auroc": None,
            }
            for row, head in enumerate(heads)
        ],
        "not_trained": [name for name in (*LABELS, "Tuberculosis") if name not in {head.name for head in heads}],
        "why_not": {
            "COVID-19": "all positives come from one source",
            "Tuberculosis": "no source has it",
            "others": f"not learnt: validation AUROC below {LEAST_SEEN}, or too few positives",
        },
        "view": {"classes": list(VIEWS), "abstain_below": 0.6},
        "body_part": {"classes": list(BODY_PARTS), "abstain_below": 0.6},
        "ood": {
            "threshold": round(threshold, 4),
            "meaning": "probability that the image is not an upright frontal chest radiograph",
        },
    }


def main() -> None:
    """Fit every head and write the three files."""
    from transformers import CLIPTokenizer

    clip = load_clip()
    table = stack([real_table(clip), phantom_table(clip)])
    heads = [head for label in range(len(LABELS)) if (head := fit_label(table, label)) is not None]
    view_weight, view_bias = fit_view(table)
    part_weight, part_bias = fit_part(clip, table)
    scope = fit_scope(clip, table)
    folder = MODELS / "clip"
    tensors = {
        "label_weight": np.stack([head.weight for head in heads]),
        "label_bias": np.array([head.bias for head in heads]),
        "view_weight": view_weight,
        "view_bias": view_bias,
        "part_weight": part_weight,
        "part_bias": part_bias,
        "ood_weight": scope["weight"],
        "ood_bias": np.array([scope["bias"]]),
        "ood_mean": scope["mean"],
        "ood_root": scope["root"],
    }
    save_file(
        {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, folder / "heads.safetensors"
    )
    (folder / "heads.safetensors").chmod(0o644)
    (folder / "heads.json").write_text(
        json.dumps(describe(heads, scope["threshold"]), indent=1) + "\n", encoding="utf-8"
    )
    words = fit_prompts(clip, CLIPTokenizer.from_pretrained(folder), table, heads)
    (folder / "prompts.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
