"""Critical results, raised from one tool's evidence the moment it arrives, before any text exists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from overread.reasoning.trust import SUFFICIENT, Trust
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import Vote, votes_in
from overread.records import Alert, Case, Evidence, Laterality, content_digest

WITHIN: dict[Literal[1, 2, 3], str] = {1: "minutes", 2: "hours", 3: "days"}


LIKELY = 0.5
"""Calibrated probability from which a score alerts although its tool was not measured well enough for the label."""


def alerts_in(
    case: Case, evidence: Sequence[Evidence], raised_at: datetime, trust: Trust | None = None
) -> tuple[Alert, ...]:
    """Raise one alert per critical label and side that a tool says is present (ACR actionable findings, 1 first).

    Uncertain and absent never alert, nor does a zero-shot score that was not calibrated. With `trust` a tool that was
    measured well alerts at its operating point, one that was measured badly does not alert by its words. The id
    depends on case, label and side only, so that a second tool that sees the same does not alert twice.
    """
    known = trust or Trust()
    voiced = [vote for vote in votes_in(case, evidence, known) if vote.status == "present"]
    present = [vote for vote in voiced if _is_believed(vote, known)]
    seen = [vote for vote in present if TERMS[vote.label].critical]
    alerts = [
        _alert(case, label, side, [vote for vote in seen if vote.label == label], raised_at)
        for label in dict.fromkeys(vote.label for vote in seen)
        for side in _sides([vote for vote in seen if vote.label == label])
    ]
    return tuple(sorted(alerts, key=lambda alert: (alert.category, alert.label, alert.laterality or "")))


def alert_id(case: Case, label: str, laterality: Laterality | None) -> str:
    """Name an alert so that the same critical result in the same case has one name."""
    return "a-" + content_digest([case.case_id, label, laterality])


def _is_believed(vote: Vote, trust: Trust) -> bool:
    """Say whether one voice is enough to call somebody: a screening threshold of an unmeasured head is not."""
    measured = vote.trust is not None
    if measured and (vote.trust or 0.0) >= SUFFICIENT:
        return True
    if vote.kind == "score":
        return vote.fitted and (vote.probability is None or vote.probability >= LIKELY)
    if measured or _fails_on_phantoms(vote, trust):
        return False
    # Words of a tool that was never measured: where minutes count, silence would cost more than a false alarm.
    return TERMS[vote.label].critical == 1


def _fails_on_phantoms(vote: Vote, trust: Trust) -> bool:
    """Say whether a tool was measured to miss the label even where it was taught: a film is not easier."""
    drawn = trust.on_phantoms.get((vote.tool, vote.label))
    return drawn is not None and drawn.figure is not None and drawn.figure < SUFFICIENT


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
