"""The rules that should fire fire, those that should not are silent, and what stays open is what should."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Conflicts:
    """Compares the rules that fired, and those whose conflicts stay open, with what the scenario names."""

    dimension: Dimension = "final answer"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on a rule that did not fire, on one that did without cause, and on another list of open conflicts.

        Open conflicts are compared one by one, each by its rule, and only where the scenario lists them. A scenario
        that names no rule and lists none gives nothing to check.
        """
        if not (expect.conflicts or expect.no_conflicts or expect.open_conflicts is not None):
            return NOTHING
        conflicts = run.file.conflicts if run.file else ()
        fired = {conflict.rule for conflict in conflicts}
        if missing := set(expect.conflicts) - fired:
            return Score(False, f"did not fire: {sorted(missing)}; fired: {sorted(fired)}")
        if wrong := set(expect.no_conflicts) & fired:
            return Score(False, f"fired without cause: {sorted(wrong)}")
        still_open = sorted(conflict.rule for conflict in conflicts if conflict.resolution == "open")
        if expect.open_conflicts is not None and still_open != sorted(expect.open_conflicts):
            return Score(False, f"open: expected {sorted(expect.open_conflicts)}, got {still_open}")
        return PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Conflicts()
