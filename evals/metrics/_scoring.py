"""Score pairs by metrics: a figure with its interval over clusters, or the reason why there is none."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from overread._version import __version__
from overread.composition import parts_of
from overread.errors import UsageError
from overread.evals._intervals import clustered
from overread.evals.metrics._loading import Options, every, load
from overread.evals.metrics._metric import Given, Kind, Measured, Metric, NotScored, Pair
from overread.evals.metrics._plots import plots_of
from overread.evals.metrics._reading import Table, read_pairs
from overread.evals.metrics._result import MetricFigure, NotScoredMetric, ScoredPair, ScoreResult
from overread.evals.metrics.risk_coverage import threshold_of
from overread.settings import ModelSpec, Profile, Settings, load_profile

JUDGE = "judge"
"""The role of a profile, and the name of the model where only an address is given."""


@dataclass(frozen=True)
class Scoring:
    """What came of it, before it is written."""

    figures: tuple[MetricFigure, ...]
    not_scored: tuple[NotScoredMetric, ...]
    samples: Mapping[Kind, Mapping[str, tuple[float | None, ...]]] = field(default_factory=dict)
    """Kind to name of a figure to the scores of its pairs."""


def run(
    references: Path,
    candidates: Path,
    settings: Settings,
    names: Sequence[str] = (),
    options: Options | None = None,
    judge: ModelSpec | None = None,
) -> ScoreResult:
    """Score files by the metrics named, else by every one that fits their columns and can be computed here.

    Raises `UsageError` for files that cannot be paired, and for a metric that was named and cannot be computed.
    """
    table = read_pairs(references, candidates)
    given = given_for(settings, judge)
    metrics = _named(names, given, options or {}, table) if names else _fitting(given, options or {}, table)
    scoring = score(metrics, table.pairs)
    return ScoreResult(
        overread_version=__version__,
        references=_digest(references),
        candidates=_digest(candidates),
        figures=scoring.figures,
        not_scored=scoring.not_scored,
        pairs=tuple(_pairs(table, scoring)),
        missing=table.missing,
        unknown=table.unknown,
        plots=_plots(table, options or {}),
    )


def score(metrics: Sequence[Metric], pairs: Mapping[Kind, Sequence[Pair]]) -> Scoring:
    """Score pairs; a metric that is not here, or not fit, is told with its reason."""
    figures: list[MetricFigure] = []
    not_scored: list[NotScoredMetric] = []
    samples: dict[Kind, dict[str, tuple[float | None, ...]]] = {}
    for metric in metrics:
        card = metric.card
        own = pairs[card.kind]
        absent = metric.missing()
        measured = NotScored(absent) if absent else metric.measure(own)
        if isinstance(measured, NotScored):
            not_scored.append(NotScoredMetric(metric=card.name, why=measured.why))
            continue
        clusters = [pair.cluster for pair in own]
        for one in measured:
            figure = _figure(card.name, one, clusters)
            if figure is None:
                why = f"{one.name}: none of {len(own)} pairs has a figure" + (
                    f", {one.errors} failed" * bool(one.errors)
                )
                not_scored.append(NotScoredMetric(metric=card.name, why=why))
                continue
            figures.append(figure)
            if one.samples:
                samples.setdefault(card.kind, {})[one.name] = one.samples
    return Scoring(tuple(figures), tuple(not_scored), samples)


def given_for(settings: Settings, judge: ModelSpec | None = None) -> Given:
    """Give what metrics are built from; the judge is the model named, else the profile's role `judge`."""
    profile = load_profile(settings.profile, settings)
    if judge is not None:
        profile = Profile(name=profile.name, describe=profile.describe, tools=(), roles={JUDGE: judge})
    if JUDGE not in profile.roles:
        return Given(settings)
    return Given(settings, judge=partial(parts_of(profile, settings).chat, JUDGE))


def _figure(metric: str, one: Measured, clusters: Sequence[str]) -> MetricFigure | None:
    value, low, high = clustered(one.figure, clusters)
    if np.isnan(value):
        return None
    known = [True] * len(clusters)
    if one.samples and one.unscored:
        known = [sample is not None for sample in one.samples]
    counted = [cluster for cluster, scored in zip(clusters, known, strict=True) if scored]
    return MetricFigure(
        metric=metric,
        name=one.name,
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        better=one.better,
        pairs=len(counted),
        clusters=len(set(counted)),
        unscored=one.unscored,
        errors=one.errors,
        identity=one.identity,
    )


def _named(names: Sequence[str], given: Given, options: Options, table: Table) -> list[Metric]:
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise UsageError(f"--metric {repeated[0]}: it is named twice")
    metrics = load(names, given, options)
    for metric in metrics:
        if metric.card.kind not in table.pairs:
            raise UsageError(f"{metric.card.name} compares {metric.card.kind}; the files have no such columns")
        if absent := metric.missing():
            raise UsageError(f"{metric.card.name} {absent}")
    return metrics


def _fitting(given: Given, options: Options, table: Table) -> list[Metric]:
    """Build what fits the columns; what is not here is built as well, to tell why it gives no figure."""
    fitting = [metric.card.name for metric in every(given) if metric.card.kind in table.pairs]
    return load(fitting, given, options)


def _plots(table: Table, options: Options) -> dict[str, str]:
    threshold = threshold_of(options.get("risk_coverage", {}).get("threshold", "0.5"))
    return plots_of(table.pairs["score"], threshold) if "score" in table.pairs else {}


def _pairs(table: Table, scoring: Scoring) -> Iterator[ScoredPair]:
    for kind, pairs in table.pairs.items():
        own = scoring.samples.get(kind, {})
        for place, pair in enumerate(pairs):
            texts = _told(pair, kind)
            scores = {name: _rounded(samples[place]) for name, samples in own.items()}
            yield ScoredPair(
                id=pair.id, cluster=pair.cluster, kind=kind, reference=texts[0], candidate=texts[1], scores=scores
            )


def _told(pair: Pair, kind: Kind) -> tuple[str | None, str | None]:
    if kind == "score":
        return str(int(pair.reference)), f"{pair.candidate:.4g}"
    return (pair.reference, pair.candidate) if kind == "text" else (None, None)


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 4)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
