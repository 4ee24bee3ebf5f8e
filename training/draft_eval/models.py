"""A models folder in which the classifier has not seen the patients of the films: what the drafts are measured with.

The classifier that ships is the mean of three networks, two of which were taught with the patients of fold HELD. Here
it is the one that was not, alone. Its calibration, operating points and measured figures come from the other folds'
films, each by the network that had not seen it, and from phantoms: of fold HELD nothing at all. CLIP, VLM and segmenter
stay as they ship.
"""

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from overread.imaging.letterbox import letterbox
from training.cards import digests
from training.classifier import Head, Taught, describe, fit_head, learnt
from training.classifier_eval import DRAWN, WITHIN, _figures, _trust
from training.classifier_features import FOLDER, PHANTOM_SPLITS, TRUNKS, Seen, features_of, heads_of_networks, seen
from training.data import LABELS
from training.nested import measure
from training.paths import MODELS, ROOT, WORK
from training.phantom_cache import Phantoms
from training.probe import Linear
from training.real_normals import false_positives
from training.silence import silenced
from training.splits import Split

HELD = 0
"""The fold whose patients the first trunk has not seen."""
VOTER = "classification.network"
PLACE = WORK / "draft-eval"
Spec = dict[str, Any]


def program_with(models: Path, place: Path = PLACE) -> Path:
    """Give a folder for PYTHONPATH, in `place`, whose `overread` is this one with other models: links, made anew."""
    package = place / "program" / "overread"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for item in (ROOT / "src" / "overread").iterdir():
        if item.name not in ("models", "__pycache__"):
            (package / item.name).symlink_to(item.resolve())
    (package / "models").symlink_to(models.resolve())
    return package.parent


def held_out_models() -> Path:
    """Make the models folder, unless it was made of these very weights and this code before."""
    folder, made_of = PLACE / "models", _made_of()
    stamp = folder / ".made-of"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made_of:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for item in MODELS.iterdir():
        if item.name not in (FOLDER.name, "__pycache__"):
            (folder / item.name).symlink_to(item.resolve())
    _write_classifier(folder / FOLDER.name)
    stamp.write_text(made_of, encoding="utf-8")
    return folder


def _made_of() -> str:
    """Name what the held-out classifier comes of: the shipped one and its card, and the code that fits and measures."""
    code = (Path(__file__), *((ROOT / "training").glob("*.py")))
    sources = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted([*code, FOLDER / "card.json"])
    }
    return json.dumps([digests(FOLDER), sources])


def _write_classifier(folder: Path) -> None:
    table = without_held(seen())
    weight, bias = heads_of_networks()
    networks = [Linear(w, float(b)) for w, b in zip(weight[HELD], bias[HELD], strict=True)]
    taught = list(learnt(table))
    heads = [fit_head(table, one, [networks[one.label]]) for one in taught]
    _copy_trunk(folder)
    arrays = {
        "label_weight": np.stack([head.linear.weight for head in heads]).astype(np.float32),
        "label_bias": np.array([head.linear.bias for head in heads], np.float32),
    }
    save_file(arrays, folder / "heads.safetensors")
    spec, card = _described(table, heads, taught)
    (folder / "heads.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def without_held(table: Seen) -> Seen:
    """Take the films of fold HELD out of all that calibrates and measures, and let its network alone see phantoms."""
    heard = table.heard.copy()
    for split in PHANTOM_SPLITS:
        heard[table.splits == split] = _phantoms_heard(split)
    return replace(table, heard=heard, fresh=table.fresh & (table.folds != HELD))


def _phantoms_heard(split: Split) -> NDArray[np.float32]:
    weight, bias = heads_of_networks()
    phantoms = Phantoms(split)

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(phantoms.images[index], size).pixels

    chosen = np.arange(len(phantoms.images))
    return features_of(TRUNKS[HELD], f"phantoms-{split}", chosen, canvas) @ weight[HELD].T + bias[HELD]


def _copy_trunk(folder: Path) -> None:
    """Copy what is neither another trunk nor fitted to all three: files that a later version puts there come along."""
    fitted = ("heads.json", "heads.safetensors", "card.json", "README.md")
    folder.mkdir()
    for path in TRUNKS[HELD].iterdir():
        if path.is_file() and path.suffix != ".png" and path.name not in fitted:
            shutil.copy(path, folder)


def _described(table: Seen, heads: list[Head], taught: list[Taught]) -> tuple[Spec, Spec]:
    """Give heads.json and card.json, with every figure that the shipped ones have for programs to read."""
    by_name = {LABELS[one.label]: one for one in taught}
    measured = {
        name: measure(table, table.heard[:, one.label], one.label, phantoms_only=one.phantoms_only)
        for name, one in by_name.items()
    }
    spec = {**describe(heads), "further_trunks": []}
    inside = (table.sources == WITHIN) & table.usable & table.fresh
    called = false_positives(table.labels[inside], {n: found.said[inside] for n, found in measured.items()}, spec)
    for item in spec["labels"]:
        name = item["name"]
        figures = _figures(table, by_name[name], measured[name])
        item["auroc"] = figures["auroc"].get(WITHIN)
        item["phantom_auroc"] = figures["auroc"].get(DRAWN)
        item["ece"] = figures["ece"].get(WITHIN, figures["ece"].get(DRAWN))
        item["silent_on_real_films"] = silenced(called.get(name))
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["results"] = {}
    for ending, source in (("", WITHIN), ("_phantom", DRAWN)):
        card[f"trust{ending}"] = {VOTER: _trust(table, by_name, measured, source)}
        if f"prevalence{ending}" in card:
            card[f"prevalence{ending}"] = _prevalence(table, source)
    return spec, card


def _prevalence(table: Seen, source: str) -> dict[str, float]:
    """Give the share of a source's images that have each label, of those that state it."""
    rows = table.labels[(table.sources == source) & table.usable & table.fresh & (table.splits != "val")]
    known = {name: rows[~np.isnan(rows[:, place]), place] for place, name in enumerate(LABELS)}
    return {name: round(float(one.mean()), 4) for name, one in known.items() if one.size and 0 < one.mean() < 1}


def environment_for(program: Path | None) -> dict[str, str]:
    """Give the environment of a process that runs another program, or this one."""
    paths = [str(program)] if program else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)])}
