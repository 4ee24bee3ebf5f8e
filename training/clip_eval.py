"""Measure the CLIP on held-out films: heads, calibration, zero-shot, view, body part, out of scope, retrieval."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from training.clip_data import VIEWS, label_vector
from training.data import LABELS
from training.embeddings import Table, load_clip, phantom_table, real_table, stack
from training.gallery import truth_of, worst
from training.measures import auroc, calibration_error, curve, decisions, interval, prevalence, reliability
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.scope import BODY_PARTS
from training.scope_heads import parts_seen, scope_score, scope_sets
from training.transfer import transfer
from training.zero_shot import text_sides

SOURCES = ("nih-cxr14", "nih-cxr14-64px", "kermany", "hannover", "phantom")
FLOOR = ("No Finding", "Pneumonia", "Edema", "Pleural Effusion", "Atelectasis")
"""Labels of the frozen EfficientNet-Lite0 probe that the classifier is compared with (within NIH, macro .81)."""


def sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    """Map logits to probabilities, value by value."""
    return np.asarray(1 / (1 + np.exp(-values)))


def evaluate_clip() -> dict[str, Any]:
    """Give every figure of models/clip, and write the labels' figures into heads.json."""
    from transformers import CLIPTokenizer

    clip = load_clip()
    folder = MODELS / "clip"
    tensors = load_file(folder / "heads.safetensors")
    spec = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    words = json.loads((folder / "prompts.json").read_text(encoding="utf-8"))
    table = stack([real_table(clip), phantom_table(clip)])
    test = table.where((table.splits == "test") & (table.views != VIEWS.index("LATERAL")))
    chance = sigmoid(test.embeddings @ tensors["label_weight"].T + tensors["label_bias"])
    results: dict[str, Any] = {"labels": {}, "zero_shot": {}, "trust": {}, "trust_phantom": {}, "reliability": {}}
    for item in spec["labels"]:
        measured = label_figures(test, item, chance[:, item["row"]])
        results["labels"][item["name"]] = measured
        nih = measured["auroc"].get("nih-cxr14", {"value": None})
        item["auroc"] = {**nih, "where": "nih-cxr14 test"} if nih["value"] is not None else None
        item["phantom_auroc"] = measured["auroc"].get("phantom")
        item["ece"] = measured["ece"].get("nih-cxr14", measured["ece"].get("phantom"))
    (folder / "heads.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    for kind, source in (("trust", "nih-cxr14"), ("trust_phantom", "phantom")):
        results[kind]["classification"] = trust_of(test, spec, chance, source)
    for kind, source in (("prevalence", "nih-cxr14"), ("prevalence_phantom", "phantom")):
        results[kind] = prevalence(test.labels[test.sources == source], LABELS)
    zero = zero_shot(clip, CLIPTokenizer.from_pretrained(folder), words, test)
    for name, margin in zero.items():
        results["zero_shot"][name] = _by_source(test, name, margin)
    _trust_zero(results, test, zero)
    results["reliability"] = reliability_points(test, spec, chance, ("nih-cxr14", "phantom"))
    results["macro"] = macros(results["labels"], test, spec, chance)
    results["view"] = view_figures(table, tensors)
    results["body part"] = part_figures(clip, table, tensors)
    results["scope"] = scope_figures(clip, table, tensors, spec["ood"]["threshold"])
    results["source_probe"] = source_probe(table)
    results["transfer"] = transfer(table, [item["name"] for item in spec["labels"]])
    results["gallery"] = failures(spec, chance[test.sources == "phantom"])
    results["retrieval"] = retrieval(clip, CLIPTokenizer.from_pretrained(folder))
    return results


def failures(spec: dict[str, Any], chance: NDArray[Any]) -> list[dict[str, Any]]:
    """Describe the frontal phantoms whose labels the heads got most wrong; `chance` (n, labels) is in their order."""
    phantoms = Phantoms("test", frontal_only=True)
    names = [item["name"] for item in spec["labels"]]
    truth = np.array([label_vector(facts) for facts in phantoms.facts])[:, [LABELS.index(name) for name in names]]
    rows = np.clip(chance[:, [item["row"] for item in spec["labels"]]], 1e-6, 1 - 1e-6)
    losses = -np.nansum(truth * np.log(rows) + (1 - truth) * np.log(1 - rows), 1)
    found = []
    for index in worst(losses):
        over = [
            f"{n} {p:.2f}" for n, p, i in zip(names, rows[index], spec["labels"], strict=True) if p > i["threshold"]
        ]
        said = "; ".join(over) or "nothing"
        found.append({"number": int(phantoms.numbers[index]), "truth": truth_of(phantoms.facts[index]), "said": said})
    return found


def label_figures(test: Table, item: dict[str, Any], chance: NDArray[Any]) -> dict[str, Any]:
    """Give AUROC and calibration of one label by source; `chance` (n,) is its probability for each row."""
    ece = {}
    truth = test.labels[:, LABELS.index(item["name"])]
    for source in SOURCES:
        chosen = (test.sources == source) & ~np.isnan(truth)
        if chosen.sum() >= 50:
            ece[source] = calibration_error(truth[chosen], chance[chosen])
    return {
        "auroc": _by_source(test, item["name"], chance),
        "ece": ece,
        "taught_by": item["taught_by"],
        "trained_on": item["trained_on"],
    }


def _by_source(test: Table, name: str, score: NDArray[Any]) -> dict[str, Any]:
    truth = test.labels[:, LABELS.index(name)]
    figures = {}
    for source in (*SOURCES, "covid-chestxray (NC)"):
        chosen = (test.sources == source) & ~np.isnan(truth)
        figure = auroc(truth[chosen], score[chosen])
        if figure["value"] is not None:
            figures[source] = figure
    return figures


def trust_of(test: Table, spec: dict[str, Any], chance: NDArray[Any], source: str) -> dict[str, Any]:
    """Give each label's decisions at its operating point, its AUROC and its curve on the films of a source.

    `chance` (n, labels) has a column for each row of the heads.
    """
    found = {}
    for item in spec["labels"]:
        truth = test.labels[:, LABELS.index(item["name"])]
        chosen = (test.sources == source) & ~np.isnan(truth)
        said = (chance[chosen, item["row"]] >= item["threshold"]).astype(float)
        figure = decisions(truth[chosen], said, f"{source} test")
        if figure is not None:
            score = chance[chosen, item["row"]]
            area = auroc(truth[chosen], score)["value"]
            found[item["name"]] = {**figure, "auroc": area, "curve": curve(truth[chosen], score)}
    return found


def _trust_zero(results: dict[str, Any], test: Table, margins: dict[str, NDArray[Any]]) -> None:
    for kind, source in (("trust", "nih-cxr14"), ("trust_phantom", "phantom")):
        found = {}
        for name, chance in margins.items():
            truth = test.labels[:, LABELS.index(name)]
            chosen = (test.sources == source) & ~np.isnan(truth)
            figure = decisions(truth[chosen], (chance[chosen] >= 0.5).astype(float), f"{source} test")
            if figure is not None:
                area = auroc(truth[chosen], chance[chosen])["value"]
                found[name] = {**figure, "auroc": area, "curve": curve(truth[chosen], chance[chosen])}
        results[kind]["classification.zero_shot"] = found


def zero_shot(clip: Any, tokenizer: Any, words: dict[str, Any], test: Table) -> dict[str, NDArray[Any]]:
    """Give the calibrated zero-shot probability (n,) of every label with prompts.

    A label whose slope is not positive has its bare margin instead.
    """
    found = {}
    for name, item in words["labels"].items():
        positive, negative = text_sides(clip, tokenizer, name)
        margin = words["logit_scale"] * (test.embeddings @ positive - test.embeddings @ negative)
        found[name] = sigmoid(item["slope"] * margin + item["intercept"]) if item["slope"] > 0 else margin
    return found


def macros(labels: dict[str, Any], test: Table, spec: dict[str, Any], chance: NDArray[Any]) -> dict[str, Any]:
    """Give macro AUROCs, and the calibration error over all labels of a source together, from `chance` (n, labels)."""

    def mean(names: list[str], source: str) -> dict[str, Any]:
        values = {
            n: labels[n]["auroc"][source]["value"] for n in names if source in labels.get(n, {"auroc": {}})["auroc"]
        }
        return {"value": round(float(np.mean(list(values.values()))), 4) if values else None, "labels": len(values)}

    figures: dict[str, Any] = {
        "nih five floor labels": mean(list(FLOOR), "nih-cxr14"),
        "nih all labels": mean(list(labels), "nih-cxr14"),
        "nih 64 px all labels": mean(list(labels), "nih-cxr14-64px"),
        "paediatric": mean(list(labels), "kermany"),
        "phantom": mean(list(labels), "phantom"),
    }
    for source in ("nih-cxr14", "phantom"):
        truths, chances = _pooled(test, spec, chance, source)
        if truths.size:
            figures[f"calibration error, {source}"] = calibration_error(truths, chances)
    return figures


def _pooled(test: Table, spec: dict[str, Any], chance: NDArray[Any], source: str) -> tuple[NDArray[Any], NDArray[Any]]:
    truths, chances = [np.zeros(0)], [np.zeros(0)]
    for item in spec["labels"]:
        truth = test.labels[:, LABELS.index(item["name"])]
        chosen = (test.sources == source) & ~np.isnan(truth)
        truths.append(truth[chosen])
        chances.append(chance[chosen, item["row"]])
    return np.concatenate(truths), np.concatenate(chances)


def reliability_points(
    test: Table, spec: dict[str, Any], chance: NDArray[Any], sources: tuple[str, ...]
) -> dict[str, Any]:
    """Pool every label of a source into one reliability curve, from `chance` (n, labels)."""
    return {source: reliability(*_pooled(test, spec, chance, source), 12) for source in sources}


def view_figures(table: Table, tensors: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Give the view head's accuracy by source, and its share of real laterals found."""
    logits = table.embeddings @ tensors["view_weight"].T + tensors["view_bias"]
    right = logits.argmax(1) == table.views
    figures = {}
    for source in np.unique(table.sources):
        held = (table.splits == "test") | np.char.endswith(table.sources, "(NC)")
        chosen = held & (table.sources == source) & (table.views >= 0)
        if chosen.sum() >= 10:
            figures[str(source)] = interval(right[chosen].astype(float).tolist())
    return figures


def part_figures(clip: Any, table: Table, tensors: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Give the share of held-out images of each body part that its head names rightly."""
    embeddings, parts = parts_seen(clip, table, "test")
    right = (embeddings @ tensors["part_weight"].T + tensors["part_bias"]).argmax(1) == parts
    return {name: interval(right[parts == place].astype(float).tolist()) for place, name in enumerate(BODY_PARTS)}


def scope_figures(clip: Any, table: Table, tensors: dict[str, NDArray[Any]], threshold: float) -> dict[str, Any]:
    """Give the out-of-scope AUROC by kind, and the shares refused, on held-out images."""
    head = {
        "mean": tensors["ood_mean"],
        "root": tensors["ood_root"],
        "weight": tensors["ood_weight"],
        "bias": float(tensors["ood_bias"][0]),
    }
    inside, strange = scope_sets(clip, table, "test")
    lateral = (table.sources == "covid-chestxray (NC)") & (table.views == VIEWS.index("LATERAL"))
    strange["real lateral (NC)"] = table.embeddings[lateral]
    kept = scope_score(head, inside)
    figures: dict[str, Any] = {
        "refused in scope": interval((kept >= threshold).astype(float).tolist()),
        "threshold": threshold,
        "auroc": {},
        "refused": {},
    }
    everything = []
    for kind, embeddings in strange.items():
        score = scope_score(head, embeddings)
        everything.append(score)
        figures["auroc"][kind] = auroc(np.r_[np.zeros(len(kept)), np.ones(len(score))], np.r_[kept, score])
        figures["refused"][kind] = round(float((score >= threshold).mean()), 4)
    score = np.concatenate(everything)
    figures["auroc"]["all"] = auroc(np.r_[np.zeros(len(kept)), np.ones(len(score))], np.r_[kept, score])
    return figures


def source_probe(table: Table) -> dict[str, Any]:
    """Say how well a linear probe reads the source off the embedding: a label tied to one source is no evidence."""
    from sklearn.linear_model import LogisticRegression

    real = (table.sources != "phantom") & ~np.char.endswith(table.sources, "(NC)")
    train, test = table.where(real & (table.splits == "train")), table.where(real & (table.splits == "test"))
    probe = LogisticRegression(C=1.0, max_iter=200).fit(10 * train.embeddings, train.sources)
    right = probe.predict(10 * test.embeddings) == test.sources
    return interval(right.astype(float).tolist())


def retrieval(clip: Any, tokenizer: Any) -> dict[str, Any]:
    """Give recall at 1, 5 and 10 of each held-out phantom's own full caption among those of 500 phantoms."""
    import random

    import torch

    from training.embeddings import embed, resized
    from training.phrases import NORMAL, present_sentence

    phantoms = Phantoms("test", frontal_only=True)
    draw = random.Random(0)
    unique: dict[str, int] = {}
    for number, facts in enumerate(phantoms.facts):
        unique.setdefault(" ".join(present_sentence(f, draw) for f in facts.findings) or NORMAL[0], number)
    texts, index = list(unique)[:500], list(unique.values())[:500]
    images = embed(clip, resized(phantoms.images[index]))
    encoded = tokenizer(texts, padding=True, truncation=True, max_length=77, return_tensors="pt")
    with torch.no_grad():
        read = clip.text_model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]).pooler_output
        words = torch.nn.functional.normalize(clip.text_projection(read), dim=-1).numpy()
    figures = recalls(images @ words.T, "recall")
    figures |= recalls(np.roll(images, 31, 0) @ words.T, "shuffled images recall")
    return {**figures, "random recall@10": round(10 / len(texts), 4), "captions": len(texts)}


def recalls(similar: NDArray[Any], name: str) -> dict[str, Any]:
    """Give the share of rows of (n, n) similarities whose own column is among the k most similar, k = 1, 5, 10."""
    rank = (similar > np.diag(similar)[:, None]).sum(1)
    return {f"{name}@{k}": interval((rank < k).astype(float).tolist()) for k in (1, 5, 10)}
