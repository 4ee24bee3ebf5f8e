"""Measure the CLIP that ships on NIH films of patients that taught none of it, and write its card.

    python -m training.clip_on_new_films

Weights and heads stay as they are. Films are those of the fold that nothing below the heads has seen, and no choice was
made on: AUROC, calibration error, decisions at its operating points, and what heads that only phantoms taught make of
films without a finding, with intervals over patients. Figures of phantoms and of other sources stay.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classifier_eval import FEWEST
from training.clip_eval import FLOOR, sigmoid, zero_shot
from training.data import LABELS
from training.embeddings import Table, embed, load_clip, row_labels, view_of
from training.measures import auroc, calibration_error, curve, decisions, prevalence
from training.new_films import WHERE, WITHIN, canvases, new_rows, write_anew
from training.paths import MODELS
from training.real_normals import false_positives
from training.silence import silenced

FOLDER = MODELS / "clip"


def new_films(clip: Any) -> tuple[Table, NDArray[np.str_]]:
    """Embed the films; gives the table and the patients (n,)."""
    rows = new_rows()
    table = Table(
        embed(clip, canvases(rows)),
        np.array([row_labels(row) for row in rows], np.float32),
        np.array([view_of(row) for row in rows]),
        np.full(len(rows), WITHIN),
        np.full(len(rows), "test"),
    )
    return table, np.array([row.fields["patient_id"] for row in rows])


def figures_of(
    table: Table, patients: NDArray[np.str_], name: str, chance: NDArray[Any], threshold: float
) -> dict[str, Any]:
    """Give a label's AUROC, calibration error and decisions; `chance` (n,) are its probabilities."""
    truth = table.labels[:, LABELS.index(name)]
    known = ~np.isnan(truth)
    area = auroc(truth[known], chance[known], patients[known])
    decided = decisions(truth[known], (chance[known] >= threshold).astype(float), WHERE)
    return {
        "auroc": area,
        "ece": calibration_error(truth[known], chance[known]) if known.any() else None,
        "trust": {**decided, "auroc": area["value"], "curve": curve(truth[known], chance[known])} if decided else None,
    }


def measure() -> None:
    """Measure, and write heads.json, card.json and README.md of models/clip."""
    from safetensors.numpy import load_file
    from transformers import CLIPTokenizer

    clip = load_clip()
    spec, card, words = (
        json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in ("heads.json", "card.json", "prompts.json")
    )
    arrays = load_file(FOLDER / "heads.safetensors")
    table, patients = new_films(clip)
    chance = sigmoid(table.embeddings @ arrays["label_weight"].T + arrays["label_bias"])
    by_name = {item["name"]: (chance[:, item["row"]], item["threshold"]) for item in spec["labels"]}
    said = {name: (score >= threshold).astype(float) for name, (score, threshold) in by_name.items()}
    results = card["results"]
    results["false positives"] = false_positives(table.labels, said, spec)
    card["trust"] = {"classification": {}, "classification.zero_shot": {}}
    card["prevalence"] = prevalence(table.labels, LABELS)
    for item in spec["labels"]:
        name = item["name"]
        found = figures_of(table, patients, name, *by_name[name])
        _place(results["labels"][name]["auroc"], found["auroc"])
        item["silent_on_real_films"] = silenced(results["false positives"].get(name))
        item["auroc"] = None
        if found["auroc"]["value"] is not None:
            item["auroc"] = {**found["auroc"], "where": WHERE}
            results["labels"][name]["ece"][WITHIN] = item["ece"] = found["ece"]
        if found["trust"] and not item["silent_on_real_films"]:
            card["trust"]["classification"][name] = found["trust"]
    for name, margin in zero_shot(clip, CLIPTokenizer.from_pretrained(FOLDER), words, table).items():
        found = figures_of(table, patients, name, margin, 0.5)
        _place(results["zero_shot"][name], found["auroc"])
        if found["trust"]:
            card["trust"]["classification.zero_shot"][name] = found["trust"]
    _macros(results)
    (FOLDER / "heads.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    write_anew(card, FOLDER)


def _place(figures: dict[str, Any], area: dict[str, Any]) -> None:
    figures.pop(WITHIN, None)
    if area["value"] is not None:
        figures[WITHIN] = area


def _macros(results: dict[str, Any]) -> None:
    areas = {name: item["auroc"][WITHIN] for name, item in results["labels"].items() if WITHIN in item["auroc"]}
    enough = [name for name, area in areas.items() if area["positive"] >= FEWEST]
    for title, names in (("nih five floor labels", [n for n in FLOOR if n in areas]), ("nih all labels", enough)):
        mean = float(np.mean([areas[name]["value"] for name in names]))
        results["macro"][title] = {"value": round(mean, 4), "labels": len(names)}
    # Of the test split of before, whose films are among those of now.
    results["macro"].pop("calibration error, nih-cxr14", None)
    results["macro"].pop("nih 64 px all labels", None)


if __name__ == "__main__":
    measure()
