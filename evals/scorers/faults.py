"""Tools fail as told, by kind, and are called as often as the policy says; a failed tool gives no evidence."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import PASSED, Dimension, Kind, Score, Scorer, compare
from overread.settings import Settings


class Faults:
    """Compares the tools that failed, by kind of failure, and the calls of scripted tools with the expected ones."""

    dimension: Dimension = "faults"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on another set of failures, on evidence that a failed tool did not keep, and on another number of calls.

        Only tools that `tool_runs` names are counted. An input that never became a case passes: no tool was called.
        """
        if run.file is None:
            return PASSED
        failures = {failure.tool: failure.kind for failure in run.file.failures}
        if failures != expect.failures:
            return compare("failures", expect.failures, failures)
        silent = {failure.tool for failure in run.file.failures if not failure.kept and not failure.questions}
        if invented := {item.tool for item in run.file.evidence} & silent:
            return Score(False, f"evidence in the name of failed tools: {sorted(invented)}")
        calls = {name: run.tool_runs.get(name, 0) for name in expect.tool_runs}
        return compare("tool calls", dict(expect.tool_runs), calls)


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Faults()
