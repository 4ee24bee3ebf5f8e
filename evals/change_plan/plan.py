"""The plan of a change: what must hold before new weights or prompts may replace the current ones."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from overread.errors import UsageError
from overread.records import content_digest

PER_CHANGE = frozenset({"name", "change", "references", "current", "proposed", "train", "ledger"})
"""What may differ from one proposed change to the next; all else is laid down before the first look. The test set is
held to by its digest, not by its path."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_Frozen):
    """One figure of a metric, and how much worse the proposed may be."""

    metric: str
    """As `overread score --list` names it."""
    figure: str
    """As `overread score` prints it."""
    margin: float = Field(ge=0)
    """In the figure's own unit: the interval of the difference must stay above minus this."""
    superior: bool = False
    """Whether it must be better, not just no worse."""


class Group(_Frozen):
    """A column of the references by which items are divided."""

    column: str
    edges: tuple[float, ...] = ()
    """Of numbers: 40, 65 gives below 40, 40 to below 65, 65 and more; without edges each value is a group."""


class Subgroups(_Frozen):
    """In which groups the proposed must be no worse either."""

    columns: tuple[Group, ...] = Field(min_length=1)
    criterion: Criterion
    fewest: int = Field(default=30, ge=2)
    """Patients that a group takes; what a smaller one shows is nothing, and that is told."""
    too_few: Literal["tell", "refuse"] = "tell"


class Plan(_Frozen):
    """A change plan; paths are relative to its file."""

    name: str
    change: Literal["weights", "prompt"]
    references: Path
    """The test set, as `overread score` reads it, with `patient` and `pixels` (a digest) for weights."""
    current: Path
    proposed: Path
    train: Path | None = None
    """What the proposed weights were trained and tuned on: `id`, `patient`, `pixels`."""
    leakage: tuple[Literal["patient", "pixels"], ...] = ("patient", "pixels")
    """By what test and training are kept apart."""
    ledger: Path
    looks: int = Field(ge=1)
    """At the test set, by all changes together."""
    metrics: tuple[Criterion, ...] = Field(min_length=1)
    calibration: Criterion | None = None
    subgroups: Subgroups

    @model_validator(mode="after")
    def _weights_name_their_training(self) -> "Plan":
        if self.change == "weights" and (self.train is None or not self.leakage):
            raise ValueError("a change of weights names 'train', what they were trained on, and 'leakage'")
        return self

    @property
    def rules(self) -> str:
        """Give the digest of all that must not change between looks."""
        return content_digest(self.model_dump(mode="json", exclude=set(PER_CHANGE)), 32)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """List what is tested over all items."""
        return (*self.metrics, *((self.calibration,) if self.calibration else ()))


def load_plan(path: Path) -> Plan:
    """Read a plan; raises `UsageError` by field for one that is not whole."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path.name} cannot be read: {type(error).__name__}") from None
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise UsageError(f"{path.name}: {where}: {first['msg']}; docs/evals.md has an example") from None
    found = {name: path.parent / value for name in ("references", "current", "proposed", "train", "ledger")
             if (value := getattr(plan, name)) is not None}  # fmt: skip
    return plan.model_copy(update=found)
