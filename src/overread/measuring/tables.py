"""From what a model said of films to the tables of its card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from overread.evals._calibration import calibration_error
from overread.evals._ranking import auroc
from overread.measuring.film import Film
from overread.measuring.statistics import (
    Floats,
    OutOfFold,
    Patients,
    Point,
    Truth,
    balanced_accuracy,
    fit,
    operating_curve,
    out_of_fold,
    over_patients,
    rates,
)
from overread.reasoning.trust import FEWEST
from overread.tools._measured_here import logit_of

Table = dict[str, dict[str, Any]]
"""Voter to label to figures."""


@dataclass(frozen=True)
class Held:
    """What plots of a label are drawn from, film by film; it goes into no card."""

    truth: Truth
    said: OutOfFold
    point: Point
    """Fitted on all films: what is in use."""


@dataclass
class Tables:
    """The parts of a card that hold figures; a label is in `trust` only when it was measured on enough films."""

    trust: Table = field(default_factory=dict)
    calibration: Table = field(default_factory=dict)
    figures: Table = field(default_factory=dict)
    not_measured: Table = field(default_factory=dict)
    """Labels with fewer than ten positives or negatives among the films that were read, with these counts."""
    held: dict[str, dict[str, Held]] = field(default_factory=dict)
    """Voter to label, of voters that score."""
    seen: "dict[str, dict[str, Seen]]" = field(default_factory=dict)
    """The same, of every label that is scored, with too few films or none as well; it goes into no card."""


@dataclass(frozen=True)
class Seen:
    """What one voter said of one label, film by film."""

    truth: Truth
    value: Floats
    """A raw probability; of answers 1 present, 0 absent, 0.5 neither."""
    patient: Patients

    @classmethod
    def of(cls, films: Sequence[Film], label: str, values: Sequence[float]) -> "Seen":
        """Gather films whose truth is known, with the value of each, in the same order."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(film.patient for film in films))}
        return cls(
            np.asarray([film.labels[label] for film in films], np.bool_),
            np.asarray(values, np.float64),
            np.asarray([numbers[film.patient] for film in films], np.intp),
        )

    @property
    def counts(self) -> dict[str, int]:
        """Count positives and negatives."""
        return {"positive": int(self.truth.sum()), "negative": int((~self.truth).sum())}

    @property
    def enough(self) -> bool:
        """Say whether there are enough films of both kinds, of at least two patients each, for a figure."""
        patients = (set(self.patient[self.truth].tolist()), set(self.patient[~self.truth].tolist()))
        return min(self.counts.values()) >= FEWEST and min(map(len, patients)) >= 2


def add_scores(tables: Tables, voter: str, label: str, seen: Seen, where: str) -> None:
    """Add a label that was scored: calibrated and decided out of fold, then fitted on all films for use."""
    if not seen.enough:
        tables.not_measured.setdefault(voter, {})[label] = seen.counts
        return
    logits = np.asarray([logit_of(value) for value in seen.value])
    told = out_of_fold(seen.truth, logits, seen.patient)
    chances = told.chances
    point = fit(seen.truth, logits)
    area = over_patients(lambda weight: auroc(seen.truth, seen.value, weight), seen.patient)
    abstained = (chances >= point.low) & (chances <= point.high) if point.low < point.high else np.zeros(1)
    tables.held.setdefault(voter, {})[label] = Held(seen.truth, told, point)
    tables.trust.setdefault(voter, {})[label] = {
        **_decided(seen, told.said, where),
        "auroc": round(area.value, 4),
        "curve": operating_curve(seen.truth, chances),
    }
    tables.figures.setdefault(voter, {})[label] = {
        "auroc": area.as_data(),
        "balanced_accuracy": _interval(seen, told.said),
        "calibration_error": round(calibration_error(seen.truth, chances), 4),
        "abstained": round(float(abstained.mean()), 4),
    }
    tables.calibration.setdefault(voter, {})[label] = {
        "slope": round(point.slope, 6),
        "intercept": round(point.intercept, 6),
        "threshold": round(point.threshold, 4),
        "band": [round(point.low, 4), round(point.high, 4)],
    }


def add_answers(tables: Tables, voter: str, label: str, seen: Seen, where: str) -> None:
    """Add a label that was answered; what says neither present nor absent is right for no film."""
    if not seen.enough:
        tables.not_measured.setdefault(voter, {})[label] = seen.counts
        return
    said = np.where(seen.value == 0.5, ~seen.truth, seen.value > 0.5)
    tables.trust.setdefault(voter, {})[label] = _decided(seen, said, where)
    tables.figures.setdefault(voter, {})[label] = {
        "balanced_accuracy": _interval(seen, said),
        "undecided": int((seen.value == 0.5).sum()),
    }


def dice_table(values: Mapping[str, Sequence[tuple[str, float]]]) -> dict[str, dict[str, Any]]:
    """Give the mean Dice of each structure from (patient, Dice) of each film, with its interval over patients."""
    table = {}
    for structure, pairs in values.items():
        numbers = {name: number for number, name in enumerate(dict.fromkeys(patient for patient, _ in pairs))}
        patient = np.asarray([numbers[name] for name, _ in pairs], np.intp)
        dice = np.asarray([value for _, value in pairs])
        mean = over_patients(lambda weight, dice=dice: float((weight * dice).sum() / weight.sum()), patient)  # type: ignore[misc]
        table[structure] = {**mean.as_data(), "n": len(pairs), "worst": round(float(dice.min()), 4)}
    return table


def _decided(seen: Seen, said: Truth, where: str) -> dict[str, Any]:
    sensitivity, specificity = rates(seen.truth, said)
    hits = int((seen.truth & said).sum())
    positive = int(seen.truth.sum())
    return {
        "balanced_accuracy": round((sensitivity + specificity) / 2, 4),
        "sensitivity": round(sensitivity, 4),
        "specificity": round(specificity, 4),
        "f1": round(2 * hits / (positive + int(said.sum())), 4),
        **seen.counts,
        "where": where,
    }


def _interval(seen: Seen, said: Truth) -> dict[str, float]:
    return over_patients(lambda weight: balanced_accuracy(seen.truth, said, weight), seen.patient).as_data()
