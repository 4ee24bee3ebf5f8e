"""Without adjudication every conflict stays as the rules found it."""

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation


def _in_conflict(run: Run) -> bool:
    return run.file is not None and bool(run.file.conflicts)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation(
        "adjudication",
        "no conflict is asked about or settled",
        settings={"adjudication_rounds": 0},
        concerns=_in_conflict,
    )
