"""What scoring gave: figures with intervals, each pair's own scores, and what was not scored, with the reason."""

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MetricFigure(_Frozen):
    """One figure over the pairs, with its 95 % interval over clusters."""

    metric: str
    name: str
    value: float
    low: float
    high: float
    better: str
    pairs: int
    """That count in it."""
    clusters: int
    unscored: int
    """Pairs that the metric could not score: in no figure, and not 0."""
    errors: int
    """Of the unscored those where the judge failed."""
    identity: str
    """What computed it: package, version, settings."""


class NotScoredMetric(_Frozen):
    """A metric without a figure."""

    metric: str
    why: str


class ScoredPair(_Frozen):
    """One pair with its own scores."""

    id: str
    cluster: str
    kind: str
    reference: str | None
    """Text, or truth and score; None for pictures, boxes and rankings."""
    candidate: str | None
    scores: dict[str, float | None]


class ScoreResult(_Frozen):
    """The whole of it; `results.json` is this."""

    overread_version: str
    references: str
    """SHA-256 of the file."""
    candidates: str
    figures: tuple[MetricFigure, ...]
    not_scored: tuple[NotScoredMetric, ...]
    pairs: tuple[ScoredPair, ...]
    missing: tuple[str, ...]
    """References without a candidate: in no figure."""
    unknown: tuple[str, ...]
    """Candidates without a reference."""
    plots: dict[str, str] = {}
    """Title to the `data:` address of an SVG picture."""
