"""Make the classifier: two trunks, one frozen and one fine-tuned, under heads that average what each says.

    python -m training.classifier [--name network]     write models/classifier (trunks, heads.safetensors, heads.json)

The first trunk has its ImageNet weights and reads at 320 px; its probes are fitted here, on real films. The second is
that of `training.network`, with its own heads, and reads at 256 px. Each one's logit is calibrated, and a label that
both know gets the mean: they err on different films. heads.safetensors: label_weight (L, 6048), label_bias (L):
p = sigmoid(weight . features + bias), all of it folded in; features: `pooled` of the product's backend, of one trunk
after the other. What is calibrated or chosen comes from logits of the validation split by fits that had not seen the
film's patient: the second trunk never saw that split, and the probes, which are taught by it too, say out of fold.
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
from tqdm import tqdm

from training.classifier_features import FOLDER, TRUNKS, film_table
from training.data import LABELS, SIZE, manifest
from training.embeddings import Table
from training.label_heads import (
    ONE_SOURCE,
    PHANTOM_ENOUGH,
    REAL_ENOUGH,
    domain_weights,
    known_rows,
    operating_points,
    platt,
    seen,
)
from training.network import Network, load
from training.network_data import label_counts
from training.probe import ALWAYS, Basis, Linear, folds_of, out_of_fold
from training.teacher import lite0_config, load_imagenet

FROZEN_SIZE = 320
LEAST_SEEN = 0.6
"""Validation AUROC (mean of real films and phantoms) below which a label was not learnt and gets no head."""
SHARES = {"nih-cxr14": 1.0, "nih-cxr14-64px": 0.5, "kermany": 0.3, "hannover": 0.3, "covid-chestxray": 0.3}
"""Weight of a film in the probes. Films held only at 64 px show little; children and COVID films must not rule."""
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Speaker:
    """What speaks of a label: a linear function of both trunks' features, and what it says of each row of the table.

    `logits` (n,) of validation films are those of a fit that has not seen the film's patient.
    """

    linear: Linear
    logits: NDArray[np.float32]


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


def probe_of(table: Table, basis: Basis, label: int, folds: NDArray[np.int64]) -> Speaker | None:
    """Fit a linear probe on the frozen trunk's features; None for a label that real training films do not teach.

    Training and validation films teach it. Its logit of a validation film is that of a fit without the film's fold;
    `folds` (n,) has one for each row of the table.
    """
    half = table.embeddings.shape[1] // 2
    features, truth = table.embeddings[:, :half], table.labels[:, label]
    real = table.sources != "phantom"
    train, held = (known_rows(table, label, split) & real for split in ("train", "val"))
    if min((truth[train] == 1).sum(), (truth[train] == 0).sum()) < REAL_ENOUGH or LABELS[label] in ONE_SOURCE:
        return None
    taught = train | held
    weights = np.array([SHARES[name] for name in table.sources[taught]])
    whole = basis.fit(basis.project(features[taught]), truth[taught], weights)
    left_out = np.where(held, folds, ALWAYS)[taught]
    unseen = out_of_fold(features[taught], truth[taught], left_out, basis=basis, weights=weights)
    logits = whole.logit(features)
    logits[held] = unseen[held[taught]]
    nothing = np.zeros(table.embeddings.shape[1] - half, np.float32)
    return Speaker(Linear(np.concatenate([whole.weight, nothing]), whole.bias), logits)


def speakers(network: Network, table: Table) -> Iterator[tuple[int, list[Speaker]]]:
    """Give each label with what speaks of it, as linear functions of both trunks' features."""
    weight, bias = (value.numpy() for value in network.linear())
    half = weight.shape[1]
    nothing = np.zeros(half, np.float32)
    teaching = (table.splits != "test") & (table.sources != "phantom") & ~np.char.endswith(table.sources, "(NC)")
    basis, folds = Basis.of(table.embeddings[teaching, :half]), folds_in(table)
    for label in range(len(LABELS)):
        linear = Linear(np.concatenate([nothing, weight[label]]), float(bias[label]))
        probe = probe_of(table, basis, label, folds)
        yield label, [Speaker(linear, linear.logit(table.embeddings)), *([probe] if probe else [])]


def folds_in(table: Table) -> NDArray[np.int64]:
    """Give each row's fold (n,) by its patient; films come first, in the manifest's order, and phantoms have none."""
    films = folds_of([row.fields["patient_id"] for row in manifest()])
    return np.concatenate([films, np.full(len(table.splits) - len(films), ALWAYS)])


def calibrated(
    speaker: Speaker, rows: NDArray[np.bool_], truth: NDArray[np.float32], weights: NDArray[np.float64]
) -> Speaker:
    """Fold Platt's slope and intercept into a speaker, by the truth and the weights of some of the table's rows.

    `rows` is a mask of all n rows; `truth` and `weights` have one value for each row that it marks.
    """
    slope, shift = platt(speaker.logits[rows], truth, weights)
    linear = Linear(slope * speaker.linear.weight, slope * speaker.linear.bias + shift)
    return Speaker(linear, slope * speaker.logits + shift)


def mean_of(each: list[Speaker]) -> Speaker:
    """Give the mean logit of several speakers."""
    weight = np.mean([one.linear.weight for one in each], 0).astype(np.float32)
    bias = float(np.mean([one.linear.bias for one in each]))
    return Speaker(Linear(weight, bias), np.mean([one.logits for one in each], 0))


def fit_head(table: Table, label: int, found: list[Speaker], counts: Counts) -> Head | None:
    """Average, calibrate and set the operating points of a label; None where it was not taught or not learnt."""
    taught = taught_by(counts, label)
    if taught is None:
        return None
    rows = known_rows(table, label, "val")
    if taught == "phantoms only":
        rows &= table.sources == "phantom"
    held, truth = table.where(rows), table.labels[rows, label]
    weights = domain_weights(held, truth)
    mean = mean_of([calibrated(one, rows, truth, weights) for one in found])
    if seen(held, truth, mean.logits[rows]) < LEAST_SEEN:
        return None
    final = calibrated(mean, rows, truth, weights)
    points = operating_points(final.logits[rows].astype(np.float64), truth, weights)
    return Head(LABELS[label], final.linear, *points, taught, counts)


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
    found = (fit_head(table, label, heard, counts[label]) for label, heard in speakers(network, table))
    heads = [head for head in tqdm(found, desc="labels", total=len(LABELS)) if head is not None]
    tensors = {
        "label_weight": np.stack([head.linear.weight for head in heads]).astype(np.float32),
        "label_bias": np.array([head.linear.bias for head in heads], np.float32),
    }
    save_file(tensors, FOLDER / "heads.safetensors")
    (FOLDER / "heads.safetensors").chmod(0o644)
    (FOLDER / "heads.json").write_text(json.dumps(describe(heads), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
