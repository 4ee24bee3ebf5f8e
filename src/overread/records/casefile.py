"""Everything about one case in one record: what `case.json` holds and what the review page shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from overread.records._record import SCHEMA_VERSION, Record
from overread.records.evidence import Evidence
from overread.records.findings import Alert, Conflict, Finding, Question, RuleReport, ToolFailure
from overread.records.first_read import FirstRead
from overread.records.protocol_used import CHEST_FILM, CHEST_RADIOGRAPH, Exam
from overread.records.report import Addendum, DraftReport, FinalReport, FinalStatement, Objection, Review, Section
from overread.records.signed import SignedCheck
from overread.records.study import Case
from overread.records.versions import ReportVersion, signed_before
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
    evidence_ids: tuple[str, ...] = ()
    """Of what it gave; none in a file of an earlier version."""
    work: str | None = None
    """Digest of all that decides the answer; None where that cannot be told, and where the tool failed."""
    seen_in: str | None = None
    """The read of this study in which the tool looked, where it did not need to look again."""


class Environment(Record):
    """What a process ran on that worked on a case."""

    overread: str
    commit: str | None
    """Of the code, `-dirty` behind it where files differed from it; None where nothing tells."""
    python: str
    platform: str
    processor: str | None
    """Its model, as the system names it."""
    cores: int
    """That the process might use."""
    torch_threads: int | None
    """As set for each in-process model; None: by its size (`backends._threads`)."""
    libraries: dict[str, str]
    """Package to version, of those that may change what is seen or said."""


class Manifest(Record):
    """What made this case file, enough to run it again."""

    schema_version: int = SCHEMA_VERSION
    overread_version: str
    graph_version: int
    profile: str
    prompts: tuple[str, ...] = ()
    """Each with its version and digest."""
    tool_runs: tuple[ToolRun, ...] = ()
    """With the digest of the weights that answered."""
    images: tuple[str, ...] = ()
    """Digests of the study's pictures, in its order."""
    seed: int | None = None
    """Of every question to a model, at temperature 0; None in a file of an earlier version."""
    environments: tuple[Environment, ...] = ()
    """Of each process that brought the case to rest, once, the first first; one that was killed has left none."""
    protocol: str | None = None
    """What the study was read as, such as `chest_radiograph@1`; None where it was not, or by an earlier version."""


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
    """The report as it was first signed as final; it stays as it is, `versions` hold what came after."""
    versions: tuple[ReportVersion, ...] = ()
    """Every signed state of the report, the newest last; the store's own rows, written with no file."""
    addenda: tuple[Addendum, ...] = ()
    """What was added to the signed report, the first first."""
    first_reads: tuple[FirstRead, ...] = ()
    """What readers saw before the draft was shown to them (`first_read`); the store's own rows."""
    after_signature: SignedCheck | None = None
    """What was noticed about the signed text; None before it is signed, and where an earlier version wrote the file."""
    error: str | None = None
    """Why the case failed, in one line."""
    manifest: Manifest

    @property
    def protocol(self) -> str:
        """Name what the study is read as; a case from before there were several protocols is a chest radiograph."""
        used = self.gate.protocol if self.gate else None
        return used.name if used else CHEST_RADIOGRAPH

    @property
    def exam(self) -> Exam:
        """Say what was examined, as reports and exports name it."""
        used = self.gate.protocol if self.gate else None
        return used.exam if used else CHEST_FILM

    @property
    def newest(self) -> ReportVersion | None:
        """Give the newest signed state of the report; None where nobody has signed any."""
        return self.versions[-1] if self.versions else None

    @property
    def preliminary(self) -> ReportVersion | None:
        """Give the preliminary report of the draft that waits, if somebody has signed one."""
        newest = self.newest
        of_draft = newest is not None and newest.preliminary and newest.draft_digest == self.draft_digest
        return newest if of_draft and self.final is None else None

    @property
    def signed_sections(self) -> dict[Section, tuple[FinalStatement, ...]] | None:
        """Give the sentences of the signed report as they are now; None before it is signed as final."""
        if self.final is None:
            return None
        newest = self.newest
        return self.final.sections if newest is None or newest.preliminary else newest.sections

    def with_versions(self, rows: Sequence[ReportVersion]) -> "CaseFile":
        """Give the file with the versions that the store has; a report signed before there were any is the first."""
        versions = tuple(rows)
        if self.final is not None and all(item.status != "final" for item in versions):
            before = tuple(item for item in versions if item.preliminary)
            versions = (*before, signed_before(self.final, self.draft, before), *versions[len(before) :])
        addenda = tuple(
            Addendum(author=item.signed_by, text=item.addition, at=item.at) for item in versions if item.addition
        )
        return self.model_copy(update={"versions": versions, "addenda": addenda})
