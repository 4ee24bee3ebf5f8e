"""A labelled film, and the films to measure on. Neither a name nor a patient's identifier is ever told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from overread.reasoning.trust import FEWEST
from overread.reasoning.vocabulary import LABELS


@dataclass(frozen=True)
class Film:
    """One film with what is known of it."""

    row: int
    """Line in the table, the heading is 1; without a table its place among the films by name, from 1."""
    path: Path = field(repr=False)
    patient: str = field(repr=False)
    labels: Mapping[str, bool]
    """What is known of it; a label that is not known is missing."""
    masks: Mapping[str, Path] = field(default_factory=dict)
    content: str = ""
    """SHA-256 of the file, 64 hex digits."""
    traits: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the table says of the patient and the picture (`film_table.TRAITS`); what it leaves empty is missing."""


@dataclass(frozen=True)
class Films:
    """The films to measure on, and which rows were left out for what."""

    films: tuple[Film, ...]
    patients_known: bool
    """False without a column patient_id: then every film counts as a patient of its own."""
    rows_left_out: Mapping[str, tuple[int, ...]]
    notes: tuple[str, ...] = ()
    """What the operator should know of the table, a line each."""

    @property
    def left_out(self) -> dict[str, int]:
        """Count the rows that were left out, by what for."""
        return {why: len(rows) for why, rows in self.rows_left_out.items()}

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the labels that any film speaks of, in the vocabulary's order."""
        known = {label for film in self.films for label in film.labels}
        return tuple(label for label in LABELS if label in known)

    def counts(self, label: str) -> tuple[int, int]:
        """Count positives and negatives of a label."""
        truths = [film.labels[label] for film in self.films if label in film.labels]
        return sum(truths), len(truths) - sum(truths)

    def enough(self, label: str) -> bool:
        """Say whether a label has the ten positives and ten negatives that a figure takes."""
        return min(self.counts(label)) >= FEWEST

    def prevalence(self, label: str) -> float:
        """Give the share of positives among the films that speak of a label, 0 to 1."""
        positive, negative = self.counts(label)
        return positive / (positive + negative)

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
