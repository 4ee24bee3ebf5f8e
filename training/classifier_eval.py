"""Measure the classifier on held-out films: AUROC by label and source, calibration, decisions."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from training.classifier import FOLDER, WITHIN, load_films
from training.clip_data import VIEWS
from training.clip_eval import FLOOR, label_figures, macros, reliability_points, sigmoid, trust_of
from training.embeddings import Table, source_of, view_of


def evaluate_classifier() -> dict[str, Any]:
    """Give every figure of models/classifier, and write the labels' figures into heads.json."""
    tensors = load_file(FOLDER / "heads.safetensors")
    path = FOLDER / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    films = load_films()
    table = Table(
        films.features,
        films.labels,
        np.array([view_of(row) for row in films.rows]),
        np.array([source_of(row) for row in films.rows]),
        np.array([row.split for row in films.rows]),
    )
    test = table.where((table.splits == "test") & (table.views != VIEWS.index("LATERAL")))
    chance = sigmoid(test.embeddings @ tensors["label_weight"].T + tensors["label_bias"])
    results: dict[str, Any] = {"labels": {}, "trust_phantom": {}}
    for item in spec["labels"]:
        measured = label_figures(test, item, chance[:, item["row"]])
        results["labels"][item["name"]] = measured
        item["auroc"] = measured["auroc"].get("nih-cxr14")
        item["ece"] = measured["ece"].get("nih-cxr14")
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    results["trust"] = {"classification.network": trust_of(test, spec, chance, "nih-cxr14")}
    results["within view"] = {view: of_view(test, spec, chance, view) for view in ("PA", "AP")}
    results["reliability"] = reliability_points(test, spec, chance, ("nih-cxr14",))
    results["macro"] = macros(results["labels"], test, spec, chance)
    return results


def of_view(test: Table, spec: dict[str, Any], chance: NDArray[Any], view: str) -> dict[str, Any]:
    """Give the floor labels' AUROC within NIH among films of one view: view and disease go together there."""
    chosen = (test.views == VIEWS.index(view)) & (test.sources == WITHIN)
    seen, found = test.where(chosen), {}
    for item in spec["labels"]:
        figures = label_figures(seen, item, chance[chosen, item["row"]])["auroc"]
        if item["name"] in FLOOR and WITHIN in figures:
            found[item["name"]] = figures[WITHIN]
    return found
