"""Sum up rows: whole scenarios, dimensions, and repeats."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import comb

import numpy as np

from overread.evals._intervals import clustered, weighted_mean, wilson
from overread.evals.running._result import DimensionRate, EvalRow, EvalSummary, PassAtK, ScorerKind


def summaries(profiles: Sequence[str], rows: Sequence[EvalRow]) -> Iterator[EvalSummary]:
    """Sum up each profile."""
    for profile in profiles:
        mine = [row for row in rows if row.profile == profile]
        whole = scenarios_passed(mine)
        low, high = wilson(sum(whole.values()), len(whole))
        yield EvalSummary(
            profile=profile,
            passed=sum(row.gate_passed for row in mine),
            total=len(mine),
            scenarios_passed=sum(whole.values()),
            scenarios=len(whole),
            low=low,
            high=high,
        )


def scenarios_passed(rows: Sequence[EvalRow]) -> dict[str, bool]:
    """Say of each scenario whether it, its twin and every repeat passed all gates."""
    whole: dict[str, bool] = {}
    for row in rows:
        whole[row.scenario] = whole.get(row.scenario, True) and row.gate_passed
    return whole


def dimension_passed(rows: Sequence[EvalRow], dimension: str, kind: ScorerKind | None = None) -> dict[str, bool]:
    """Say of each scenario in which a dimension was checked, by scorers of a kind or all, whether it never failed."""
    whole: dict[str, bool] = {}
    for row in rows:
        for score in row.scores:
            if score.dimension == dimension and kind in (None, score.kind) and score.passed is not None:
                whole[row.scenario] = whole.get(row.scenario, True) and score.passed
    return whole


def dimension_rates(profiles: Sequence[str], rows: Sequence[EvalRow]) -> Iterator[DimensionRate]:
    """Give the rate of each dimension, over the scenarios in which it was checked."""
    kinds = {(score.dimension, score.kind) for row in rows for score in row.scores}
    for profile in profiles:
        mine = [row for row in rows if row.profile == profile]
        for dimension, kind in sorted(kinds):
            if whole := dimension_passed(mine, dimension, kind):
                low, high = wilson(sum(whole.values()), len(whole))
                yield DimensionRate(
                    profile=profile,
                    dimension=dimension,
                    kind=kind,
                    passed=sum(whole.values()),
                    total=len(whole),
                    low=low,
                    high=high,
                )


def reliability(profiles: Sequence[str], rows: Sequence[EvalRow]) -> Iterator[PassAtK]:
    """Give pass^1 to pass^n of the variants that were tried n times, n the most of any; nothing where n is 1."""
    for profile in profiles:
        tried: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for row in rows:
            if row.profile == profile:
                tried[row.scenario, row.variant].append(row.gate_passed)
        most = max(map(len, tried.values()), default=1)
        repeated = {place: passed for place, passed in tried.items() if len(passed) == most}
        for k in range(1, most + 1) if most > 1 else ():
            values = np.asarray([comb(sum(passed), k) / comb(most, k) for passed in repeated.values()])
            value, low, high = clustered(weighted_mean(values), [scenario for scenario, _ in repeated])
            yield PassAtK(profile=profile, k=k, value=value, low=low, high=high, variants=len(repeated))
