"""Measure the segmenter on held-out films and phantoms, and fit its mask quality score on validation films."""

import json
from typing import Any

import numpy as np

from training.measures import decisions, interval
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.segmenter_films import load_segmenter, phantom_films, real_films
from training.segmenter_measures import (
    Film,
    certainty,
    dice,
    fit_quality,
    heart_dice,
    is_swapped,
    largest,
    lung_dice,
    ratio_error,
    ratio_of,
    side_dice,
)

RATIO_LIMIT = 0.5


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
