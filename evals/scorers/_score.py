"""What a scorer is: one question about a finished run, answered yes, no, or nothing to check."""

from typing import NamedTuple, Protocol

from overread.evals._execute import Run
from overread.evals._scenario import Expect


class Score(NamedTuple):
    passed: bool | None
    """None = nothing to check here; it counts neither way."""
    reason: str = ""


NOTHING = Score(None)
PASSED = Score(True)


class Scorer(Protocol):
    def score(self, expect: Expect, run: Run) -> Score: ...


def compare(what: str, wanted: object, got: object) -> Score:
    return PASSED if wanted == got else Score(False, f"{what}: expected {wanted}, got {got}")
