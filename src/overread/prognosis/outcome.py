"""Measure an outcome on a site's own films, and make a head of it; the card says whether it may speak."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from overread._version import __version__
from overread.errors import ModelRefused, Unavailable
from overread.evals._calibration import reliability
from overread.prognosis.arms import fit
from overread.prognosis.features import Features, features_of
from overread.prognosis.measure import REPEATS, Said, best, cross_validated, figures_of
from overread.prognosis.table import Table
from overread.reasoning.trust import FEWEST
from overread.records.observations import KNOWN
from overread.settings import Profile, Settings
from overread.store.files import write_whole
from overread.tools._evidence_builder import model_name
from overread.tools._outlook_heads import AGE, AP, ARRAYS, CARD, FOLDER, SEX, Arm, Card, FieldOf

SPREAD = 100
"""Heads of other draws of the patients, from which an outlook's interval comes."""
PLOT = "calibration.png"
BINS = 5
WORDS = {AGE: ("age", "a"), SEX: ("sex", "1 male, 0 female"), AP: ("projection", "1 AP, 0 PA")}
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    card: Card
    arrays: bytes
    said: Said
    seen: Features


def measure_outcome(
    table: Table, horizon: str | None, profile: Profile, settings: Settings, tell: Tell, repeats: int = REPEATS
) -> Outcome:
    """Look at the films, measure every way, and fit the head; nothing is written.

    Raises `ModelRefused` for fewer than ten patients with the outcome or without, before any film is read and after,
    and what `features_of` and `cross_validated` raise.
    """
    _require_enough(*table.counts)
    seen = features_of(table, profile, settings, lambda at, total: tell("Reading films", at, total))
    ill = np.unique(seen.patient[seen.outcome]).size
    _require_enough(ill, np.unique(seen.patient).size - ill)
    said = cross_validated(seen, lambda at, total: tell("Cross-validating", at, total), repeats)
    figures = figures_of(said, seen)
    arrays = _head(best(figures), seen, tell)
    share = float(seen.outcome.mean())
    card = Card(
        outcome=table.outcome,
        horizon=horizon,
        made_by=f"overread {__version__} prognosis",
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        model=model_name(seen.model) or "none",
        weights_digest=seen.model.weights_digest,
        films=len(seen.outcome),
        patients=np.unique(seen.patient).size,
        with_outcome=ill,
        left_out={"no outcome, or no image": table.left_out, **seen.not_read},
        fields=tuple(field_of(seen, place) for place in range(len(seen.names))),
        measured=figures,
        brier_of_share=round(share * (1 - share), 4),
        in_use=best(figures),
        head_digest=hashlib.sha256(arrays).hexdigest(),
    )
    return Outcome(card, arrays, said, seen)


def write(done: Outcome, home: Path) -> Path:
    """Write head, card and the plot of calibration into the outcome's folder; give the folder.

    The card names the head's digest: a kill in between leaves a pair that the tool refuses.
    """
    name = hashlib.sha256(done.card.outcome.encode()).hexdigest()[:12]
    folder = home / FOLDER / name
    write_whole(folder / ARRAYS, done.arrays)
    write_whole(folder / CARD, (done.card.model_dump_json(indent=1) + "\n").encode())
    write_whole(folder / PLOT, _drawn(done))
    return folder


def require_plots() -> None:
    """Raise `Unavailable` without matplotlib: before anybody waits."""
    _sheet_class()


def _require_enough(ill: int, well: int) -> None:
    if min(ill, well) < FEWEST:
        raise ModelRefused(
            f"there are {ill} patients with the outcome and {well} without; {FEWEST} of each are the least"
        )


def _head(arm: Arm, seen: Features, tell: Tell) -> bytes:
    """Fit the way to all patients, and to draws of them with the same penalty."""
    first, chosen = fit(arm, seen)
    draw = np.random.default_rng(0)
    patients = int(seen.patient.max()) + 1
    heads = [first]
    while len(heads) <= SPREAD:
        times = np.bincount(draw.integers(0, patients, patients), minlength=patients)
        rows = seen.rows(np.repeat(np.arange(len(seen.outcome)), times[seen.patient]))
        tell("Drawing patients", len(heads), SPREAD)
        if 1 < rows.outcome.sum() < len(rows.outcome) - 1:
            heads.append(fit(arm, rows, chosen)[0])
    image, fields = (np.stack([getattr(head, name) for head in heads]) for name in ("image", "fields"))
    bias = np.asarray([head.bias for head in heads], np.float32)
    return bytes(save({"image": image.astype(np.float32), "fields": fields.astype(np.float32), "bias": bias}))


def field_of(seen: Features, place: int) -> FieldOf:
    """Describe a field of the record as the films have it."""
    name, column = seen.names[place], seen.fields[:, place]
    words, unit = WORDS.get(name) or ((KNOWN[name].name, KNOWN[name].unit) if name in KNOWN else (f"LOINC {name}", ""))
    low, high = float(np.nanmin(column)), float(np.nanmax(column))
    missing = round(float(np.isnan(column).mean()), 4)
    return FieldOf(name=name, words=words, unit=unit, low=low, high=high, missing=missing)


def _drawn(done: Outcome) -> bytes:
    """Draw the share with the outcome over the probability said, out of fold, in five bins of equal counts a way."""
    sheet = _sheet_class()(figsize=(2.6 * len(done.said), 2.9), layout="constrained")
    axes = sheet.subplots(1, len(done.said), sharey=True, squeeze=False)[0]
    for axis, (arm, chances) in zip(axes, done.said.items(), strict=True):
        bins = reliability(done.seen.outcome, chances, BINS)
        axis.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
        axis.plot([one[0] for one in bins], [one[1] for one in bins], "o-", markersize=4)
        axis.set(title=arm, xlim=(0, 1), ylim=(0, 1), xlabel="probability said")
    axes[0].set_ylabel("share with the outcome")
    stream = BytesIO()
    sheet.savefig(stream, format="png", dpi=100, metadata={"Software": None})
    return stream.getvalue()


def _sheet_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Unavailable("the plot needs matplotlib: pip install 'overread[prognosis]'") from None
    return Figure
