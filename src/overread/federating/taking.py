"""Lay heads of a training with others beside the weights that they belong to, with the card of what they were measured.

Heads vote as any do: where the card in the own catalogue says what they are worth, for exactly these weights.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from overread import weights
from overread.errors import ModelRefused
from overread.federating.result import Result
from overread.measuring.card import Maker, composed
from overread.measuring.tables import Tables, add_scores
from overread.pooling.merging import films_of
from overread.ports import BackendCard
from overread.reasoning.vocabulary import LABELS
from overread.store.files import write_whole
from overread.tools.classification import HEADS

COMMAND = "overread federate take"
FILES = ("heads.json", "heads.safetensors")
UNIT = "a patient with all their films at a hospital, there or not there"
COVERS = "all sums that left the hospitals: heads, calibration, operating points and every figure here"


def measured(result: Result) -> tuple[Tables, dict[str, float]]:
    """Make tables of the counts, and each measured label's share of films with it."""
    tables, shares = Tables(), dict[str, float]()
    apart = "of patients who taught nothing, counted with noise" if result.plan else "out of fold"
    for label, counts in zip(LABELS, result.counts, strict=True):
        seen = films_of(counts)
        if seen.truth.size:
            add_scores(tables, HEADS, label, seen, f"{result.sites} hospitals ({seen.truth.size} films), {apart}")
        if label in tables.trust.get(HEADS, {}):
            shares[label] = round(float(seen.truth.mean()), 4)
    return tables, shares


def take(result: Result, model: BackendCard, name: str) -> tuple[dict[str, Any], Tables]:
    """Write the heads beside the model's weights; give the card of the two together, and what it rests on.

    Raises `ModelRefused` for a model of other weights, one that has heads, and where no label was measured;
    `Unavailable` for a model that answers from elsewhere.
    """
    folder = weights.folder_of(model)
    if any((folder / file).exists() for file in FILES):
        raise ModelRefused("this model has heads of its own, which stay; take them beside a copy without heads")
    if model.weights_digest != result.weights_digest:
        raise ModelRefused("these heads belong to other weights than the profile's")
    tables, shares = measured(result)
    if not shares:
        raise ModelRefused("no label has ten films with it and ten without: there is nothing to take")
    _lay(result, folder, list(shares))
    data: dict[str, Any] = {
        "digest": hashlib.sha256(result.counts.tobytes()).hexdigest(),
        "films": int(result.counts.sum((1, 2)).max()),
        "read": int(result.counts.sum((1, 2)).max()),
        "patients": None,
        "not_read": {},
        "left_out": {},
        "rows": {},
        "sites": result.sites,
        "epsilon": [result.plan.epsilon] if result.plan else [],
        "masked": True,
    }
    if result.plan:
        data["privacy"] = {**result.plan.model_dump(mode="json"), "unit": UNIT, "covers": COVERS}
    digest = weights.digest(folder)
    return composed(Maker(COMMAND, name), model.backend, digest, data, shares, tables), tables


def _lay(result: Result, folder: Path, labels: list[str]) -> None:
    rows = [LABELS.index(label) for label in labels]
    arrays = {"label_weight": result.heads.weight[rows], "label_bias": result.heads.bias[rows]}
    described = {
        "schema": 1,
        "embedding": "unit-norm projected image embedding",
        "made_by": COMMAND,
        "labels": [{"name": label, "row": row, "threshold": 0.5} for row, label in enumerate(labels)],
    }
    content = save({name: np.ascontiguousarray(one, np.float32) for name, one in arrays.items()})
    try:
        write_whole(folder / FILES[1], content)
        write_whole(folder / FILES[0], (json.dumps(described, indent=1) + "\n").encode())
    except OSError as error:
        raise ModelRefused(f"the folder of the weights cannot be written ({error.strerror})") from None
