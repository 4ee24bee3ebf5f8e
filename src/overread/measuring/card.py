"""The card of what was measured here, as data for the tools and as a page for people; no film or patient is named."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from overread._version import __version__
from overread.errors import ModelRefused
from overread.measuring.card_page import page_of
from overread.measuring.film import Films
from overread.measuring.results import Results
from overread.measuring.statistics import predictive_values
from overread.measuring.tables import Table, Tables
from overread.store.files import write_whole

MEASURE, CALIBRATE = "overread models measure", "overread calibrate"


@dataclass(frozen=True)
class Maker:
    """Which command makes a card, and of which model."""

    command: str
    name: str


def card_of(
    maker: Maker, results: Results, films: Films, refused: Mapping[str, int], rows: Mapping[str, Any]
) -> dict[str, Any]:
    """Compose the card: whose weights, on what, and every figure; `rows` says which rows of the table were taken."""
    tables = results.tables
    measured = {label for table in tables.trust.values() for label in table}
    prevalence = {label: round(films.prevalence(label), 4) for label in films.labels if label in measured}
    data = {
        "digest": data_digest(films),
        "films": len(films.films),
        "read": results.shown,
        "patients": films.patients if films.patients_known else None,
        "not_read": dict(sorted(refused.items())),
        "left_out": dict(sorted(films.left_out.items())),
        "rows": dict(rows),
    }
    model = results.model
    made = composed(maker, model.backend, model.weights_digest, data, prevalence, tables)
    return {**made, "prompts": results.prompts, "masks": results.masks}


def composed(
    maker: Maker,
    backend: str,
    weights_digest: str,
    data: Mapping[str, Any],
    prevalence: Mapping[str, float],
    tables: Tables,
) -> dict[str, Any]:
    """Compose a card of figures of labels; `data` says on what they rest."""
    return {
        "schema": 1,
        "name": maker.name,
        "made_by": maker.command,
        "program": __version__,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "backend": backend,
        "weights_digest": weights_digest,
        "data": dict(data),
        "prevalence": dict(prevalence),
        "trust": tables.trust,
        "figures": _with_predictive_values(tables.figures, tables.trust, prevalence),
        "calibration": tables.calibration,
        "prompts": {},
        "masks": {},
        "not_measured": tables.not_measured,
    }


def _with_predictive_values(figures: Table, trust: Table, prevalence: Mapping[str, float]) -> Table:
    """Give the figures with what a positive and a negative are worth at the site's prevalence; None: never said."""
    return {
        voter: {
            label: {
                **entry,
                **_values(trust[voter][label]["sensitivity"], trust[voter][label]["specificity"], prevalence[label]),
            }
            for label, entry in labels.items()
        }
        for voter, labels in figures.items()
    }


def _values(sensitivity: float, specificity: float, prevalence: float) -> dict[str, float | None]:
    pair = predictive_values(sensitivity, specificity, prevalence)
    names = ("positive_predictive_value", "negative_predictive_value")
    return {name: None if value is None else round(value, 4) for name, value in zip(names, pair, strict=True)}


def data_digest(films: Films) -> str:
    """Name films and labels by their content: SHA-256, 64 hex digits; neither names nor order change it."""
    lines = [f"{film.content} {json.dumps(dict(film.labels), sort_keys=True)}" for film in films.films]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write_card(card: Mapping[str, Any], folder: Path, plots: Sequence[str] = ()) -> tuple[Path, Path]:
    """Write README.md, which shows `plots`, then card.json into a folder, each whole; give card and page."""
    page, data = folder / "README.md", folder / "card.json"
    write_whole(page, page_of(card, plots).encode())
    write_whole(data, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode())
    return data, page


def write_beside(card: Mapping[str, Any], weights_folder: Path) -> Path:
    """Write card.json beside the weights as well; the page there is the publisher's and stays.

    Raises `ModelRefused` where a card of somebody else lies there, or the folder cannot be written.
    """
    path = weights_folder / "card.json"
    try:
        maker = json.loads(path.read_text(encoding="utf-8")).get("made_by") if path.exists() else MEASURE
        theirs = maker not in (MEASURE, CALIBRATE)
    except (OSError, ValueError, AttributeError):
        theirs = True
    if theirs or path.is_symlink():
        raise ModelRefused("the card beside the weights is somebody else's and stays; leave --beside out")
    try:
        write_whole(path, (json.dumps(card, indent=1, allow_nan=False) + "\n").encode())
    except OSError as error:
        raise ModelRefused(
            f"the folder of the weights cannot be written ({error.strerror}); leave --beside out"
        ) from None
    return path
