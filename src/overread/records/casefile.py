"""Everything about one case in one record: what `case.json` holds and what the review page shows."""

from datetime import datetime
from typing import Literal

from overread.records._record import SCHEMA_VERSION, Record
from overread.records.evidence import Evidence
from overread.records.findings import Alert, Conflict, Finding, Question, RuleReport, ToolFailure
from overread.records.report import Addendum, DraftReport, FinalReport, Objection, Review
from overread.records.signed import SignedCheck
from overread.records.study import Case
from overread.records.workflow import GateResult, Plan

CaseStatus = Literal["received", "running", "refused", "awaiting_review", "signed", "rejected", "failed", "replaced"]


class ToolRun(Record):
    """One tool of the run: which model and weights answered, and when."""

    tool: str
    version: str
    model: str | None = None
    weights_digest: str | None = None
    started: datetime
    ended: datetime
    evidence: int


class Manifest(Record):
    """What made this case file, enough to run it again."""

    schema_version: int = SCHEMA_VERSION
    overread_version: str
    graph_version: int
    profile: str
    prompts: tuple[str, ...] = ()
    tool_runs: tuple[ToolRun, ...] = ()


class CaseFile(Record):
    """All there is of a case, gathered from its graph whenever that comes to rest; what was not reached is empty."""

    case_id: str
    status: CaseStatus
    case: Case
    gate: GateResult | None = None
    plan: Plan | None = None
    evidence: tuple[Evidence, ...] = ()
    failures: tuple[ToolFailure, ...] = ()
    findings: tuple[Finding, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    rules: RuleReport | None = None
    questions_asked: tuple[Question, ...] = ()
    alerts: tuple[Alert, ...] = ()
    draft: DraftReport | None = None
    draft_digest: str | None = None
    """What a review must name; None while there is no draft to decide on."""
    objections: tuple[Objection, ...] = ()
    review: Review | None = None
    final: FinalReport | None = None
    addenda: tuple[Addendum, ...] = ()
    after_signature: SignedCheck | None = None
    """What was noticed about the signed text; None before it is signed, and where an earlier version wrote the file."""
    error: str | None = None
    """Why the case failed, in one line."""
    manifest: Manifest
