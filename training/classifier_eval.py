"""Measure the classifier: by nested cross-validation on every real film, and on held-out phantoms.

Beside it stand what it must beat, a probe of the trunk as ImageNet left it, and the mean of both.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.classifier import Taught, learnt
from training.classifier_features import FOLDER, NO_FOLD, Seen, seen
from training.clip_data import VIEWS
from training.clip_eval import FLOOR
from training.data import LABELS, manifest
from training.gallery import worst
from training.measures import (
    Figure,
    area_within,
    calibration_error,
    curve,
    decisions,
    paired,
    prevalence,
    reliability,
    resampled,
)
from training.nested import Measured, measure, probe_logits
from training.probe import Basis
from training.real_normals import false_positives
from training.silence import silenced

WITHIN, DRAWN = "nih-cxr14", "phantom"
SOURCES = (WITHIN, "kermany", DRAWN)
WHERE = {WITHIN: "nih-cxr14, nested cross-validation by patient", DRAWN: "phantom test"}
FEWEST = 15
"""Positives of real films from which a label counts in the mean over NIH's labels."""
PROBE, BOTH = "ImageNet probe", "mean of networks and probe"
DIRECTIONS = 800
"""Leading principal directions of the ImageNet features that the probes are fitted in."""
Scores = dict[str, NDArray[Any]]
"""Label to what is said of each image (n,)."""


def evaluate_classifier() -> dict[str, Any]:
    """Give every figure of models/classifier, and write the labels' figures into heads.json."""
    path = FOLDER / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    table = seen()
    taught = {LABELS[found.label]: found for found in learnt(table)}
    measured = {
        name: measure(table, table.heard[:, found.label], found.label, phantoms_only=found.phantoms_only)
        for name, found in taught.items()
    }
    rivals = _rivals(table, taught)
    results: dict[str, Any] = {"labels": {}, "trust": {}, "trust_phantom": {}}
    inside = (table.sources == WITHIN) & table.usable & table.fresh
    said = {name: found.said[inside] for name, found in measured.items()}
    results["false positives"] = false_positives(table.labels[inside], said, spec)
    for item in spec["labels"]:
        name = item["name"]
        figures = _figures(table, taught[name], measured[name])
        results["labels"][name] = {**figures, "taught_by": item["taught_by"], "trained_on": item["trained_on"]}
        item["auroc"] = figures["auroc"].get(WITHIN)
        item["phantom_auroc"] = figures["auroc"].get(DRAWN)
        item["ece"] = figures["ece"].get(WITHIN, figures["ece"].get(DRAWN))
        item["silent_on_real_films"] = silenced(results["false positives"].get(name))
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    for kind, source in (("trust", WITHIN), ("trust_phantom", DRAWN)):
        results[kind]["classification.network"] = _trust(table, taught, measured, source)
    for kind, source in (("prevalence", WITHIN), ("prevalence_phantom", DRAWN)):
        results[kind] = prevalence(table.labels[_measured_on(table, source)], LABELS)
    results["rivals"] = {
        rival: {n: _area(table, taught[n].label, s, _rows(table, taught[n].label, WITHIN)) for n, s in scores.items()}
        for rival, scores in rivals.items()
    }
    results["within view"] = {view: _of_view(table, taught, measured, view) for view in ("PA", "AP")}
    results["within way in"] = _by_way_in(table, taught, measured)
    results["worst real films"] = _worst(table, taught, measured, spec)
    results["reliability"] = {
        source: reliability(*_pooled(table, taught, measured, source), 12) for source in (WITHIN, DRAWN)
    }
    results["macro"] = _macros(table, taught, measured, rivals)
    return results


def _measured_on(table: Seen, source: str) -> NDArray[np.bool_]:
    """Mark the images (n,) of a source that are measured on."""
    return np.asarray(table.usable & table.fresh & (table.sources == source) & (table.splits != "val"))


def _rows(table: Seen, label: int, source: str) -> NDArray[np.bool_]:
    """Mark the images (n,) of a source that a label is measured on."""
    return np.asarray(table.counted(label) & _measured_on(table, source))


def _area(table: Seen, label: int, score: NDArray[Any], rows: NDArray[np.bool_]) -> Figure:
    """Give the AUROC among the films of each fold: those of another were scored by another network."""
    scored = np.stack([score[rows], table.folds[rows]], 1)
    return paired(
        table.labels[rows, label], scored, lambda t, s: area_within(t, s[:, 0], s[:, 1]), table.patients[rows]
    )


def _figures(table: Seen, one: Taught, found: Measured) -> dict[str, Any]:
    areas, errors = {}, {}
    for source in SOURCES:
        rows = _rows(table, one.label, source)
        area = _area(table, one.label, found.chance, rows)
        if area["value"] is not None:
            areas[source] = area
        if rows.sum() >= 50:
            errors[source] = calibration_error(table.labels[rows, one.label], found.chance[rows])
    return {"auroc": areas, "ece": errors}


def _trust(table: Seen, taught: dict[str, Taught], measured: dict[str, Measured], source: str) -> dict[str, Any]:
    found = {}
    for name, one in taught.items():
        rows = _rows(table, one.label, source)
        figure = decisions(table.labels[rows, one.label], measured[name].said[rows], WHERE[source])
        if figure is not None:
            chance = measured[name].chance
            area = _area(table, one.label, chance, rows)["value"]
            found[name] = {**figure, "auroc": area, "curve": curve(table.labels[rows, one.label], chance[rows])}
    return found


def _rivals(table: Seen, taught: dict[str, Taught]) -> dict[str, Scores]:
    """Give what a probe of the ImageNet trunk says, and the mean of it and the networks, for labels of real films."""
    real = table.usable & (table.folds != NO_FOLD)
    whole = Basis.of(table.frozen[real])
    basis = Basis(whole.mean, whole.scale, whole.directions[:DIRECTIONS])
    found: dict[str, Scores] = {PROBE: {}, BOTH: {}}
    for name, one in tqdm(taught.items(), desc="probes"):
        said = None if one.phantoms_only else probe_logits(table, basis, one.label)
        if said is not None:
            found[PROBE][name] = said
            found[BOTH][name] = _standard(said, real) + _standard(table.heard[:, one.label], real)
    return found


def _standard(logits: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    return np.asarray((logits - np.nanmean(logits[rows])) / np.nanstd(logits[rows]))


def _of_view(table: Seen, taught: dict[str, Taught], measured: dict[str, Measured], view: str) -> dict[str, Any]:
    """Give the AUROC within NIH among films of one view: view and disease go together there."""
    found = {}
    for name, one in taught.items():
        rows = _rows(table, one.label, WITHIN) & (table.views == VIEWS.index(view))
        area = _area(table, one.label, measured[name].chance, rows)
        if area["value"] is not None:
            found[name] = area
    return found


def _by_way_in(table: Seen, taught: dict[str, Taught], measured: dict[str, Measured]) -> dict[str, Any]:
    """Give the AUROC within NIH among films that were chosen in one way: how films were chosen goes with disease."""
    inside = table.sources == WITHIN
    first = np.zeros(len(inside), bool)
    first[inside] = ["via" not in json.loads(row.fields["extra"] or "{}") for row in manifest() if row.source == WITHIN]
    found: dict[str, Any] = {}
    for way, chosen in (("pneumonia or no finding", first), ("by boxes and findings", ~first)):
        areas = {
            name: _area(table, one.label, measured[name].chance, _rows(table, one.label, WITHIN) & chosen)
            for name, one in taught.items()
        }
        found[way] = {name: area for name, area in areas.items() if area["value"] is not None}
    return found


def _worst(
    table: Seen, taught: dict[str, Taught], measured: dict[str, Measured], spec: dict[str, Any]
) -> list[dict[str, Any]]:
    """Describe the NIH films whose labels were got most wrong: what the source states, and what was said instead."""
    names = [name for name, one in taught.items() if not one.phantoms_only]
    places = [LABELS.index(name) for name in names]
    rows = np.flatnonzero((table.sources == WITHIN) & table.usable & table.fresh)
    chance = np.clip(np.stack([measured[name].chance[rows] for name in names], 1), 1e-6, 1 - 1e-6)
    truth = table.labels[rows][:, places]
    losses = -np.nansum(truth * np.log(chance) + (1 - truth) * np.log(1 - chance), 1)
    points = {item["name"]: item["threshold"] for item in spec["labels"]}
    found = []
    for index in worst(losses):
        over = [f"{n} {p:.2f}" for n, p in zip(names, chance[index], strict=True) if p >= points[n]]
        stated = [n for n, value in zip(names, truth[index], strict=True) if value == 1]
        view = VIEWS[table.views[rows[index]]] if table.views[rows[index]] >= 0 else "view unknown"
        found.append({"view": view, "truth": "; ".join(stated) or "nothing", "said": "; ".join(over) or "nothing"})
    return found


def _pooled(
    table: Seen, taught: dict[str, Taught], measured: dict[str, Measured], source: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    truths: list[NDArray[Any]] = []
    chances: list[NDArray[Any]] = []
    for name, one in taught.items():
        rows = _rows(table, one.label, source) & ~np.isnan(measured[name].chance)
        if source == WITHIN and one.phantoms_only:
            continue
        truths.append(table.labels[rows, one.label])
        chances.append(measured[name].chance[rows])
    return np.concatenate(truths), np.concatenate(chances)


def _macros(
    table: Seen, taught: dict[str, Taught], measured: dict[str, Measured], rivals: dict[str, Scores]
) -> dict[str, Any]:
    """Give macro AUROCs with intervals over patients, of what ships and of its rivals, and what it gains over them."""
    shipped = {name: found.chance for name, found in measured.items()}
    figures: dict[str, Any] = {}
    enough = [name for name, one in taught.items() if _positives(table, one.label) >= FEWEST]
    for title, names in (("nih five labels of before", list(FLOOR)), ("nih all labels", enough)):
        figures[title] = _macro(table, names, shipped)
        for rival, scores in rivals.items():
            figures[f"{title}, {rival}"] = _macro(table, names, scores)
            figures[f"{title}, gain over {rival}"] = _macro(table, names, shipped, scores)
    drawn = [name for name, one in taught.items() if _rows(table, one.label, DRAWN).any()]
    figures["phantom"] = _macro(table, drawn, shipped, source=DRAWN)
    for source in (WITHIN, DRAWN):
        figures[f"calibration error, {source}"] = calibration_error(*_pooled(table, taught, measured, source))
    return figures


def _positives(table: Seen, label: int) -> int:
    return int((table.labels[_rows(table, label, WITHIN), label] == 1).sum())


def _macro(
    table: Seen,
    names: list[str],
    scores: dict[str, NDArray[Any]],
    less: dict[str, NDArray[Any]] | None = None,
    source: str = WITHIN,
) -> Figure:
    """Give the mean AUROC over labels, or its gain over other scores, with the interval over patients."""
    inside = np.flatnonzero(_measured_on(table, source))

    def mean(chosen: NDArray[Any]) -> float:
        values = []
        for name in names:
            truth = table.labels[chosen, LABELS.index(name)]
            known = ~np.isnan(truth)
            folds = table.folds[chosen][known]
            value = area_within(truth[known], scores[name][chosen][known], folds)
            values.append(value - (area_within(truth[known], less[name][chosen][known], folds) if less else 0.0))
        return float(np.nanmean(values))

    drawn = [mean(inside[rows]) for rows in resampled(table.patients[inside])]
    low, high = (round(float(bound), 4) for bound in np.quantile(drawn, [0.025, 0.975]))
    return {"value": round(mean(inside), 4), "low": low, "high": high, "n": len(names)}
