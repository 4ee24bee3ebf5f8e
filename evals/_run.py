"""What a scenario left behind: the case as read, what was asked, what a person did, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from overread.evals._parts import AskSpec, ReviewStep
from overread.records import AskedQuestion, CaseFile, Step


class Asked(NamedTuple):
    """A question, and its answer or the refusal."""

    spec: AskSpec
    answered: AskedQuestion | None
    outside: str | None
    """Kind of the refusal; None where it was put to the model, or could not be asked for another reason."""
    message: str
    """The answer's words, or the refusal's."""
    tool_runs: int
    """How often tools ran for it."""
    unchanged: bool
    """The case is as it was before."""


class Reviewed(NamedTuple):
    """A step of a reviewer, and what came of it."""

    step: ReviewStep
    refused: str | None
    """Name of the error that refused it."""
    message: str
    file: CaseFile
    """The case afterwards."""
    text: str
    """The report as signed, else the draft."""


class Fingerprint(NamedTuple):
    """What must be the same when the same is read again."""

    status: str
    findings: tuple[tuple[str, str], ...]
    """Label and status of each finding."""
    alerts: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What a scenario left behind."""

    file: CaseFile | None
    """The case as it was read, before any review; None when the input was refused before it became a case."""
    refusal: str | None
    notes: tuple[str, ...]
    cases: int
    """Cases in the store at the end."""
    tool_runs: Mapping[str, int]
    seconds: float
    steps: tuple[Step, ...] = ()
    """Nodes and tools of the graph, in the order in which they began."""
    journal: tuple[str, ...] = ()
    """What was written in the journal of the case."""
    log: tuple[str, ...] = ()
    """What was logged."""
    prompts: tuple[str, ...] = ()
    """What was put to scripted language models."""
    asked: tuple[Asked, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    again: Mapping[str, Fingerprint] = field(default_factory=dict)
    """What came of the same read again, by the name of the repeat or variant."""

    @property
    def path(self) -> tuple[str, ...]:
        """Name the nodes and the tools that the run passed, in the order in which they began."""
        return tuple(step.tool or step.node for step in self.steps)

    @property
    def signed(self) -> bool:
        """Say whether a scripted person signed."""
        return any(
            each.refused is None and each.step.do in ("sign", "sign_preliminary", "addendum") for each in self.reviewed
        )


def fingerprint(run: Run) -> Fingerprint:
    """Give what a repeat is compared by: where the case rests, each finding's status, the alerts."""
    file = run.file
    if file is None:
        return Fingerprint(run.refusal or "refused", (), ())
    return Fingerprint(
        file.status,
        tuple((finding.label, finding.status) for finding in file.findings),
        tuple(sorted(f"{alert.label} {alert.laterality or ''}".strip() for alert in file.alerts)),
    )
