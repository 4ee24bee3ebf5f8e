"""Heads of a made-up site, on disk as `overread prognosis` leaves them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from overread.tools._outlook_heads import ARRAYS, CARD, FOLDER, Arm, ArmFigures, Card, FieldOf, Interval

CRP = FieldOf(name="1988-5", words="C-reactive protein", unit="mg/L", low=1, high=300, missing=0.1)


def figures_of(arm: Arm, **changes: Any) -> tuple[ArmFigures, ...]:
    """Give good figures of one way; `changes` are of them."""
    good = {
        "arm": arm,
        "auroc": Interval(value=0.8, low=0.7, high=0.9),
        "corrected_low": 0.68,
        "brier": Interval(value=0.15, low=0.1, high=0.2),
        "calibration_error": 0.05,
    }
    return (ArmFigures.model_validate({**good, **changes}),)


def lay_head(home: Path, weights_digest: str, width: int, **changes: Any) -> Card:
    """Write a head that reads the picture and C-reactive protein; `changes` are of its card."""
    arrays = save(
        {
            "image": np.full((3, width), 0.01, np.float32),
            "fields": np.asarray([[0.01], [0.008], [0.012]], np.float32),
            "bias": np.asarray([-1, -1.2, -0.8], np.float32),
        }
    )
    given = {
        "outcome": "icu",
        "horizon": "7 days",
        "made_by": "a test",
        "made": "2026-12-02",
        "model": "clip",
        "weights_digest": weights_digest,
        "films": 200,
        "patients": 200,
        "with_outcome": 60,
        "left_out": {},
        "fields": (CRP,),
        "measured": figures_of("early"),
        "brier_of_share": 0.21,
        "in_use": "early",
        "head_digest": hashlib.sha256(arrays).hexdigest(),
    }
    card = Card.model_validate({**given, **changes})
    folder = home / FOLDER / "icu"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(arrays)
    (folder / CARD).write_text(card.model_dump_json())
    return card
