"""Labelled films: a folder with `manifest.csv`, or with `labels.csv` of paths and labels.

Nothing of a row but its number is ever told: file names and patients' identifiers stay here.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from overread.errors import ModelRefused
from overread.reasoning.vocabulary import LABELS

TABLES = ("manifest.csv", "labels.csv")
MASKS = {"mask_path": "lungs", "heart_mask_path": "heart"}
"""Column of a mask's path to the structure that it shows; a lung mask holds both lungs."""
VALUES = {"1": True, "1.0": True, "0": False, "0.0": False}
UNKNOWN = frozenset({"", "-1", "-1.0"})
"""Nothing stated, or stated as uncertain: the film says nothing of the label."""
RADIOGRAPHS = frozenset({"", "X-RAY", "XRAY", "CR", "DX", "DR"})


@dataclass(frozen=True)
class Film:
    """One row of the table."""

    row: int
    """Line in the table, the heading is 1."""
    path: Path = field(repr=False)
    patient: str = field(repr=False)
    labels: Mapping[str, bool]
    """What is known of it; a label that is not known is missing."""
    masks: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Films:
    """The films to measure on, and how many rows were left out for what."""

    films: tuple[Film, ...]
    patients_known: bool
    """False without a column patient_id: then every film counts as a patient of its own."""
    left_out: Mapping[str, int]

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the labels that any film speaks of, in the vocabulary's order."""
        known = {label for film in self.films for label in film.labels}
        return tuple(label for label in LABELS if label in known)

    def counts(self, label: str) -> tuple[int, int]:
        """Count positives and negatives of a label."""
        truths = [film.labels[label] for film in self.films if label in film.labels]
        return sum(truths), len(truths) - sum(truths)

    @property
    def patients(self) -> int:
        """Count the patients."""
        return len({film.patient for film in self.films})


@dataclass(frozen=True)
class Wanted:
    """Which rows count."""

    split: str | None = None
    source: str | None = None
    limit: int | None = None
    """Most films; one of each patient comes first, in a random order that is always the same."""


def read_films(folder: Path, wanted: Wanted) -> Films:
    """Read the frontal films of a folder; raise `ModelRefused` with the number of a row that is wrong."""
    table = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    if table is None:
        raise ModelRefused(
            "the data folder has neither manifest.csv nor labels.csv; docs/models.md says what they hold"
        )
    left_out: Counter[str] = Counter()
    with table.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            columns = tuple(reader.fieldnames or ())
            _require_columns(table.name, columns)
            films = list(_films(folder, reader, columns, wanted, left_out))
        except (csv.Error, UnicodeDecodeError):
            raise ModelRefused(f"{table.name} is damaged after row {reader.line_num}; write it anew as UTF-8") from None
    chosen = _limited(films, wanted.limit)
    if not chosen:
        raise ModelRefused(f"{table.name} has no frontal film to measure on ({_told(left_out)}); choose other rows")
    return Films(chosen, "patient_id" in columns, dict(left_out))


def _require_columns(table: str, columns: tuple[str, ...]) -> None:
    if "path" not in columns:
        raise ModelRefused(f"{table} has no column 'path'; give the image of each row, relative to the folder")
    if not set(columns) & {*LABELS, *MASKS}:
        raise ModelRefused(f"{table} has no column of a label or a mask; labels are: {', '.join(LABELS)}")


def _films(
    folder: Path, reader: "csv.DictReader[str]", columns: tuple[str, ...], wanted: Wanted, left_out: Counter[str]
) -> Iterator[Film]:
    labels = [label for label in LABELS if label in columns]
    for cells in reader:
        row = {name: (cells.get(name) or "").strip() for name in columns}
        number = reader.line_num
        if why := _why_not(row, wanted):
            left_out[why] += 1
            continue
        path = _inside(folder, row["path"], number)
        if path is None:
            left_out["image not there"] += 1
            continue
        known = {label: value for label in labels if (value := _truth(row[label], label, number)) is not None}
        masks = {MASKS[name]: mask for name in MASKS if (mask := _inside(folder, row.get(name, ""), number))}
        patient = row.get("patient_id") or f"row {number}"
        yield Film(number, path, patient, known, masks)


def _why_not(row: Mapping[str, str], wanted: Wanted) -> str | None:
    view = row.get("view", "").upper()
    if view and not view.startswith(("PA", "AP", "FRONTAL", "UNKNOWN")):
        return "not frontal"
    if row.get("modality", "").upper() not in RADIOGRAPHS:
        return "no radiograph"
    if wanted.split is not None and row.get("split", "") != wanted.split:
        return "another split"
    if wanted.source is not None and row.get("source", "") != wanted.source:
        return "another source"
    return None


def _truth(text: str, label: str, row: int) -> bool | None:
    if text in UNKNOWN:
        return None
    if text not in VALUES:
        raise ModelRefused(f"row {row}, column '{label}': it must be 1, 0 or empty; correct the table")
    return VALUES[text]


def _inside(folder: Path, text: str, row: int) -> Path | None:
    """Give a file of the folder, None for one that is not there; raise `ModelRefused` for one outside."""
    if not text:
        return None
    path = folder / text
    if Path(text).is_absolute() or not _stays(path, folder):
        raise ModelRefused(f"row {row}: a path leads out of the data folder; give it relative to the folder")
    return path if path.is_file() else None


def _stays(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or what is no path at all
        return False


def _limited(films: list[Film], limit: int | None) -> tuple[Film, ...]:
    """Draw one film of each patient before a second of any: films of one patient say less than those of two."""
    if limit is None or len(films) <= limit:
        return tuple(films)
    place: Counter[str] = Counter()
    keys: dict[int, tuple[int, bytes]] = {}
    for film in films:
        keys[film.row] = place[film.patient], hashlib.sha256(film.patient.encode()).digest()
        place[film.patient] += 1
    ordered = sorted(films, key=lambda film: keys[film.row])
    return tuple(sorted(ordered[:limit], key=lambda film: film.row))


def _told(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {why}" for why, count in sorted(left_out.items())) or "it has no row"
