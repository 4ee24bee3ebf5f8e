"""A case as it was read, in one file without a pixel: enough to run the graph again on what tools and models said."""

import gzip
import json
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from overread._version import __version__
from overread.composition import build_tools, protocol_named, trust_in
from overread.errors import UsageError
from overread.graphs._context import GRAPH_VERSION
from overread.ports import Tool, ToolCard
from overread.records import CaseFile, Performance, Prevalence, Record, Refusal, Trust
from overread.replaying.recorded_tool import RecordedTool
from overread.settings import Settings, load_profile
from overread.store.home import open_home

STEERING = (
    "rules_disabled",
    "tool_attempts",
    "adjudication_rounds",
    "adjudication_questions",
    "adjudication_probes",
    "adjudication_negation",
    "verify_rounds",
    "report_style",
    "report_language",
)
"""Settings that change what is drafted of the same evidence; prevalence and risk are part of the trust."""


class ToolOnRecord(Record):
    """A tool that the profile had: its card, and why it did not apply to the study, if it did not."""

    card: ToolCard
    refusal: Refusal | None = None


class Measured(Record):
    """What was known of one voter for one label."""

    voter: str
    label: str
    performance: Performance


class TrustOnRecord(Record):
    """The trust that the case was read with, as rows."""

    measured: tuple[Measured, ...]
    on_phantoms: tuple[Measured, ...]
    on_films: tuple[Measured, ...]
    prevalence: dict[str, float]
    prevalence_of_phantoms: dict[str, float]
    risk: float

    @classmethod
    def of(cls, trust: Trust) -> Self:
        """Write a trust down."""
        tables = (trust.measured, trust.on_phantoms, trust.on_films)
        measured, on_phantoms, on_films = (
            tuple(Measured(voter=voter, label=label, performance=figures) for (voter, label), figures in table.items())
            for table in tables
        )
        return cls(
            measured=measured,
            on_phantoms=on_phantoms,
            on_films=on_films,
            prevalence=dict(trust.prevalence.stated),
            prevalence_of_phantoms=dict(trust.prevalence_of_phantoms.stated),
            risk=trust.risk,
        )

    def trust(self) -> Trust:
        """Give it back as the reading takes it."""
        measured, on_phantoms, on_films = (
            {(row.voter, row.label): row.performance for row in rows}
            for rows in (self.measured, self.on_phantoms, self.on_films)
        )
        return Trust(
            measured,
            on_phantoms,
            on_films,
            Prevalence(self.prevalence),
            Prevalence(self.prevalence_of_phantoms),
            self.risk,
        )


class RecordedCase(Record):
    """One case with all that its draft came from; no picture, and no identity beyond what the case file holds."""

    format: Literal[1] = 1
    overread_version: str = __version__
    graph_version: int = GRAPH_VERSION
    file: CaseFile
    headers: dict[str, dict[str, str]]
    tools: dict[str, ToolOnRecord]
    trust: TrustOnRecord
    settings: dict[str, Any] = Field(default_factory=dict)
    """What `STEERING` names."""

    def recorded_tools(self) -> dict[str, Tool]:
        """Give every tool of the profile as it was."""
        return {name: RecordedTool(tool.card, tool.refusal, self.file) for name, tool in self.tools.items()}


def record_case(
    settings: Settings, case_id: str, tools: Mapping[str, Tool] | None = None, trust: Trust | None = None
) -> RecordedCase:
    """Record a case of the store as it is on file, with the cards and the trust of the settings as they are now.

    `tools` and `trust` stand for those of the profile. No model is loaded. Raises `CaseUnknown`, and `UsageError` for a
    case that was not read yet.
    """
    with closing(open_home(settings)) as home:
        filed = home.cases.file(case_id)
        if filed is None:
            raise UsageError(f"case {case_id} was not read yet; there is nothing to record")
        headers = {uid: dict(values) for uid, values in home.cases.headers(case_id).items()}
    profile = load_profile(settings.profile, settings)
    if tools is None:
        tools = build_tools(profile, settings, protocol=protocol_named(filed.protocol, profile, settings))
    return RecordedCase(
        file=filed,
        headers=headers,
        tools={
            name: ToolOnRecord(card=tool.card, refusal=tool.accepts(filed.case.study)) for name, tool in tools.items()
        },
        trust=TrustOnRecord.of(trust_in(profile, settings) if trust is None else trust),
        settings={name: value for name, value in settings.model_dump(mode="json").items() if name in STEERING},
    )


def write_record(record: RecordedCase, path: Path) -> None:
    """Write a recorded case as gzipped JSON; the same record gives the same bytes."""
    text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def read_record(path: Path) -> RecordedCase:
    """Read a recorded case; raises `UsageError` for a file that is none, or that another version cannot read."""
    try:
        return RecordedCase.model_validate_json(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path.name} is no recorded case; overread replay CASE --record FILE writes one") from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole file"
        raise UsageError(
            f"{path.name} is no recorded case that this version reads ({where}: {error.errors()[0]['msg']})"
        ) from error
