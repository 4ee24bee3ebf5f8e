"""What a scorer is: one question about a finished run, answered yes, no, or nothing to check."""

from typing import Literal, NamedTuple, Protocol

from overread.evals._expect import Expect
from overread.evals._run import Run

Dimension = Literal[
    "end state", "final answer", "trajectory", "call validity", "safety", "faults", "abstention", "evidence", "cost",
    "reliability",
]  # fmt: skip
"""What a scorer is about."""
Kind = Literal["gate", "score"]
"""A gate must pass always; a score is a figure beside it. In a suite that ships both must pass."""


class Score(NamedTuple):
    """What came of one scorer."""

    passed: bool | None
    """None = nothing to check here; it counts neither way."""
    reason: str = ""
    value: float | None = None
    """The figure of a score, 0 to 1 unless its scorer says otherwise."""


NOTHING = Score(None)
PASSED = Score(True)


class Scorer(Protocol):
    """One question about a finished run."""

    dimension: Dimension
    kind: Kind

    def score(self, expect: Expect, run: Run) -> Score: ...


def compare(what: str, wanted: object, got: object) -> Score:
    return PASSED if wanted == got else Score(False, f"{what}: expected {wanted}, got {got}")
