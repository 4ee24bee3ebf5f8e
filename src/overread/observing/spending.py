"""What the models of each case were asked, counted until somebody asks for it: calls and tokens."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from overread.observing.events import CaseRun, Ending, ModelCall
from overread.records import Step

HELD = 4096
"""Cases that are held: of those that nobody asks for the oldest are let go."""


@dataclass(frozen=True)
class Spent:
    """What a case came to; tokens are those that models told of, None where none did."""

    model_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Spending:
    """An observer that counts by case."""

    def __init__(self) -> None:
        self._cases: OrderedDict[str, Spent] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, case_id: str) -> Spent:
        """Give what a case came to since it was last asked for."""
        with self._lock:
            return self._cases.pop(case_id, Spent())

    def begins(self, run: CaseRun) -> None:
        """Count nothing."""

    def steps(self, run: CaseRun, step: Step) -> None:
        """Count nothing."""

    def called(self, call: ModelCall) -> None:
        """Count a call and its tokens; outside of a case none."""
        if call.place is None:
            return
        case_id = call.place.run.case_id
        with self._lock:
            before = self._cases.setdefault(case_id, Spent())
            self._cases[case_id] = replace(
                before,
                model_calls=before.model_calls + 1,
                prompt_tokens=_sum(before.prompt_tokens, call.prompt_tokens),
                completion_tokens=_sum(before.completion_tokens, call.completion_tokens),
            )
            while len(self._cases) > HELD:
                self._cases.popitem(last=False)

    def ends(self, run: CaseRun, ending: Ending) -> None:
        """Count nothing."""


def _sum(before: int | None, more: int | None) -> int | None:
    return before if more is None else (before or 0) + more
