"""Compare two profiles, or a run with an earlier one, by the scenarios that both ran."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from overread.evals._paired import Paired, paired_rights
from overread.evals.running._result import EvalRow
from overread.evals.running._summarising import dimension_passed, scenarios_passed


def compared_profiles(profiles: Sequence[str], rows: Sequence[EvalRow]) -> tuple[Paired, ...]:
    """Compare every two profiles of a run."""
    own = {profile: [row for row in rows if row.profile == profile] for profile in profiles}
    return tuple(
        paired
        for first, second in combinations(profiles, 2)
        for paired in compared_rows(first, second, own[first], own[second])
    )


def compared_rows(first: str, second: str, ours: Sequence[EvalRow], theirs: Sequence[EvalRow]) -> Iterator[Paired]:
    """Compare whole scenarios, in all and by dimension; a scenario counts once, whatever its variants."""
    before, after = scenarios_passed(ours), scenarios_passed(theirs)
    if whole := _on_both(first, second, "scenarios", before, after):
        yield whole
    for dimension in sorted({score.dimension for row in ours for score in row.scores}):
        one = _on_both(first, second, dimension, dimension_passed(ours, dimension), dimension_passed(theirs, dimension))
        if one is not None:
            yield one


def _on_both(first: str, second: str, part: str, ours: dict[str, bool], theirs: dict[str, bool]) -> Paired | None:
    both = sorted(ours.keys() & theirs.keys())
    if not both:
        return None
    a, b = [ours[name] for name in both], [theirs[name] for name in both]
    return paired_rights(first, second, part, a, b, both, measure="passed")
