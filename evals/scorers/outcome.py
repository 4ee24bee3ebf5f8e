"""The case ends where it should: status, and the typed reason of a refusal."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import Dimension, Kind, Score, Scorer, compare
from overread.settings import Settings


class Outcome:
    """Compares the status in which the case rests, and the reason of its refusal, with the expected ones."""

    dimension: Dimension = "end state"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on another status, then on another reason; an input that never became a case counts as `refused`."""
        status = "refused" if run.file is None else run.file.status
        first = compare("status", expect.status, status)
        return compare("refusal", expect.raises or expect.refusal, run.refusal) if first.passed else first


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Outcome()
