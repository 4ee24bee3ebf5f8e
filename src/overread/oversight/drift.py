"""Which figures moved more than chance would move them."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from scipy.stats import false_discovery_control, fisher_exact

from overread.oversight.shares import Share
from overread.records import Record

EXPECTED_FALSE = 0.05
"""Share of the flags that may be chance (false discovery rate)."""
METHOD = (
    "Fisher's exact test, two-sided: each week against all weeks before it, each scanner against all others, for "
    "sensitivity, specificity and PPV, where both sides have enough cases; flagged at a false discovery rate of 5 % "
    "over all tests of the table (Benjamini and Hochberg 1995)."
)


class Counted(NamedTuple):
    """Hits of n."""

    hits: int
    n: int


class Comparison(NamedTuple):
    """A figure here and elsewhere, each of enough cases."""

    voter: str
    label: str
    by: Literal["week", "scanner"]
    group: str
    figure: str
    here: Counted
    there: Counted


class Drift(Record):
    """A figure that is another in this week than before, or on this scanner than on the others."""

    voter: str
    label: str
    by: Literal["week", "scanner"]
    group: str
    figure: str
    here: Share
    there: Share
    p_value: float
    adjusted: float
    """The p-value after Benjamini and Hochberg; flagged where it is 0.05 or less."""

    @property
    def words(self) -> str:
        """Say it in one line."""
        other = "in the weeks before" if self.by == "week" else "on the other scanners"
        where = f"in {self.group}" if self.by == "week" else f"on {self.group}"
        return (
            f"{self.voter}, {self.label}: {self.figure} {where} {self.here.words}; {other} {self.there.words} "
            f"(adjusted p = {self.adjusted:.2g})"
        )


def drifts_of(comparisons: Sequence[Comparison]) -> tuple[Drift, ...]:
    """Flag what is not chance, the surest first."""
    if not comparisons:
        return ()
    p_values = [_p_value(each.here, each.there) for each in comparisons]
    adjusted = false_discovery_control(p_values, method="bh")
    found = [
        _drift(each, p, float(q))
        for each, p, q in zip(comparisons, p_values, adjusted, strict=True)
        if q <= EXPECTED_FALSE
    ]
    return tuple(sorted(found, key=lambda drift: (drift.adjusted, drift.voter, drift.label, drift.group, drift.figure)))


def _drift(each: Comparison, p_value: float, adjusted: float) -> Drift:
    return Drift(
        voter=each.voter,
        label=each.label,
        by=each.by,
        group=each.group,
        figure=each.figure,
        here=Share.of(*each.here),
        there=Share.of(*each.there),
        p_value=p_value,
        adjusted=adjusted,
    )


def _p_value(here: Counted, there: Counted) -> float:
    table = [[here.hits, here.n - here.hits], [there.hits, there.n - there.hits]]
    return float(fisher_exact(table).pvalue)
