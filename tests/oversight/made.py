"""Facts of a decided case in one short call."""

from datetime import UTC, datetime, timedelta
from typing import Any

from overread.oversight.facts import CaseFacts, Decision, Said, ToolVote

DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday, ISO week 2026-W02."""


def facts(number: int = 1, *, seconds: float | None = 600.0, **values: Any) -> CaseFacts:
    """Make a signed case; `seconds` lie between the draft and the signature."""
    at = values.pop("at", DAY + timedelta(minutes=number))
    made: dict[str, Any] = {
        "case_id": f"c-{number:012d}",
        "profile": "scripted",
        "reader": "Dr A",
        "signed": True,
        "at": at,
        "synthetic": False,
        "scanner": "ACME",
        "patient": f"p-{number}",
        "picture": None,
        "sent_back": 0,
        "words": 60,
        "decided": 0,
        "hurried": False,
        "began": None if seconds is None else at - timedelta(seconds=seconds),
        "opened": False,
        "decisions": (Decision("findings", ("Edema",), "accept"),),
        "stated": {},
        "by_rejection": frozenset[str](),
        "votes": (),
    }
    return CaseFacts(**{**made, **values})


def voted(number: int, said: Said, truth: bool, *, week: int = 0, **values: Any) -> CaseFacts:
    """Make a case of a week in which the classifier said something of an effusion, and what was signed of it."""
    vote = ToolVote("classification", "Pleural Effusion", said)
    at = DAY + timedelta(weeks=week, minutes=number)
    return facts(number, at=at, votes=(vote,), stated={"Pleural Effusion": truth}, **values)
