"""Without any rule contradictions between tools stand side by side in the draft."""

from dataclasses import replace

from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation
from overread.graphs._services import Services


def _without_rules(services: Services) -> Services:
    return replace(services, rules=())


def _in_conflict(run: Run) -> bool:
    return run.file is not None and bool(run.file.conflicts)


def build() -> Mutation:
    """Give the mutation."""
    return Mutation("conflict_check", "no rule looks at the evidence", services=_without_rules, concerns=_in_conflict)
