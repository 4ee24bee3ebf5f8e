"""Read scenarios with a composer that goes wrong, with the verifier and without it."""

from collections.abc import Callable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from overread.evals._run import Run
from overread.evals._scenario import Setup
from overread.evals.mutations._composer import SPOILS, Spoil, spoiling_node, spoilt
from overread.evals.mutations._mutation import Mutation
from overread.evals.mutations.verifier import build as without_verifier
from overread.records import Statement

MOST = 6
"""Readings that each fault is tried on."""
Execute = Callable[[Setup, Mutation], Run | str]


class SpoiledRow(BaseModel):
    """One fault of the composer: how often it was made, and how often the wrong sentence reached the reviewer."""

    model_config = ConfigDict(frozen=True)

    fault: str
    made: int
    reached: int
    reached_without_verifier: int


def spoiled(readings: Sequence[tuple[Setup, Run]], execute: Execute) -> Iterator[SpoiledRow]:
    """Make each fault in the first readings that it applies to; `readings` are setups with what came of them."""
    for fault, spoil in SPOILS.items():
        chosen = [setup for setup, run in readings if _applies(run, spoil)][:MOST]
        yield SpoiledRow(
            fault=fault,
            made=len(chosen),
            reached=sum(_reached(setup, spoil, execute, verified=True) for setup in chosen),
            reached_without_verifier=sum(_reached(setup, spoil, execute, verified=False) for setup in chosen),
        )


def _applies(run: Run, spoil: Spoil) -> bool:
    return run.file is not None and run.file.draft is not None and spoilt(run.file.draft, spoil)[1] is not None


def _reached(setup: Setup, spoil: Spoil, execute: Execute, *, verified: bool) -> bool:
    made: list[Statement] = []
    nodes = {"draft": spoiling_node(spoil, made)} | ({} if verified else dict(without_verifier().nodes))
    run = execute(setup, Mutation("composer", "one sentence is composed wrong", nodes=nodes))
    if isinstance(run, str) or run.file is None or run.file.draft is None:
        return False
    wrong = {(one.text, one.citations) for one in made}
    return any((one.text, one.citations) in wrong for one in run.file.draft.statements)
