"""Models against what was signed: per label, week and scanner, with drift told by a test."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from overread.oversight.drift import Comparison, Counted, Drift, drifts_of
from overread.oversight.facts import CaseFacts
from overread.oversight.shares import Share
from overread.reasoning.trust import FEWEST
from overread.records import Record

Outcome = Literal["hit", "false_alarm", "miss", "right_denial", "undecided"]
Pair = tuple[str, str]
"""Voter and label."""
Cell = tuple[str, str]
"""Week and scanner."""
WEEK, SCANNER = 0, 1
Pick = Callable[[Cell], bool]
FIGURES: dict[str, tuple[tuple[Outcome, ...], tuple[Outcome, ...]]] = {
    "sensitivity": (("hit",), ("hit", "miss")),
    "specificity": (("right_denial",), ("right_denial", "false_alarm")),
    "ppv": (("hit",), ("hit", "false_alarm")),
    "disagreement": (("false_alarm", "miss"), ("hit", "false_alarm", "miss", "right_denial")),
}
"""What is counted, out of what. A voter that says "possible" is undecided and counts in none of them."""
DRIFTING = ("sensitivity", "specificity", "ppv")


class Rates(Record):
    """One voter on one label: in all cases, in one week, or on one scanner."""

    voter: str
    label: str
    group: str
    """`all`, an ISO week, or a scanner."""
    hits: int
    false_alarms: int
    misses: int
    right_denials: int
    undecided: int
    sensitivity: Share
    specificity: Share
    ppv: Share
    disagreement: Share
    """Where the voter said the opposite of what was signed."""


class Monitor(Record):
    """The models' figures against signed text."""

    overall: tuple[Rates, ...]
    weeks: tuple[Rates, ...]
    scanners: tuple[Rates, ...]
    drifts: tuple[Drift, ...]
    tests: int
    """How many comparisons had enough cases on both sides."""


class MonitorTally:
    """Counts votes against signed labels as cases pass."""

    def __init__(self) -> None:
        self._pairs: dict[Pair, dict[Cell, Counter[Outcome]]] = {}

    def add(self, facts: CaseFacts) -> None:
        """Count each vote on a label of which the signed text says whether it is there."""
        cell = (facts.week, facts.scanner)
        for vote in facts.votes:
            truth = facts.stated.get(vote.label)
            if facts.signed and truth is not None:
                cells = self._pairs.setdefault((vote.voter, vote.label), {})
                cells.setdefault(cell, Counter())[_outcome(vote.said, truth)] += 1

    @property
    def monitor(self) -> Monitor:
        """Give the figures and the drift of what was counted so far."""
        comparisons = tuple(self._comparisons())
        return Monitor(
            overall=tuple(self._rates(pair, "all", lambda cell: True) for pair in sorted(self._pairs)),
            weeks=tuple(self._by(WEEK)),
            scanners=tuple(self._by(SCANNER)),
            drifts=drifts_of(comparisons),
            tests=len(comparisons),
        )

    def _by(self, place: int) -> Iterator[Rates]:
        for pair in sorted(self._pairs):
            for group in self._groups(pair, place):
                yield self._rates(pair, group, _in(place, group))

    def _groups(self, pair: Pair, place: int) -> list[str]:
        return sorted({cell[place] for cell in self._pairs[pair]})

    def _counts(self, pair: Pair, pick: Pick) -> Counter[Outcome]:
        picked = (counts for cell, counts in self._pairs[pair].items() if pick(cell))
        return sum(picked, Counter[Outcome]())

    def _rates(self, pair: Pair, group: str, pick: Pick) -> Rates:
        counts = self._counts(pair, pick)
        return Rates(
            voter=pair[0],
            label=pair[1],
            group=group,
            hits=counts["hit"],
            false_alarms=counts["false_alarm"],
            misses=counts["miss"],
            right_denials=counts["right_denial"],
            undecided=counts["undecided"],
            sensitivity=_share(counts, "sensitivity"),
            specificity=_share(counts, "specificity"),
            ppv=_share(counts, "ppv"),
            disagreement=_share(counts, "disagreement"),
        )

    def _comparisons(self) -> Iterator[Comparison]:
        """Give each week beside all weeks before it, each scanner beside all others, where both sides have enough."""
        for pair in sorted(self._pairs):
            for week in self._groups(pair, WEEK):
                yield from self._compared(pair, "week", week, _in(WEEK, week), _before(week))
            for scanner in self._groups(pair, SCANNER):
                yield from self._compared(pair, "scanner", scanner, _in(SCANNER, scanner), _beside(scanner))

    def _compared(
        self, pair: Pair, by: Literal["week", "scanner"], group: str, here: Pick, there: Pick
    ) -> Iterable[Comparison]:
        counts, others = self._counts(pair, here), self._counts(pair, there)
        for figure in DRIFTING:
            one, other = _counted(counts, figure), _counted(others, figure)
            if min(one.n, other.n) >= FEWEST:
                yield Comparison(*pair, by, group, figure, one, other)


def _outcome(said: str, truth: bool) -> Outcome:
    if said == "uncertain":
        return "undecided"
    if said == "present":
        return "hit" if truth else "false_alarm"
    return "miss" if truth else "right_denial"


def _share(counts: Counter[Outcome], figure: str) -> Share:
    return Share.of(*_counted(counts, figure))


def _counted(counts: Counter[Outcome], figure: str) -> Counted:
    hits, of = FIGURES[figure]
    return Counted(sum(counts[key] for key in hits), sum(counts[key] for key in of))


def _in(place: int, group: str) -> Pick:
    return lambda cell: cell[place] == group


def _before(week: str) -> Pick:
    return lambda cell: cell[WEEK] < week


def _beside(scanner: str) -> Pick:
    return lambda cell: cell[SCANNER] != scanner
