"""Each rule as a mutation: the agent without it."""

from collections.abc import Iterator
from functools import partial

from overread import plugins
from overread.evals._run import Run
from overread.evals.mutations._mutation import Mutation


def rule_mutations() -> Iterator[Mutation]:
    """Give the agent without each of the rules that ship."""
    for rule in plugins.names("rules"):
        yield Mutation(
            f"rule {rule}",
            f"the rule {rule} is switched off",
            settings={"rules_disabled": (rule,)},
            concerns=partial(_fired, rule),
        )


def _fired(rule: str, run: Run) -> bool:
    return run.file is not None and any(conflict.rule == rule for conflict in run.file.conflicts)
