"""The same items of current and proposed, and all that can be made ready before the proposed is looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.errors import UsageError
from overread.evals.change_plan.comparing import Check, Compared, Current, parts_of
from overread.evals.change_plan.plan import Plan
from overread.evals.metrics._loading import load
from overread.evals.metrics._metric import Given, Kind, Pair
from overread.evals.metrics._reading import Cells, read_pairs
from overread.settings import Settings

ALL = "all"


@dataclass(frozen=True)
class Tables:
    """Pairs of both sides, by kind, in one order."""

    current: Mapping[Kind, Sequence[Pair]]
    proposed: Mapping[Kind, Sequence[Pair]]
    rows: Mapping[str, Cells]
    lacking: int
    """Items that only the current answers."""

    @classmethod
    def read(cls, plan: Plan, rows: Mapping[str, Cells]) -> "Tables":
        """Pair both sides with the references; what only the proposed answers is left out."""
        current, proposed = (read_pairs(plan.references, path).pairs for path in (plan.current, plan.proposed))
        answered = {kind: {pair.id for pair in pairs} for kind, pairs in current.items()}
        same = {kind: [pair for pair in proposed.get(kind, ()) if pair.id in ids] for kind, ids in answered.items()}
        return cls(current, same, rows, sum(len(ids) - len(same[kind]) for kind, ids in answered.items()))

    def prepare(self, plan: Plan, settings: Settings) -> "Prepared":
        """Compute the current's figures; raises `UsageError` for all that plan and files do not fit in."""
        if "score" in self.current and plan.calibration is None:
            raise UsageError("the tables hold scores: the plan must say under 'calibration' how much worse it may be")
        criteria = (*plan.criteria, plan.subgroups.criterion)
        ready = {name: self._current(name, settings) for name in dict.fromkeys(one.metric for one in criteria)}
        for criterion in criteria:
            ready[criterion.metric].require(criterion)
        pairs = ready[plan.subgroups.criterion.metric].pairs
        parts: dict[str, NDArray[np.bool_]] = {}
        for group in plan.subgroups.columns:
            parts |= parts_of(group, pairs, self.rows)
        return Prepared(ready, parts, self.proposed)

    def _current(self, name: str, settings: Settings) -> Current:
        (metric,) = load([name], Given(settings), {})
        if absent := metric.missing():
            raise UsageError(f"{name} {absent}")
        kind = metric.card.kind
        if kind not in self.current:
            raise UsageError(f"{name} compares {kind}; the files have no such columns")
        return Current(metric, self.current[kind])


@dataclass(frozen=True)
class Prepared:
    """All but the figures of the proposed."""

    current: Mapping[str, Current]
    parts: Mapping[str, NDArray[np.bool_]]
    proposed: Mapping[Kind, Sequence[Pair]]

    def checks(self, plan: Plan) -> Iterator[Check]:
        """Look: test every criterion over all items, then that of the groups in each of them."""
        both = {
            name: Compared(current, self.proposed[current.metric.card.kind]) for name, current in self.current.items()
        }
        for one in plan.criteria:
            compared = both[one.metric]
            yield compared.check(one, ALL, np.ones(compared.clusters.size, np.bool_))
        criterion = plan.subgroups.criterion
        for part, inside in self.parts.items():
            yield both[criterion.metric].check(criterion, part, inside, plan.subgroups.fewest)
