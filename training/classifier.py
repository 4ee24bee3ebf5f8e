"""Make the classifier: two trunks, one frozen and one fine-tuned, under heads that average what each says.

    python -m training.classifier [--name network]     write models/classifier (trunks, heads.safetensors, heads.json)

The first trunk has its ImageNet weights and reads at 320 px; its probes are fitted here, on real training films. The
second is that of `training.network`, with its own heads, and reads at 256 px. Each one's logit is calibrated, and a
label that both know gets the mean: they err on different films. heads.safetensors: label_weight (L, 6048), label_bias
(L): p = sigmoid(weight . features + bias), all of it folded in; features: `pooled` of the product's backend, of one
trunk after the other. What is calibrated or chosen comes from the validation split, which taught neither.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from training.classifier_features import FOLDER, TRUNKS, film_table
from training.data import LABELS, SIZE
from training.embeddings import Table
from training.label_heads import ONE_SOURCE, PHANTOM_ENOUGH, REAL_ENOUGH, domain_weights, known, operating_points, seen
from training.network import Network, load
from training.network_data import label_counts
from training.probe import Basis, Linear
from training.teacher import lite0_config, load_imagenet

FROZEN_SIZE = 320
LEAST_SEEN = 0.6
"""Validation AUROC (mean of real films and phantoms) below which a label was not learnt and gets no head."""
SHARES = {"nih-cxr14": 1.0, "nih-cxr14-64px": 0.5, "kermany": 0.3, "hannover": 0.3, "covid-chestxray": 0.3}
"""Weight of a film in the probes. Films held only at 64 px show little; children and COVID films must not rule."""
Logits = NDArray[np.float64]
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Head:
    """One calibrated label on the features of both trunks."""

    name: str
    linear: Linear
    threshold: float
    low: float
    high: float
    taught_by: str
    counts: Counts


def taught_by(counts: Counts, label: int) -> str | None:
    """Say which kinds of image taught a label; None where too few did, or where only one source has it."""
    real = min(counts["real"].values()) >= REAL_ENOUGH
    phantom = counts["phantom"]["positive"] >= PHANTOM_ENOUGH
    names = [name for name, enough in (("real films", real), ("phantoms", phantom)) if enough]
    if not names or LABELS[label] in ONE_SOURCE:
        return None
    return "phantoms only" if names == ["phantoms"] else " and ".join(names)


def probes(table: Table) -> dict[int, Linear]:
    """Fit a linear probe on the frozen trunk's features for each label that real training films teach."""
    half = table.embeddings.shape[1] // 2
    teaching = (table.splits == "train") & (table.sources != "phantom") & ~np.char.endswith(table.sources, "(NC)")
    basis = Basis.of(table.embeddings[teaching, :half])
    found = {}
    for label in range(len(LABELS)):
        train, truth = known(table, label, "train")
        if min((truth == 1).sum(), (truth == 0).sum()) < REAL_ENOUGH or LABELS[label] in ONE_SOURCE:
            continue
        features = train.embeddings[:, :half]
        weights = np.array([SHARES[name] for name in train.sources])
        found[label] = basis.fit(basis.project(features), truth, weights)
    return found


def members(network: Network, table: Table) -> Iterator[tuple[int, list[Linear]]]:
    """Give each label with what speaks of it, as linear functions of both trunks' features."""
    weight, bias = (value.numpy() for value in network.linear())
    half = weight.shape[1]
    nothing = np.zeros(half, np.float32)
    frozen = probes(table)
    for label in range(len(LABELS)):
        tuned = Linear(np.concatenate([nothing, weight[label]]), float(bias[label]))
        probe = frozen.get(label)
        yield label, [tuned, *([Linear(np.concatenate([probe.weight, nothing]), probe.bias)] if probe else [])]


def calibrated(linear: Linear, held: Table, truth: NDArray[np.float32]) -> Linear:
    """Fold Platt's slope and intercept (1999) into a linear function."""
    logits = linear.logit(held.embeddings)
    platt = LogisticRegression(C=1e3).fit(logits[:, None], truth, sample_weight=domain_weights(held, truth))
    slope, shift = max(float(platt.coef_[0, 0]), 1e-3), float(platt.intercept_[0])
    return Linear(slope * linear.weight, slope * linear.bias + shift)


def fit_head(table: Table, label: int, speakers: list[Linear], counts: Counts) -> Head | None:
    """Average, calibrate and set the operating points of a label; None where it was not taught or not learnt."""
    taught = taught_by(counts, label)
    if taught is None:
        return None
    held, truth = known(table, label, "val")
    if taught == "phantoms only":
        drawn = held.sources == "phantom"
        held, truth = held.where(drawn), truth[drawn]
    each = [calibrated(linear, held, truth) for linear in speakers]
    mean = Linear(
        np.mean([linear.weight for linear in each], 0).astype(np.float32), float(np.mean([one.bias for one in each]))
    )
    if seen(held, truth, mean.logit(held.embeddings)) < LEAST_SEEN:
        return None
    final = calibrated(mean, held, truth)
    logits: Logits = final.logit(held.embeddings).astype(np.float64)
    points = operating_points(logits, truth, domain_weights(held, truth))
    return Head(LABELS[label], final, *points, taught, counts)


def describe(heads: list[Head]) -> dict[str, Any]:
    """Give heads.json; training.evaluate adds the measured figures."""
    return {
        "schema": 1,
        "further_trunks": [folder.name for folder in TRUNKS[1:]],
        "features": "of each trunk: mean, maximum and 5 x 5 means of each of 112 channels at stride 16",
        "labels": [
            {
                "name": head.name,
                "row": row,
                "threshold": round(head.threshold, 4),
                "abstain": [round(head.low, 4), round(head.high, 4)],
                "taught_by": head.taught_by,
                "trained_on": {
                    **{sign: sum(kind[sign] for kind in head.counts.values()) for sign in ("positive", "negative")},
                    "positive_by_kind": {name: kind["positive"] for name, kind in head.counts.items()},
                },
            }
            for row, head in enumerate(heads)
        ],
        "not_trained": [name for name in (*LABELS, "Tuberculosis") if name not in {head.name for head in heads}],
    }


def save_trunks(network: Network) -> None:
    """Write both trunks in float32: the heads were fitted to their features."""
    from transformers import EfficientNetModel

    frozen = EfficientNetModel(lite0_config(image_size=FROZEN_SIZE))
    load_imagenet(frozen)
    network.trunk.config.image_size = SIZE
    for folder, trunk in zip(TRUNKS, (frozen, network.trunk), strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        trunk.save_pretrained(folder)
        (folder / "model.safetensors").chmod(0o644)


def main() -> None:
    """Save the trunks, fit every head and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="network")
    network = load(parser.parse_args().name)
    torch.manual_seed(0)
    save_trunks(network)
    table = film_table("val")
    counts = label_counts()
    found = (fit_head(table, label, speakers, counts[label]) for label, speakers in members(network, table))
    heads = [head for head in found if head is not None]
    tensors = {
        "label_weight": np.stack([head.linear.weight for head in heads]).astype(np.float32),
        "label_bias": np.array([head.linear.bias for head in heads], np.float32),
    }
    save_file(tensors, FOLDER / "heads.safetensors")
    (FOLDER / "heads.safetensors").chmod(0o644)
    (FOLDER / "heads.json").write_text(json.dumps(describe(heads), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
