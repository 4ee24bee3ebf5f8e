"""Without the record of a failure in its limits a draft reads as if every tool had looked."""

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs import _draft_nodes as nodes
from overread.graphs._context import Context
from overread.graphs._state import CaseState


def _draft_without_failures(state: CaseState, runtime: Context) -> CaseState:
    unsaid: CaseState = {**state, "failures": []}
    return nodes.draft(unsaid, runtime)


def _failed(run: Run) -> bool:
    return run.file is not None and bool(run.file.failures)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation(
        "told_failures",
        "a tool that failed is not named in the draft",
        nodes={"draft": _draft_without_failures},
        concerns=_failed,
    )
