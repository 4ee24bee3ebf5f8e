"""The run passes the nodes and tools that it must, in order, and none that it must not."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.settings import Settings

MODELS = frozenset({"segmentation", "classification", "report", "vqa", "prior"})
"""Tools that look at a picture only once the gate has passed it."""


class Trajectory:
    """Follows the path through the graph by the names of its nodes and tools."""

    dimension: Dimension = "trajectory"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on a node or tool that is missing, out of order or forbidden, and on a refused case that ran a model.

        The order is that in which they first began; tools side by side have none of their own.
        """
        if run.file is None:
            return NOTHING if not expect.must_pass else Score(False, "the input became no case")
        path = list(run.path)
        if wrong := set(expect.must_not_pass) & set(path):
            return Score(False, f"passed {sorted(wrong)}")
        if run.file.status == "refused" and (ran := set(path) & MODELS):
            return Score(False, f"refused, and yet ran {sorted(ran)}")
        left = iter(path)
        missing = next((name for name in expect.must_pass if name not in left), None)
        return Score(False, f"'{missing}' is missing or out of order in {path}") if missing else PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Trajectory()
