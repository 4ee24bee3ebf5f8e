"""What an audit gives: figures of each label in each group, and how far they are from the whole."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from overread._version import __version__

Measure = Literal["auroc", "sensitivity", "false_positive", "abstained", "over_called", "calibration_error"]
ANY_ALERT = "any alert"
"""Stands in the place of a label: films that called somebody, for whatever."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gap(_Frozen):
    """A group's figure less that of all films, by the same draws of patients."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided, of no gap: normal, with the bootstrap's standard error over patients."""
    holm: float
    """The same corrected for all gaps of the audit (Holm 1979)."""
    worse_by: float | None
    """How much worse the group is served, 0 and up; None of a gap that is neither better nor worse by its sign."""


class Figure(_Frozen):
    """One measure in one group, with its 95 % interval over patients."""

    measure: Measure
    films: int
    """That it counts: with the label for sensitivity, the healthy for false positives."""
    patients: int
    value: float | None
    """None: too few."""
    low: float | None = None
    high: float | None = None
    gap: Gap | None = None
    """None of the whole, of what has too few, and of a measure that the size of a group moves."""


class Row(_Frozen):
    """A label in a group."""

    label: str
    trait: str | None = None
    """None: all films."""
    group: str | None = None
    positive: int | None
    """Films with the label; None of alerts, of which no truth is known."""
    negative: int | None
    healthy: int
    figures: tuple[Figure, ...]

    @property
    def name(self) -> str:
        """Name the group in words."""
        return f"{self.trait}: {self.group}" if self.trait else "all"

    @property
    def counted(self) -> tuple[str, str]:
        """Films with the label and without; a dash where nobody knows, and of alerts the healthy, who need none."""
        if self.positive is None or self.negative is None:
            return "–", f"{self.healthy} healthy"
        return str(self.positive), str(self.negative)

    def of(self, measure: Measure) -> Figure | None:
        """Give the figure of a measure, None for one that this row does not have."""
        return next((figure for figure in self.figures if figure.measure == measure), None)


class Breach(_Frozen):
    """A group that is served worse than all films by more than is allowed."""

    label: str
    group: str
    measure: Measure
    worse_by: float
    holm: float
    shown: bool
    """Whether the corrected test bears it out; what it does not bear out fails no gate."""


class Audit(_Frozen):
    """The whole audit."""

    overread_version: str = __version__
    profile: str
    of: str
    """Name of the folder."""
    films: int
    patients: int
    patients_known: bool
    not_read: dict[str, int]
    without: dict[str, int]
    """Trait to films of which it is not known."""
    draws: int
    gaps_tested: int
    max_gap: float | None = None
    rows: tuple[Row, ...]
    breaches: tuple[Breach, ...] = ()
    """Beyond `max_gap`; empty without one."""

    @property
    def failed(self) -> bool:
        """Say whether the gate fails."""
        return any(breach.shown for breach in self.breaches)
