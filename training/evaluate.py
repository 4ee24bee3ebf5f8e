"""Rerun every figure of the embedded models on held-out data and write the cards.

    python -m training.evaluate [segmenter] [classifier] [clip] [vlm]      all four without arguments

Writes .training/results/<model>.json, then models/<model>/card.json, README.md and figures.
"""

import argparse
import json
from typing import Any

import numpy as np

from training.cards import write_cards
from training.data import KNOWS_HEART, KNOWS_LUNGS, LUNGS_STOP_AT_HEART, manifest
from training.embeddings import source_of
from training.measures import decisions, interval
from training.paths import MODELS, RESULTS, WORK
from training.phantom_cache import Phantoms
from training.segment_eval import (
    Film,
    dice,
    fit_quality,
    heart_dice,
    is_swapped,
    largest,
    lung_dice,
    predict,
    ratio_error,
    ratio_of,
    side_dice,
    unpack,
)
from training.splits import Split

RATIO_LIMIT = 0.5
MODEL_NAMES = ("segmenter", "classifier", "clip", "vlm")


def load_segmenter() -> Any:
    """Load models/segmenter in float32."""
    import torch
    from transformers import UperNetForSemanticSegmentation

    return UperNetForSemanticSegmentation.from_pretrained(MODELS / "segmenter", dtype=torch.float32).eval()


def real_films(model: Any, split: Split) -> list[Film]:
    """Predict the held-out real films with masks; the non-commercial ones count in `test`, laterals left out."""
    cache = np.load(WORK / "cache" / "real.npz")
    rows = manifest()
    index = [
        i
        for i, row in enumerate(rows)
        if cache["known"][i]
        and row.fields["view"] != "L"
        and (row.split == split if row.trainable else split == "test")
    ]
    chance = predict(model, cache["images"][index])
    films = []
    for place, i in enumerate(index):
        truth, bits = unpack(cache["masks"][i]), int(cache["known"][i])
        ignore = truth[2] if bits & LUNGS_STOP_AT_HEART else np.zeros_like(truth[2])
        kind = f", {rows[i].fields['mask_kind']}" if not rows[i].trainable else ""
        films.append(
            Film(
                source_of(rows[i]) + kind,
                chance[place],
                truth,
                bool(bits & KNOWS_LUNGS),
                bool(bits & KNOWS_HEART),
                ignore,
            )
        )
    return films


def phantom_films(model: Any, split: Split, most: int = 400) -> list[Film]:
    """Predict held-out frontal phantoms."""
    phantoms = Phantoms(split, frontal_only=True)
    chance = predict(model, phantoms.images[:most])
    nothing = np.zeros(chance.shape[2:], bool)
    return [
        Film("phantom", p, unpack(m), True, True, nothing) for p, m in zip(chance, phantoms.organs[:most], strict=True)
    ]


def evaluate_segmenter() -> dict[str, Any]:
    """Give every figure of models/segmenter, and fit quality.json on validation films."""
    model = load_segmenter()
    quality = fit_quality([*real_films(model, "val"), *phantom_films(model, "val", 200)])
    (MODELS / "segmenter" / "quality.json").write_text(json.dumps(quality, indent=1) + "\n", encoding="utf-8")
    films = [*real_films(model, "test"), *phantom_films(model, "test")]
    by_source: dict[str, Any] = {}
    for source in sorted({film.source for film in films}):
        mine = [film for film in films if film.source == source]
        lungs, hearts = [f for f in mine if f.knows_lungs], [f for f in mine if f.knows_heart]
        ratios = [error for f in hearts if (error := ratio_error(f)) is not None]
        sides = [side_dice(f) for f in lungs]
        by_source[source] = {
            "lungs": interval([lung_dice(f) for f in lungs]),
            "right lung": interval([pair[0] for pair in sides]),
            "left lung": interval([pair[1] for pair in sides]),
            "heart": interval([heart_dice(f) for f in hearts]),
            "cardiothoracic ratio error": interval(ratios),
            "sides swapped": sum(is_swapped(f) for f in lungs),
        }
    real = [f for f in films if f.knows_lungs and "(NC)" not in f.source and f.source != "phantom"]
    phantoms = Phantoms("test", frontal_only=True)
    return {
        "by_source": by_source,
        "real films, shipped licence": interval([lung_dice(f) for f in real]),
        "quality": quality,
        "quality error": interval(_quality_errors(films, quality)),
        "trust": {},
        "trust_phantom": {"segmentation": _cardiomegaly(films, phantoms)},
    }


def _quality_errors(films: list[Film], quality: dict[str, Any]) -> list[float]:
    from training.segment_eval import certainty

    errors = []
    for film in films:
        for channel, name in enumerate(("right_lung", "left_lung")):
            sure = certainty(film.chance[channel])
            if film.knows_lungs and sure is not None:
                line = quality["channels"][name]
                guess = min(1.0, max(0.0, line["intercept"] + line["slope"] * sure))
                errors.append(abs(guess - dice(largest(film.chance[channel] >= 0.5), film.truth[channel])))
    return errors


def _cardiomegaly(films: list[Film], phantoms: Phantoms) -> dict[str, Any]:
    """Decide cardiomegaly by the ratio on phantoms, the limit the tools use for PA films."""
    drawn = [film for film in films if film.source == "phantom"]
    truth, said = [], []
    for film, facts in zip(drawn, phantoms.facts, strict=False):
        ratio = ratio_of(
            largest(film.chance[0] >= 0.5) | largest(film.chance[1] >= 0.5), largest(film.chance[2] >= 0.5)
        )
        limit = 0.55 if facts.view == "AP" else RATIO_LIMIT
        if ratio is not None:
            truth.append(float("Cardiomegaly" in facts.present))
            said.append(float(ratio > limit))
    figure = decisions(np.array(truth), np.array(said), "phantom test")
    return {"Cardiomegaly": figure} if figure else {}


def main() -> None:
    """Evaluate the chosen models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", choices=[*MODEL_NAMES, []], default=[])
    chosen = parser.parse_args().models or MODEL_NAMES
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        results = _evaluator(name)()
        (RESULTS / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        write_cards(name, results)
        print(f"{name}: {RESULTS / f'{name}.json'}")


def _evaluator(name: str) -> Any:
    from training.classifier_eval import evaluate_classifier
    from training.clip_eval import evaluate_clip
    from training.vlm_eval import evaluate_vlm

    evaluators = {"segmenter": evaluate_segmenter, "classifier": evaluate_classifier}
    return {**evaluators, "clip": evaluate_clip, "vlm": evaluate_vlm}[name]


if __name__ == "__main__":
    main()
