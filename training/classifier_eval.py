"""Measure the classifier on held-out films and phantoms: AUROC by label and source, calibration, decisions."""

import json
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load_file

from training.classifier_features import FOLDER, film_table
from training.clip_data import VIEWS
from training.clip_eval import FLOOR, label_figures, macros, reliability_points, sigmoid, trust_of
from training.embeddings import Table

WITHIN = "nih-cxr14"


def evaluate_classifier() -> dict[str, Any]:
    """Give every figure of models/classifier, and write the labels' figures into heads.json."""
    tensors = load_file(FOLDER / "heads.safetensors")
    path = FOLDER / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    table = film_table("test")
    test = table.where((table.splits == "test") & (table.views != VIEWS.index("LATERAL")))
    chance = sigmoid(test.embeddings @ tensors["label_weight"].T + tensors["label_bias"])
    results: dict[str, Any] = {"labels": {}}
    for item in spec["labels"]:
        measured = label_figures(test, item, chance[:, item["row"]])
        results["labels"][item["name"]] = measured
        item["auroc"] = measured["auroc"].get(WITHIN)
        item["phantom_auroc"] = measured["auroc"].get("phantom")
        item["ece"] = measured["ece"].get(WITHIN, measured["ece"].get("phantom"))
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    for kind, source in (("trust", WITHIN), ("trust_phantom", "phantom")):
        results[kind] = {"classification.network": trust_of(test, spec, chance, source)}
    results["within view"] = {view: of_view(test, spec, chance, view) for view in ("PA", "AP")}
    results["reliability"] = reliability_points(test, spec, chance, (WITHIN, "phantom"))
    results["macro"] = macros(results["labels"], test, spec, chance)
    return results


def of_view(test: Table, spec: dict[str, Any], chance: NDArray[Any], view: str) -> dict[str, Any]:
    """Give the floor labels' AUROC within NIH among films of one view: view and disease go together there.

    `chance` (n, labels) has a column for each row of the heads.
    """
    chosen = (test.views == VIEWS.index(view)) & (test.sources == WITHIN)
    seen, found = test.where(chosen), {}
    for item in spec["labels"]:
        figures = label_figures(seen, item, chance[chosen, item["row"]])["auroc"]
        if item["name"] in FLOOR and WITHIN in figures:
            found[item["name"]] = figures[WITHIN]
    return found
