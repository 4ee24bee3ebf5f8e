"""Heads that a site made of its own patients' outcomes, as `overread prognosis` leaves them, and when they may speak.

A head is linear: log odds = embedding . image + fields . v + bias. Beside the one in use lie those that other draws of
the same patients gave; where they spread is how unsure it is.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load

from overread.errors import ToolError
from overread.precision import settled
from overread.records import Record

AGE, SEX, AP = "age", "sex", "ap"
FOLDER, CARD, ARRAYS = "prognosis", "card.json", "head.safetensors"
FEWEST = 30
"""Patients with the outcome, and without it, that a head must have been measured on to speak."""
CHANCE = 0.5
Arm = Literal["record", "image", "early", "latent", "late"]
ARMS: tuple[Arm, ...] = get_args(Arm)
Floats = NDArray[np.float64]


class Interval(Record):
    """A figure with its 95 % interval over patients."""

    value: float
    low: float
    high: float


class ArmFigures(Record):
    """One way of telling the outcome, of patients that each fit had not seen."""

    arm: Arm
    auroc: Interval
    corrected_low: float
    """Lower end of an interval of the AUROC that is corrected for having five ways to choose from (Bonferroni)."""
    brier: Interval
    calibration_error: float
    gain: Interval | None = None
    """AUROC less that of the record alone, on the same draws of patients; None where there is no record to compare."""
    corrected_gain: float | None = None
    """Lower end of that difference, corrected as above."""


class FieldOf(Record):
    """A field of the record that a head may read."""

    name: str
    """`age` in years, `sex` (1 male, 0 female), `ap` (1 AP, 0 PA), or a LOINC code."""
    words: str
    unit: str
    low: float
    high: float
    """The range among the patients that it was made of; beyond it nothing was measured."""
    missing: float
    """Share of the patients' films without it, for whom the median stood."""


class Card(Record):
    """What was measured, on whom, and which head came of it."""

    outcome: str = Field(min_length=1, max_length=60)
    horizon: str | None = Field(default=None, max_length=60)
    made_by: str
    made: str
    model: str
    weights_digest: str
    films: int
    patients: int = Field(ge=1)
    with_outcome: int
    left_out: Mapping[str, int]
    fields: tuple[FieldOf, ...]
    measured: tuple[ArmFigures, ...]
    brier_of_share: float
    """Of saying the share of films with the outcome of every film."""
    in_use: Arm
    head_digest: str
    """SHA-256 of the arrays' file."""

    @property
    def figures(self) -> ArmFigures:
        """Give the figures of the way in use."""
        return next(one for one in self.measured if one.arm == self.in_use)

    @property
    def reads(self) -> tuple[FieldOf, ...]:
        """Give the fields that the head in use takes."""
        return () if self.in_use == "image" else self.fields

    @property
    def unmet(self) -> tuple[str, ...]:
        """Name the bounds that it does not meet; a head of which any is unmet does not speak."""
        said = []
        if min(self.with_outcome, self.patients - self.with_outcome) < FEWEST:
            said.append(f"fewer than {FEWEST} patients with the outcome, or without it")
        if self.figures.corrected_low <= CHANCE:
            said.append(f"the corrected interval of its AUROC reaches {CHANCE}")
        if self.figures.brier.value >= self.brier_of_share:
            said.append("its probabilities are no better (Brier) than saying the share of everybody")
        return tuple(said)


@dataclass(frozen=True)
class OutlookHead:
    """A head that may speak."""

    card: Card
    image: Floats
    """(1 + draws, d)."""
    fields: Floats
    """(1 + draws, f) in the order of the card's fields."""
    bias: Floats
    """(1 + draws,)."""

    def chances(self, embedding: NDArray[np.float32], known: Mapping[str, float]) -> tuple[float, float, float]:
        """Give the probability and its 95 % interval, of fields by name.

        Raises `ToolError` where a field is missing, or lies beyond the patients that it was made of.
        """
        for field in self.card.reads:
            if field.name not in known:
                raise ToolError(f"'{self.card.outcome}' needs {field.words}, which neither order nor header states")
            if not field.low <= known[field.name] <= field.high:
                raise ToolError(
                    f"{field.words} lies beyond {field.low:g} to {field.high:g} {field.unit}, the range of those "
                    f"that '{self.card.outcome}' was measured on"
                )
        values = np.asarray([known.get(field.name, 0.0) for field in self.card.fields], np.float64)
        odds = self.image @ embedding.astype(np.float64) + self.fields @ values + self.bias
        chances = 1.0 / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
        low, high = np.quantile(chances, [0.025, 0.975])
        value = settled(chances[0])
        return value, min(settled(low), value), max(settled(high), value)


def heads_in(home: Path, weights_digest: str) -> tuple[OutlookHead, ...]:
    """Give the heads that may speak, measured here of exactly these weights, by outcome.

    Raises `ToolError` where one is damaged, or none may speak.
    """
    refused: list[str] = []
    found = tuple(_heads(home / FOLDER, weights_digest, refused))
    if not found:
        why = "; ".join(refused) or "none was measured here; 'overread prognosis FOLDER --outcome NAME' measures one"
        raise ToolError(f"no head of an outcome may speak: {why}")
    return found


def _heads(folder: Path, weights_digest: str, refused: list[str]) -> Iterator[OutlookHead]:
    for path in sorted(folder.glob(f"*/{CARD}")):
        try:
            card = Card.model_validate_json(path.read_bytes())
            if card.weights_digest != weights_digest:
                refused.append(f"'{card.outcome}' was measured with another model")
            elif card.unmet:
                refused.append(f"'{card.outcome}': {', '.join(card.unmet)}")
            else:
                yield _read(card, path.with_name(ARRAYS).read_bytes())
        except (OSError, ValueError, ValidationError, SafetensorError, KeyError, StopIteration) as error:
            what = f"the head in {path.parent.name} is damaged ({type(error).__name__})"
            raise ToolError(f"{what}; measure it anew with 'overread prognosis'") from error


def _read(card: Card, content: bytes) -> OutlookHead:
    if hashlib.sha256(content).hexdigest() != card.head_digest:
        raise ValueError("the arrays are not those of the card")
    arrays = {name: array.astype(np.float64) for name, array in load(content).items()}
    head = OutlookHead(card, arrays["image"], arrays["fields"], arrays["bias"])
    if head.fields.shape != (len(head.bias), len(card.fields)) or len(head.image) != len(head.bias):
        raise ValueError("shapes that do not fit")
    return head
