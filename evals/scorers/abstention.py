"""The case abstains where it must, and not where it need not."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Abstention:
    """Looks for findings that are called present or absent."""

    dimension: Dimension = "abstention"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail where a finding is definite though the case must abstain, and where none is though it need not.

        The value is the share of assessed findings that are definite. Not checked where the scenario does not say.
        """
        if expect.abstains is None or run.file is None:
            return NOTHING
        told = [finding for finding in run.file.findings if finding.status != "not_assessed"]
        definite = [finding.label for finding in told if finding.status in ("present", "absent")]
        share = len(definite) / len(told) if told else None
        if expect.abstains and definite:
            return Score(False, f"called present or absent: {definite[:3]}", share)
        if not expect.abstains and not definite:
            return Score(False, "nothing is called present or absent", share)
        return Score(True, value=share)


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Abstention()
