"""The case ends where it should: status, and the typed reason of a refusal."""

from overread.evals._execute import Run
from overread.evals._scenario import Expect
from overread.evals.scorers._score import Score, Scorer, compare
from overread.settings import Settings


class Outcome:
    def score(self, expect: Expect, run: Run) -> Score:
        status = "refused" if run.file is None else run.file.status
        first = compare("status", expect.status, status)
        return compare("refusal", expect.refusal, run.refusal) if first.passed else first


def build(settings: Settings) -> Scorer:
    return Outcome()
