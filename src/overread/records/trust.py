"""How far each voter was measured to be right, label by label, and how common the labels are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from overread.records.study import Study

SIDED = 0.85
"""Share of sides that must have been right for a voter's side to be repeated."""


class Point(NamedTuple):
    """How a score does when it calls a label from a probability on."""

    threshold: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True)
class Performance:
    """Held-out figures of one voter for one label; None = not measured."""

    figure: float | None
    """Balanced accuracy at the operating point in use, else AUROC: 0 to 1, 0.5 = chance."""
    sensitivity: float | None = None
    specificity: float | None = None
    positive: int = 0
    negative: int = 0
    """Films with and without the label that the figures are of; 0 = not stated."""
    curve: tuple[Point, ...] = ()
    """Of a score: how it does from each of some thresholds on, ascending."""
    sides: float | None = None
    """Share of sides named that were right, 0 to 1."""

    @property
    def found(self) -> float | None:
        """Give the sensitivity, drawn in by Laplace's rule of succession; None where the films are not counted."""
        return _drawn_in(self.sensitivity, self.positive) if self.sensitivity is not None and self.positive else None

    @property
    def spared(self) -> float | None:
        """Give the specificity, drawn in alike."""
        return _drawn_in(self.specificity, self.negative) if self.specificity is not None and self.negative else None

    @property
    def prevalence(self) -> float | None:
        """Give the label's share among the films that were measured; None where their number is not stated."""
        return self.positive / (self.positive + self.negative) if self.positive and self.negative else None

    @property
    def tells_sides(self) -> bool:
        """Say whether a side may be repeated."""
        return self.sides is not None and self.sides >= SIDED

    def called(self, sensitivity: float, specificity: float) -> float:
        """Give how many of the films that were measured are called by a rule of such figures."""
        return sensitivity * self.positive + (1 - specificity) * self.negative

    def between(self, low: float, high: float | None) -> float:
        """Give how many of the films had a score from one threshold of the curve up to another (None = to the end)."""
        below = self.called(*self._point(low)[1:])
        return below - (0.0 if high is None else self.called(*self._point(high)[1:]))

    def at(self, threshold: float) -> tuple[float, float]:
        """Give sensitivity and specificity, drawn in, of calling the label from a threshold of the curve on."""
        point = self._point(threshold)
        return _drawn_in(point.sensitivity, self.positive), _drawn_in(point.specificity, self.negative)

    def _point(self, threshold: float) -> Point:
        return next(point for point in self.curve if point.threshold == threshold)


def _drawn_in(share: float, count: int) -> float:
    """Give (share * count + 1) / (count + 2), Laplace's rule of succession."""
    return (share * count + 1) / (count + 2)


Table = Mapping[tuple[str, str], Performance]


@dataclass(frozen=True)
class Prevalence:
    """How common labels are, 0 to 1 (exclusive), among the studies that come in."""

    stated: Mapping[str, float] = field(default_factory=dict)
    """By the site, or by the card of the model that was measured on most films."""

    def of(self, label: str, measured: Performance) -> float | None:
        """Give what is stated of a label, else its share among the films a voter was measured on; None: not known."""
        return self.stated.get(label) or measured.prevalence


@dataclass(frozen=True)
class Trust:
    """Measured performance by (voter, label); who was not measured on a kind of study is not in its table."""

    measured: Table = field(default_factory=dict)
    """On radiographs of patients, by whoever made the model."""
    on_phantoms: Table = field(default_factory=dict)
    """On held-out phantoms: counts for phantom studies only."""
    on_films: Table = field(default_factory=dict)
    """Here, on the operator's films: counts for studies of patients only, in place of `measured`."""
    prevalence: Prevalence = Prevalence()
    prevalence_of_phantoms: Prevalence = Prevalence()
    risk: float = 0.2
    """Share of the statements marked supported that may be wrong, 0 to 1."""

    def on(self, study: Study) -> "Voices":
        """Give the figures that hold for a kind of study: phantoms say nothing of a patient's film, nor it of them.

        There are none of what a model drew.
        """
        if study.generated:
            return Voices({}, Prevalence(), self.risk)
        if study.synthetic:
            return Voices(self.on_phantoms, self.prevalence_of_phantoms, self.risk)
        return Voices({**self.measured, **self.on_films}, self.prevalence, self.risk)

    def over(self, other: "Trust") -> "Trust":
        """Give both tables, these figures in place of the other's where both have one."""
        return Trust(
            {**other.measured, **self.measured},
            {**other.on_phantoms, **self.on_phantoms},
            {**other.on_films, **self.on_films},
            Prevalence({**other.prevalence.stated, **self.prevalence.stated}),
            Prevalence({**other.prevalence_of_phantoms.stated, **self.prevalence_of_phantoms.stated}),
            self.risk,
        )

    @classmethod
    def of_figures(cls, figures: Mapping[str, Mapping[str, float]]) -> "Trust":
        """Build a table from voter to label to balanced accuracy, on patients and phantoms alike.

        It is taken as sensitivity, specificity and share of right sides, on a thousand films half of which have the
        label, as half of the studies that come in have.
        """
        table = {
            (tool, label): Performance(figure, figure, figure, positive=500, negative=500, sides=figure)
            for tool, labels in figures.items()
            for label, figure in labels.items()
        }
        half = Prevalence(dict.fromkeys((label for _, label in table), 0.5))
        return cls(table, table, prevalence=half, prevalence_of_phantoms=half)


@dataclass(frozen=True)
class Voices:
    """Who was measured on the kind of study at hand, and how common labels are there."""

    table: Table
    prevalence: Prevalence = Prevalence()
    risk: float = 0.2

    def of(self, tool: str, label: str) -> Performance | None:
        """Give the figures of a voter (`voter`) for a label; None when it was not measured."""
        return self.table.get((tool, label))
