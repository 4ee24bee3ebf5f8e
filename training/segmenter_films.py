"""Held-out films with reference masks, as models/segmenter sees them."""

from typing import Any

import numpy as np

from training.data import KNOWS_HEART, KNOWS_LUNGS, LUNGS_STOP_AT_HEART, manifest
from training.embeddings import source_of
from training.paths import MODELS, WORK
from training.phantom_cache import Phantoms
from training.segmenter_measures import Film, predict, unpack
from training.splits import Split


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
