"""The state of one case: JSON-native data only, so that a checkpoint holds no class and no pixel.

Nodes read it as records through `CaseView` and write records back through `dump`.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated, Any, TypedDict, TypeVar

from pydantic import BaseModel

from overread.ports import EvidenceIndex
from overread.records import (
    CHEST_RADIOGRAPH,
    Case,
    Conflict,
    DraftReport,
    Evidence,
    FinalReport,
    Finding,
    GateResult,
    ImageRef,
    Objection,
    Plan,
    Question,
    Review,
    RuleReport,
    ToolFailure,
    ToolRun,
    content_digest,
)

Json = dict[str, Any]
RecordT = TypeVar("RecordT", bound=BaseModel)


def union_by_id(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    """Merge by id, so that a step done twice adds nothing; a later version of an item replaces the earlier one."""
    return list({**{item["id"]: item for item in old}, **{item["id"]: item for item in new}}.values())


def union_by_work(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    """Keep the last failure of each tool at the same questions: asked again later, it fails at other ones."""
    return list({_work_of(item): item for item in (*old, *new)}.values())


def _work_of(failure: Json) -> tuple[str, ...]:
    return (failure["tool"], *(question["text"] for question in failure.get("questions", ())))


def append_new(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    """Append what is not there yet, in order."""
    return [*old, *(item for item in new if item not in old)]


class CaseState(TypedDict, total=False):
    """Every channel of the graph."""

    graph_version: int
    case: Json
    gate: Json
    plan: Json
    evidence: Annotated[list[Json], union_by_id]
    failures: Annotated[list[Json], union_by_work]
    tool_runs: Annotated[list[Json], append_new]
    findings: list[Json]
    conflicts: list[Json]
    rules: Json
    questions_asked: Annotated[list[Json], append_new]
    adjudication_rounds: int
    draft: Json
    objections: list[Json]
    verify_rounds: int
    review: Json
    sent_back: list[Json]
    final: Json
    delivered: bool


class ToolTask(TypedDict):
    """What one parallel tool node is sent."""

    case: Json
    plan: Json
    tool: str


def dump(record: BaseModel) -> Json:
    return record.model_dump(mode="json")


def dump_all(records: Iterable[BaseModel]) -> list[Json]:
    return [dump(record) for record in records]


def _all(kind: type[RecordT], items: Sequence[Json] | None) -> tuple[RecordT, ...]:
    return tuple(kind.model_validate(item) for item in items or ())


def _one(kind: type[RecordT], item: Json | None) -> RecordT | None:
    return None if item is None else kind.model_validate(item)


class _ParsedEvidence:
    """Items of evidence that a run of a case has parsed: each of its nodes is given the very same ones.

    An item is known by its identity and held with its record, so that no other can come to lie at its place. To parse
    one is to digest its content, which is most of what reading the state costs.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[int, tuple[Json, Evidence]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, item: Json) -> Evidence:
        with self._lock:
            held = self._held.get(id(item))
        if held is not None and held[0] is item:
            return held[1]
        record = Evidence.model_validate(item)
        with self._lock:
            self._held[id(item)] = item, record
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return record


_PARSED = _ParsedEvidence(4096)


def parsed(item: Json) -> Evidence:
    """Give an item of evidence as a record, the very same one to each node that the item itself is given to."""
    return _PARSED.of(item)


class CaseView:
    """The state as records, each channel parsed at most once."""

    def __init__(self, state: CaseState) -> None:
        self.state = state

    @cached_property
    def case(self) -> Case:
        return Case.model_validate(self.state["case"])

    @cached_property
    def gate(self) -> GateResult | None:
        return _one(GateResult, self.state.get("gate"))

    @property
    def protocol(self) -> str:
        """Name what the study is read as; a run of a version before there were several reads a chest radiograph."""
        used = self.gate.protocol if self.gate else None
        return used.name if used else CHEST_RADIOGRAPH

    @property
    def image_to_read(self) -> ImageRef | None:
        """Give the image that the gate let through; None before it, and where it was not asked."""
        gate = self.gate
        if gate is None or gate.image_sop_instance_uid is None:
            return None
        return self.case.study.image(gate.image_sop_instance_uid, gate.image_frame)

    @cached_property
    def plan(self) -> Plan | None:
        return _one(Plan, self.state.get("plan"))

    @cached_property
    def planned(self) -> Plan:
        """Give the plan of a case past its planning."""
        return Plan.model_validate(self.state["plan"])

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(parsed(item) for item in self.state.get("evidence", ()))

    @cached_property
    def index(self) -> EvidenceIndex:
        return EvidenceIndex(self.evidence)

    @cached_property
    def failures(self) -> tuple[ToolFailure, ...]:
        return _all(ToolFailure, self.state.get("failures"))

    @cached_property
    def tool_runs(self) -> tuple[ToolRun, ...]:
        return _all(ToolRun, self.state.get("tool_runs"))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return _all(Finding, self.state.get("findings"))

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        return _all(Conflict, self.state.get("conflicts"))

    @cached_property
    def rules(self) -> RuleReport | None:
        return _one(RuleReport, self.state.get("rules"))

    @cached_property
    def questions_asked(self) -> tuple[Question, ...]:
        return _all(Question, self.state.get("questions_asked"))

    @cached_property
    def draft(self) -> DraftReport | None:
        return _one(DraftReport, self.state.get("draft"))

    @cached_property
    def draft_digest(self) -> str | None:
        """Name the draft by its content as it was written: a later version's `DraftReport` may know further fields."""
        draft = self.state.get("draft")
        return None if draft is None else content_digest(draft, length=64)

    @cached_property
    def drafted(self) -> DraftReport:
        """Give the draft of a case past its drafting."""
        return DraftReport.model_validate(self.state["draft"])

    @cached_property
    def objections(self) -> tuple[Objection, ...]:
        return _all(Objection, self.state.get("objections"))

    @cached_property
    def review(self) -> Review | None:
        return _one(Review, self.state.get("review"))

    @cached_property
    def sent_back(self) -> tuple[Review, ...]:
        """Give the reviews that asked for another draft, in terms of composed sentences."""
        return _all(Review, self.state.get("sent_back"))

    @cached_property
    def final(self) -> FinalReport | None:
        return _one(FinalReport, self.state.get("final"))
