"""Make a review of what was typed: statements by id or by number, edits and rejects with a reason."""

import getpass
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import ValidationError

from overread.cli.finding_input import Typed, finding_decisions
from overread.errors import StaleReview, UsageError
from overread.reasoning.reviewing import decided_by_findings
from overread.records import CaseFile, DraftReport, Meaning, Review, StatementReview

Action = Literal["accept", "edit", "reject"]


def signature(
    file: CaseFile, reviewer: str | None, typed: Typed, shown: str | None, meaning: Meaning | None = None
) -> Review:
    """Accept every statement but those that were decided; `shown` is the digest, or its start, that `show` printed."""
    draft = _shown(file, shown)
    review = _review(file, draft, person(reviewer), "sign", typed, None)
    followed = decided_by_findings(draft, review)
    waiting = (s.id for s in draft.statements if s.needs_decision and s.id not in followed)
    own = {item.statement_id: item for item in review.statements}
    made = {**{identity: _decision(identity, "accept") for identity in waiting}, **own}
    return review.model_copy(update={"statements": tuple(made.values()), "meaning": meaning})


def revision(file: CaseFile, reviewer: str | None, typed: Typed, shown: str | None) -> Review:
    """Send a waiting draft back, with what was said of single statements and findings.

    Raises `UsageError` when the reason is empty or a statement is unknown, `StaleReview` when no such draft waits.
    """
    if not (typed.reason or "").strip():
        raise UsageError("--reason is empty; say what the next draft must do better")
    draft = _shown(file, shown)
    return _review(file, draft, person(reviewer), "revise", typed, typed.reason)


def so_far(file: CaseFile, typed: Typed) -> Review:
    """Make the review to look over: what was typed, nothing accepted for it, and a reason that may still come."""
    reasoned = replace(typed, reason=typed.reason or "not given yet")
    return _review(file, _waiting(file), "reviewer", "sign", reasoned, None)


def _review(
    file: CaseFile,
    draft: DraftReport,
    person: str,
    decision: Literal["sign", "revise"],
    typed: Typed,
    comment: str | None,
) -> Review:
    return Review(
        reviewer=person,
        decision=decision,
        statements=tuple(_decisions(draft, list(typed.edits), list(typed.rejects), typed.reason).values()),
        comment=comment,
        draft_digest=file.draft_digest or "",
        at=datetime.now(UTC),
        **finding_decisions(file, typed),
    )


def rejection(file: CaseFile, reviewer: str | None, reason: str) -> Review:
    """Make the review that rejects a waiting draft.

    Raises `UsageError` when the reason is empty or nobody is known to decide, `StaleReview` when no draft waits.
    """
    if not reason.strip():
        raise UsageError("--reason is empty; say why the draft is of no use")
    _waiting(file)
    digest = file.draft_digest or ""
    return Review(
        reviewer=person(reviewer), decision="reject", comment=reason, draft_digest=digest, at=datetime.now(UTC)
    )


def statement_id(draft: DraftReport, name: str) -> str:
    """Find a statement by its id or by the number that `show` printed; raises `UsageError`."""
    ids = [statement.id for statement in draft.statements]
    if name in ids:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(ids):
        return ids[int(name) - 1]
    raise UsageError(f"the draft has no statement '{name}'; 'overread review show' numbers them 1 to {len(ids)}")


def _decisions(
    draft: DraftReport, edits: list[str], rejects: list[str], reason: str | None
) -> dict[str, StatementReview]:
    """Read the edits and rejects of single statements, by id."""
    made = {}
    for edit in edits:
        name, _, text = edit.partition("=")
        identity = statement_id(draft, name)
        made[identity] = _decision(identity, "edit", text, reason)
    for name in rejects:
        identity = statement_id(draft, name)
        made[identity] = _decision(identity, "reject", None, reason)
    return made


def _shown(file: CaseFile, shown: str | None) -> DraftReport:
    """Give the draft that waits; raises `StaleReview` when it is not the one that was shown."""
    draft = _waiting(file)
    if shown is not None and not (file.draft_digest or "").startswith(shown):
        raise StaleReview(f"the draft of case {file.case_id} is not {shown} any more; show it again")
    return draft


def _decision(identity: str, action: Action, text: str | None = None, reason: str | None = None) -> StatementReview:
    try:
        return StatementReview(statement_id=identity, action=action, text=text, reason=reason)
    except ValidationError as error:
        hint = "give --reason TEXT, and --edit ID=TEXT with text"
        raise UsageError(f"{error.errors()[0]['msg'].removeprefix('Value error, ')}; {hint}") from error


def _waiting(file: CaseFile) -> DraftReport:
    if file.draft is None or file.status != "awaiting_review":
        raise StaleReview(f"case {file.case_id} is {file.status.replace('_', ' ')}, not waiting for review")
    return file.draft


def person(reviewer: str | None) -> str:
    """Name who decides: as given, else the user of the operating system."""
    try:
        name = (reviewer if reviewer is not None else getpass.getuser()).strip()
    except (OSError, KeyError):
        name = ""
    if not name:
        raise UsageError("who decides is not known; give --reviewer NAME")
    return name
