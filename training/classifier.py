"""Make the classifier: three fine-tuned networks under heads that average what they say.

    python -m training.classifier [--name network]     write models/classifier (trunks, heads.safetensors, heads.json)

The networks are those of `training.network`, one for each fold of patients that it has not seen, with their own heads.
A label's logit is the mean of theirs, calibrated; all of it is linear and folded into one head a label.
heads.safetensors: label_weight (L, 9072) and label_bias (L), p = sigmoid(weight . features + bias), features: `pooled`
of the product's backend, of one trunk after the other; network_weight (3, labels, 3024) and network_bias, the networks'
own heads, from which every figure is measured anew.

What is calibrated or chosen rests on what is said of films by networks that had not seen their patient
(`training.nested`). The probe of the ImageNet trunk, which the product had beside a network before, is measured too:
the mean of both was no better than the networks alone.
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

from training.classifier_features import FOLDER, TRUNKS, Seen, seen
from training.data import LABELS
from training.folds import COUNT
from training.label_heads import ONE_SOURCE, PHANTOM_ENOUGH, REAL_ENOUGH, seen_by
from training.nested import Points, Scale, calibrating, points_of, scale_of
from training.network import Network, load
from training.network_data import SEEN, label_counts
from training.probe import Linear
from training.silence import PHANTOMS_ONLY

LEAST_SEEN = 0.6
"""AUROC (mean of real films and phantoms) below which a label was not learnt and gets no head."""
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Taught:
    """A label that was taught and learnt."""

    label: int
    by: str
    counts: Counts

    @property
    def phantoms_only(self) -> bool:
        """Whether no real film taught it."""
        return self.by == PHANTOMS_ONLY


@dataclass(frozen=True)
class Head:
    """One calibrated label on the features of all trunks."""

    taught: Taught
    linear: Linear
    points: Points


def taught_by(counts: Counts, label: int) -> str | None:
    """Say which kinds of image taught a label; None where too few did, or where only one source has it."""
    real = min(counts["real"].values()) >= REAL_ENOUGH
    phantom = counts["phantom"]["positive"] >= PHANTOM_ENOUGH
    names = [name for name, enough in (("real films", real), ("phantoms", phantom)) if enough]
    if not names or LABELS[label] in ONE_SOURCE:
        return None
    return PHANTOMS_ONLY if names == ["phantoms"] else " and ".join(names)


def learnt(table: Seen) -> Iterator[Taught]:
    """Give each label that was taught, and that the networks tell apart on images that they have not seen."""
    for label, counts in enumerate(label_counts()):
        by = taught_by(counts, label)
        if by is None:
            continue
        found = Taught(label, by, counts)
        rows = calibrating(table, label, without=None, phantoms_only=found.phantoms_only)
        if seen_by(table.sources[rows], table.labels[rows, label], table.heard[rows, label]) >= LEAST_SEEN:
            yield found


def fit_head(table: Seen, taught: Taught, networks: list[Linear]) -> Head:
    """Calibrate and set the operating points on all films, and fold everything into one linear head."""
    heard = table.heard[:, taught.label]
    rows = calibrating(table, taught.label, without=None, phantoms_only=taught.phantoms_only)
    scale = scale_of(table, heard, taught.label, rows)
    return Head(taught, folded(scale, networks), points_of(table, scale.of(heard), taught.label, rows))


def folded(scale: Scale, networks: list[Linear]) -> Linear:
    """Give the linear function of all trunks' features that says what the calibrated mean of the networks says."""
    weight = np.concatenate([one.weight for one in networks]) * (scale.slope / len(networks))
    bias = scale.slope * float(np.mean([one.bias for one in networks])) + scale.shift
    return Linear(weight.astype(np.float32), bias)


def describe(heads: list[Head]) -> dict[str, Any]:
    """Give heads.json; training.evaluate adds the measured figures."""
    names = {LABELS[head.taught.label] for head in heads}
    return {
        "schema": 1,
        "further_trunks": [folder.name for folder in TRUNKS[1:]],
        "features": "of each trunk: mean, maximum and 5 x 5 means of each of 112 channels at stride 16",
        "labels": [_described(row, head) for row, head in enumerate(heads)],
        "not_trained": [name for name in (*LABELS, "Tuberculosis") if name not in names],
    }


def _described(row: int, head: Head) -> dict[str, Any]:
    counts = head.taught.counts
    return {
        "name": LABELS[head.taught.label],
        "row": row,
        "threshold": round(head.points.threshold, 4),
        "abstain": [round(head.points.low, 4), round(head.points.high, 4)],
        "taught_by": head.taught.by,
        "trained_on": {
            **{sign: sum(kind[sign] for kind in counts.values()) for sign in ("positive", "negative")},
            "positive_by_kind": {name: kind["positive"] for name, kind in counts.items()},
        },
    }


def save_trunks(networks: list[Network]) -> None:
    """Write all trunks in float32: the heads were fitted to their features."""
    for folder, network in zip(TRUNKS, networks, strict=True):
        network.trunk.config.image_size = SEEN
        folder.mkdir(parents=True, exist_ok=True)
        network.trunk.save_pretrained(folder)
        (folder / "model.safetensors").chmod(0o644)


def save_heads(arrays: dict[str, NDArray[np.float32]]) -> None:
    """Write heads.safetensors."""
    path = FOLDER / "heads.safetensors"
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()}, path)
    path.chmod(0o644)


def main() -> None:
    """Save the trunks, fit every head and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="network")
    name = parser.parse_args().name
    torch.manual_seed(0)
    networks = [load(f"{name}-{fold}") for fold in range(COUNT)]
    save_trunks(networks)
    own = [tuple(value.numpy() for value in network.linear()) for network in networks]
    arrays = {"network_weight": np.stack([w for w, _ in own]), "network_bias": np.stack([b for _, b in own])}
    save_heads(arrays)
    table = seen()
    heads = [
        fit_head(table, taught, [Linear(weight[taught.label], float(bias[taught.label])) for weight, bias in own])
        for taught in learnt(table)
    ]
    arrays["label_weight"] = np.stack([head.linear.weight for head in heads])
    arrays["label_bias"] = np.array([head.linear.bias for head in heads])
    save_heads(arrays)
    (FOLDER / "heads.json").write_text(json.dumps(describe(heads), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
