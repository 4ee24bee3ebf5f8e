"""What a hospital's patients have been told of so far, kept beside its films: what is used up stays used up.

A sum is written down before it is answered, so that none is answered twice, whoever asks again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from overread.errors import ModelRefused
from overread.federating.noise import epsilon_of, rho_for
from overread.federating.plan import Plan, Release
from overread.records import Record
from overread.store.files import write_whole

DELTA = 1e-5
"""Unless a node says another."""


class Limit(NamedTuple):
    """What this hospital lets all trainings together tell of a patient."""

    epsilon: float
    delta: float


class Told(Record):
    """One training."""

    run: str
    plan: Plan
    answered: int
    """Sums, in the plan's order."""


LEDGER = TypeAdapter(tuple[Told, ...])


def limit_of(node: Mapping[str, Any]) -> Limit | None:
    """Read a node's settings; None: it gives exact sums, and none with noise. Raises `ModelRefused` for no number."""
    if "epsilon" not in node:
        return None
    try:
        return Limit(float(node["epsilon"]), float(node.get("delta", DELTA)))
    except (TypeError, ValueError):
        raise ModelRefused("epsilon and delta in --node-config are numbers") from None


def ledger_of(films: Path) -> Path:
    """Say where it lies."""
    return films.with_name(f"{films.name}.told.json")


def read_told(path: Path) -> tuple[Told, ...]:
    """Read it; nothing where there is none. Raises `ModelRefused` where it cannot be read: nothing is told then."""
    try:
        return LEDGER.validate_json(path.read_bytes()) if path.exists() else ()
    except (OSError, ValidationError):
        raise ModelRefused(f"{path.name} says what was told so far and cannot be read: nothing is given") from None


def charge(path: Path, run: str, plan: Plan, number: int, limit: Limit) -> Release:
    """Write down that a training's sum `number` (from 0) is answered, and give it.

    Raises `ModelRefused` beyond the limit, which the whole plan must keep, and for a sum that is not the next.
    """
    with FileLock(f"{path}.lock"):
        told = read_told(path)
        now = next((one for one in told if one.run == run), Told(run=run, plan=plan, answered=0))
        before = sum(one.plan.told(one.answered) for one in told if one.run != run)
        if now.plan != plan or number != now.answered or number >= len(plan.releases()):
            raise ModelRefused("the coordinator asks for a sum that is not the next of its training: nothing is given")
        if before + plan.rho > rho_for(*limit) * (1.0 + 1e-6):
            raise ModelRefused(
                f"this hospital tells epsilon {limit.epsilon:g} at delta {limit.delta:g} of a patient at most: "
                f"{epsilon_of(before, limit.delta):.3g} is told, and the training would make it "
                f"{epsilon_of(before + plan.rho, limit.delta):.3g}"
            )
        others = [one for one in told if one.run != run]
        kept = [*others, now.model_copy(update={"answered": number + 1})]
        write_whole(path, (json.dumps([one.model_dump(mode="json") for one in kept], indent=1) + "\n").encode())
    return plan.releases()[number]
