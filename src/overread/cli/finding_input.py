"""Read decisions on findings and conflicts as they were typed: `--finding`, `--add`, `--resolve`."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from overread.errors import UsageError
from overread.reasoning.vocabulary import LABELS
from overread.records import AddedFinding, CaseFile, ConflictResolution, Finding, FindingReview, Record

RecordT = TypeVar("RecordT", bound=Record)
SHAPE_OF_FINDING = "--finding ID=STATUS[,SIDE[,ZONE]]"
SHAPE_OF_ADDED = '--add "LABEL[,SIDE[,ZONE]]"'


@dataclass(frozen=True)
class Typed:
    """What was typed for one review, not yet held against the case."""

    edits: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    reason: str | None = None

    @classmethod
    def of(
        cls,
        edits: list[str] | None,
        rejects: list[str] | None,
        findings: list[str] | None,
        added: list[str] | None,
        resolved: list[str] | None,
        reason: str | None = None,
    ) -> "Typed":
        """Take the options as they come, None for one that was not given."""
        return cls(
            tuple(edits or ()),
            tuple(rejects or ()),
            tuple(findings or ()),
            tuple(added or ()),
            tuple(resolved or ()),
            reason,
        )


def finding_decisions(file: CaseFile, typed: Typed) -> dict[str, Any]:
    """Give the fields `findings`, `added` and `resolutions` of a review.

    Raises `UsageError` for an unknown name, a shape that is another, or a change without a reason.
    """
    return {
        "findings": tuple(_changed(file, text, typed.reason) for text in typed.findings),
        "added": tuple(_added(text, typed.reason) for text in typed.added),
        "resolutions": tuple(_resolved(file, text) for text in typed.resolved),
    }


def _changed(file: CaseFile, text: str, reason: str | None) -> FindingReview:
    name, given, rest = text.partition("=")
    if not given:
        raise UsageError(f"'{text}' is not {SHAPE_OF_FINDING}")
    status, *placed = _parts(rest)
    values = {"finding_id": _finding(file, name.strip()).id, "status": status.replace(" ", "_"), "reason": reason or ""}
    return _made(FindingReview, {**values, **_placed(text, placed)}, f"{SHAPE_OF_FINDING} and --reason TEXT")


def _added(text: str, reason: str | None) -> AddedFinding:
    name, *placed = _parts(text)
    label = next((label for label in LABELS if label.lower() == name.lower()), name)
    return _made(AddedFinding, {"label": label, "reason": reason, **_placed(text, placed)}, SHAPE_OF_ADDED)


def _resolved(file: CaseFile, text: str) -> ConflictResolution:
    name, _, reason = (part.strip() for part in text.partition("="))
    waiting = [conflict.id for conflict in file.conflicts if conflict.resolution == "open"]
    found = [identity for identity in waiting if name and identity.startswith(name)]
    if len(found) != 1:
        raise UsageError(f"no one open conflict is '{name}'; there are: {', '.join(waiting) or 'none'}")
    return _made(ConflictResolution, {"conflict_id": found[0], "reason": reason}, "--resolve CONFLICT=REASON")


def _finding(file: CaseFile, name: str) -> Finding:
    """Find a finding by its id or its label."""
    for finding in file.findings:
        if name == finding.id or name.lower() == finding.label.lower():
            return finding
    raise UsageError(f"the case has no finding '{name}'; name its id or one of: {', '.join(LABELS)}")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _placed(text: str, placed: list[str]) -> dict[str, str | None]:
    if len(placed) > 2:
        raise UsageError(f"'{text}' says more than a side and a zone")
    side, zone = (*placed, "", "")[:2]
    return {"laterality": side or None, "zone": zone or None}


def _made(kind: type[RecordT], values: dict[str, Any], shape: str) -> RecordT:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{first['loc'][0]}: " if first["loc"] else ""
        raise UsageError(f"{where}{first['msg'].removeprefix('Value error, ')}; give {shape}") from error
