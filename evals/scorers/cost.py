"""The reading stays within the budget that the scenario gives it."""

from overread.evals._expect import Budget, Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Cost:
    """Counts runs of tools and questions, and takes the time."""

    dimension: Dimension = "cost"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail beyond the budget; the value is the number of tool runs, which may be more than 1.

        A scenario that gives no budget gives nothing to check.
        """
        if run.file is None or expect.budget == Budget():
            return NOTHING
        spent = {
            "tool runs": (len(run.file.manifest.tool_runs), expect.budget.tool_runs),
            "questions": (len(run.file.questions_asked), expect.budget.questions),
            "seconds": (run.seconds, expect.budget.seconds),
        }
        over = [
            f"{got:g} {what}, at most {most:g}"
            for what, (got, most) in spent.items()
            if most is not None and got > most
        ]
        runs = float(spent["tool runs"][0])
        return Score(False, "; ".join(over), runs) if over else Score(True, value=runs)


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Cost()
