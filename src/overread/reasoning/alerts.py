"""Critical results, raised from one tool's evidence the moment it arrives, before any text exists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from overread.reasoning.opinions import Vote
from overread.reasoning.predictive import EVEN
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.records import Alert, Case, Evidence, Laterality, Trust, content_digest

WITHIN: dict[Literal[1, 2, 3], str] = {1: "minutes", 2: "hours", 3: "days"}
URGENT = 1
"""Category that alerts already where a finding is possible and likelier than not: minutes are not waited for. From one
in five, as a finding is called possible, there were four false alerts to a true one, and no more true ones."""


def alerts_in(case: Case, evidence: Sequence[Evidence], raised_at: datetime, trust: Trust) -> tuple[Alert, ...]:
    """Raise one alert per critical label and side that a tool says is present (ACR actionable findings, 1 first).

    Only votes alert: who was not measured on this kind of study calls nobody. A possible finding alerts in category 1
    only, and only at even odds or better; an absent one never. The id depends on case, label and side only, so that a
    second tool that sees the same does not alert twice.
    """
    seen = [vote for vote in votes_in(case, evidence, trust) if _calls(vote)]
    alerts = [
        _alert(case, label, side, [vote for vote in seen if vote.label == label], raised_at)
        for label in dict.fromkeys(vote.label for vote in seen)
        for side in _sides([vote for vote in seen if vote.label == label])
    ]
    return tuple(sorted(alerts, key=lambda alert: (alert.category, alert.label, alert.laterality or "")))


def alert_id(case: Case, label: str, laterality: Laterality | None) -> str:
    """Name an alert so that the same critical result in the same case has one name."""
    return "a-" + content_digest([case.case_id, label, laterality])


def _calls(vote: Vote) -> bool:
    """Say whether a vote is told at once: a doubt whose worth nobody measured is not."""
    category = TERMS[vote.label].critical
    possible = vote.status == "uncertain" and (vote.chance or 0.0) >= EVEN
    return category is not None and (vote.status == "present" or (possible and category == URGENT))


def _sides(votes: Sequence[Vote]) -> tuple[Laterality | None, ...]:
    named = tuple(dict.fromkeys(vote.laterality for vote in votes if vote.laterality is not None))
    return named or (None,)


def _alert(case: Case, label: str, side: Laterality | None, votes: Sequence[Vote], raised_at: datetime) -> Alert:
    term = TERMS[label]
    if term.critical is None:
        raise ValueError(f"{label} has no critical category")
    cited = [vote for vote in votes if vote.laterality in (side, None)]
    tools = ", ".join(dict.fromkeys(vote.tool for vote in cited))
    noun = f"{side} {term.noun}" if side else term.noun
    noun = noun if any(vote.status == "present" for vote in cited) else f"possible {noun}"
    return Alert(
        id=alert_id(case, label, side),
        label=label,
        laterality=side,
        category=term.critical,
        message=f"{noun[0].upper()}{noun[1:]} seen by {tools}: category {term.critical}, tell within "
        f"{WITHIN[term.critical]}. A model's output, not read by a person yet.",
        evidence_ids=tuple(dict.fromkeys(vote.evidence_id for vote in cited)),
        raised_at=raised_at,
    )
