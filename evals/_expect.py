"""What must be true at the end of a scenario. What is not mentioned is not checked, but the safety gates always are."""

from typing import Literal

from pydantic import Field

from overread.evals._parts import Part
from overread.records import CaseStatus, FailureKind, RefusalReason


class ExpectedFinding(Part):
    """Status and side of one finding."""

    status: Literal["present", "absent", "uncertain", "not_assessed"]
    laterality: Literal["left", "right", "bilateral"] | None = None
    """Checked only where it is given; write `laterality: null` beside `no_side: true` to ask for none."""
    no_side: bool = False


class ExpectedAlert(Part):
    """One critical result."""

    label: str
    laterality: Literal["left", "right", "bilateral"] | None = None
    category: Literal[1, 2, 3] | None = None
    """Checked where it is given (ACR: 1 = minutes, 2 = hours, 3 = days)."""


class Budget(Part):
    """The most that the reading may cost."""

    tool_runs: int | None = None
    questions: int | None = None
    seconds: float | None = None


class Expect(Part):
    """What must be true at the end."""

    status: CaseStatus = "awaiting_review"
    refusal: RefusalReason | None = None
    raises: str | None = None
    """Name of the error that must refuse the input before it becomes a case, where that has no reason of its own."""
    findings: dict[str, ExpectedFinding] = Field(default_factory=dict)
    alerts: tuple[ExpectedAlert, ...] = ()
    """Exactly these alerts, no other."""
    conflicts: tuple[str, ...] = ()
    """Rules that must have fired."""
    no_conflicts: tuple[str, ...] = ()
    open_conflicts: tuple[str, ...] | None = None
    """Rules of the conflicts left open, exactly; None does not check."""
    failures: dict[str, FailureKind] = Field(default_factory=dict)
    """Tool to the kind of its failure, exactly these."""
    must_say: tuple[str, ...] = ()
    """Regular expressions (case ignored) that the draft's text must match."""
    must_not_say: tuple[str, ...] = ()
    withheld_at_least: int = 0
    admission_notes: tuple[str, ...] = ()
    tool_runs: dict[str, int] = Field(default_factory=dict)
    """How often a scripted tool was called, exactly."""
    measures: dict[str, bool] = Field(default_factory=dict)
    """Measurement to whether it must be among the evidence, or must not."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Label to the probability that must be kept for the reviewer as it was given."""
    lasts: dict[str, float] = Field(default_factory=dict)
    """Tool to the least seconds that the record of its run must tell."""
    cases: int = 1
    """Cases in the store at the end, at most."""
    must_pass: tuple[str, ...] = ()
    """Nodes of the graph, and tools, that the run must pass in this order; others may lie between."""
    must_not_pass: tuple[str, ...] = ()
    abstains: bool | None = None
    """True: no finding is called present or absent. False: some finding is. None does not check."""
    cites_prior: bool | None = None
    """Whether a sentence must rest on the earlier picture."""
    budget: Budget = Budget()
    prompts_not: tuple[str, ...] = ()
    """Regular expressions that nothing that was put to a language model may match."""
