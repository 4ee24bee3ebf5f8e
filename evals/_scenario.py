"""What a scenario file says: an input, how the tools behave, and what must come of it; with its negative twin."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from overread.errors import UsageError
from overread.records import CaseStatus, FailureKind, Order, Payload, RefusalReason, Region
from overread.testing.phantoms import PlacedFinding

Variant = Literal["main", "twin"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StudySpec(_Part):
    """A numbered synthetic study, written as DICOM and read like any other."""

    phantom: int = 1
    findings: tuple[PlacedFinding, ...] = ()
    recipe: dict[str, Any] = Field(default_factory=dict)
    """Other fields of the phantom recipe to set (`view`, `patient`, `supine`, …)."""
    negative: str | None = None
    """Instead of a chest: a kind of `render_negative` (`hand`, `ct_slice`, `blank`, …)."""
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] = "MONOCHROME2"
    bits_stored: Literal[8, 12, 16] = 12
    header: dict[str, str] = Field(default_factory=dict)
    """DICOM attributes to set, by keyword."""


class FaultSpec(_Part):
    kind: Literal["error", "hang", "invalid_output", "foreign_study", "unavailable"]
    times: int | None = None
    seconds: float = 3600.0


class SeenItem(_Part):
    """One piece of evidence that a scripted tool gives."""

    payload: Payload
    region: Region | None = None


class ToolSpec(_Part):
    """How one tool behaves: `live` runs the profile's own; otherwise it gives the listed evidence, or the fault."""

    live: bool = False
    gives: tuple[SeenItem, ...] = ()
    answers: dict[str, Literal["yes", "no", "cannot tell"]] = Field(default_factory=dict)
    """A scripted VQA tool: label to answer, whatever the wording of the question."""
    fault: FaultSpec | None = None
    seconds: float = 0.0
    absent: bool = False
    """The profile does not have this tool."""


class ExpectedFinding(_Part):
    status: Literal["present", "absent", "uncertain", "not_assessed"]
    laterality: Literal["left", "right", "bilateral"] | None = None
    """Checked only where it is given; write `laterality: null` beside `no_side: true` to ask for none."""
    no_side: bool = False


class ExpectedAlert(_Part):
    label: str
    laterality: Literal["left", "right", "bilateral"] | None = None


class Expect(_Part):
    """What must be true at the end. What is not mentioned is not checked, but the safety gates always are."""

    status: CaseStatus = "awaiting_review"
    refusal: RefusalReason | None = None
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


class Setup(_Part):
    """An input and the tools that read it."""

    study: StudySpec = StudySpec()
    order: Order = Order()
    priors: tuple[StudySpec, ...] = ()
    tools: dict[str, ToolSpec] = Field(default_factory=dict)
    trust: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Tool to label to balanced accuracy, as if measured; `"*"` stands for every label."""
    settings: dict[str, Any] = Field(default_factory=dict)
    sent: int = Field(default=1, ge=1, le=3)
    """How often the same study is sent."""
    expect: Expect


class Scenario(Setup):
    """One situation and its twin: the same input with the defect removed, so that over-alerting costs as much."""

    name: str
    number: int | None = None
    """Number in the published list of forty-eight."""
    purpose: str
    tags: tuple[str, ...] = ()
    twin: Setup

    @model_validator(mode="before")
    @classmethod
    def _twin_inherits(cls, data: Any) -> Any:
        """Fill what the twin does not say from the scenario itself; `expect` and what it names are its own."""
        if isinstance(data, dict) and isinstance(data.get("twin"), dict):
            shared = {key: data[key] for key in Setup.model_fields if key in data and key != "expect"}
            data = {**data, "twin": _overlay(shared, data["twin"])}
        return data

    def setup(self, variant: Variant) -> Setup:
        return self if variant == "main" else self.twin

    @model_validator(mode="after")
    def _twin_differs(self) -> Self:
        mine = {name: getattr(self, name) for name in Setup.model_fields}
        if mine == {name: getattr(self.twin, name) for name in Setup.model_fields}:
            raise ValueError("the twin is the scenario itself")
        return self


def _overlay(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay the twin's keys over the scenario's: `tools` tool by tool, everything else whole."""
    tools = {**under.get("tools", {}), **over.get("tools", {})}
    return {**under, **over, **({"tools": tools} if tools else {})}


def load_scenario(path: Path) -> Scenario:
    """Read one scenario file; raises `UsageError` that names the field which is wrong."""
    try:
        return Scenario.model_validate({"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise UsageError(f"scenario {path.name}, {where}: {first['msg']}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"scenario {path.name} is not YAML: {str(error).splitlines()[0]}") from error
