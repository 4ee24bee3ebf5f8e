"""The findings that the scenario names have the status, and the side, that it names."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Findings:
    """Compares the findings that the scenario names with those of the case; it does not look at others."""

    dimension: Dimension = "final answer"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail at the first label that has no finding, another status or another side than named.

        A side counts where the scenario gives one or asks for none; without named findings there is nothing to check.
        """
        if not expect.findings:
            return NOTHING
        got = {finding.label: finding for finding in (run.file.findings if run.file else ())}
        for label, wanted in expect.findings.items():
            found = got.get(label)
            if found is None or found.status != wanted.status:
                return Score(False, f"{label}: expected {wanted.status}, got {found.status if found else 'no finding'}")
            if wanted.laterality is not None and found.laterality != wanted.laterality:
                return Score(False, f"{label}: expected side {wanted.laterality}, got {found.laterality}")
            if wanted.no_side and found.laterality is not None:
                return Score(False, f"{label}: no side was to be given, got {found.laterality}")
        return PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Findings()
