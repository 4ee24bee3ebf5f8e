"""What a scenario file says: an input, how the tools behave, and what must come of it; with its negative twin."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from overread.errors import UsageError
from overread.evals._expect import Expect as Expect
from overread.evals._parts import AskSpec, Part, PriorSpec, ReviewStep, StudySpec, ToolSpec
from overread.evals._tools import ALWAYS_LIVE
from overread.evals._variants import VariantName
from overread.records import Order

Variant = Literal["main", "twin"]
Tier = Literal["T0", "T1", "T2"]
"""T0: scripted tools and the gate's own, on every commit; T1: live models of a profile beside scripted ones; T2: all
models live."""


class Setup(Part):
    """An input and the tools that read it."""

    study: StudySpec = StudySpec()
    beside: tuple[StudySpec, ...] = ()
    """Further studies in the same input."""
    order: Order = Order()
    priors: tuple[PriorSpec, ...] = ()
    tools: dict[str, ToolSpec] = Field(default_factory=dict)
    trust: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Tool to label to balanced accuracy, as if measured; `"*"` stands for every label."""
    settings: dict[str, Any] = Field(default_factory=dict)
    sent: int = Field(default=1, ge=1, le=3)
    """How often the same study is sent."""
    sent_again_as: StudySpec | None = None
    """What is sent after the study was read, such as the same with its header put right."""
    asks: tuple[AskSpec, ...] = ()
    """Questions of a reader once the case is read."""
    review: tuple[ReviewStep, ...] = ()
    """What a person does with the draft."""
    k: int = Field(default=1, ge=1, le=10)
    """How often the whole is run: every time the same must come of it (pass^k)."""
    seeds: tuple[int, ...] = ()
    """Added to the phantom's number: the same situation on other bodies."""
    variants: tuple[VariantName, ...] = ()
    """The same told or taken otherwise: no finding may flip."""
    expect: Expect


class Scenario(Setup):
    """One situation and its twin: the same input with the defect removed, so that over-alerting costs as much."""

    name: str
    number: int | None = None
    """Number in the published list of forty-eight."""
    purpose: str
    tier: Tier = "T0"
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
        """Give the scenario itself, or its twin."""
        return self if variant == "main" else self.twin

    @model_validator(mode="after")
    def _twin_differs(self) -> Self:
        mine = {name: getattr(self, name) for name in Setup.model_fields}
        if mine == {name: getattr(self.twin, name) for name in Setup.model_fields}:
            raise ValueError("the twin is the scenario itself")
        return self

    @model_validator(mode="after")
    def _tier_is_true(self) -> Self:
        tools = {**self.tools, **self.twin.tools}
        live = sorted(name for name, spec in tools.items() if spec.live and name not in ALWAYS_LIVE)
        if live and self.tier == "T0":
            raise ValueError(f"tier T0 runs no model, and these are live: {', '.join(live)}")
        return self


def schema() -> dict[str, Any]:
    """Give the JSON schema of a scenario file, for editors; the name is the file's own."""
    made = Scenario.model_json_schema()
    made["required"] = [field for field in made["required"] if field != "name"]
    del made["properties"]["name"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _overlay(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay the twin's keys over the scenario's: `tools` tool by tool, everything else whole."""
    tools = {**under.get("tools", {}), **over.get("tools", {})}
    return {**under, **over, **({"tools": tools} if tools else {})}


def load_scenario(path: Path) -> Scenario:
    """Read one scenario file; raises `UsageError` that names the field which is wrong."""
    try:
        content = {"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))}
        return Scenario.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise UsageError(f"scenario {path.name}, {where}: {first['msg']}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"scenario {path.name} is not YAML: {str(error).splitlines()[0]}") from error
