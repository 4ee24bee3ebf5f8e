"""Without a second attempt a model that was away for a moment is missing in the draft."""

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation


def _more_than_once(run: Run) -> bool:
    return any(count > 1 for count in run.tool_runs.values())


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("retries", "no tool is tried again", settings={"tool_attempts": 1}, concerns=_more_than_once)
