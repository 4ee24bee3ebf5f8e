"""A critical result as its banner says it: what was seen, what became of it, and what still has to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overread.escalation.ladder import Ladder
from overread.escalation.state import NoticeLine, next_step, notice_lines
from overread.outputs.alert_text import acknowledgement_words
from overread.records import Alert, CaseFile
from overread.review.formatting import moment_words
from overread.review.language import speech
from overread.store.notices import CLOSED, Notice

AlertState = Literal["open", "acknowledged", "not_told"]


@dataclass(frozen=True)
class Climb:
    """How far a case's critical results are up the ladder."""

    notices: Sequence[Notice]
    ladder: Ladder
    now: datetime


@dataclass(frozen=True)
class AlertView:
    """One critical result."""

    id: str
    message: str
    category: int
    raised: str
    raised_at: str
    """The same, ISO 8601 in UTC."""
    evidence_ids: tuple[str, ...]
    state: AlertState
    acknowledged: str | None
    """Who was told, or why nobody was; None while neither is known."""
    finding_ids: tuple[str, ...]
    statement_ids: tuple[str, ...]
    """Sentences that describe its finding: where all of them are left out, that says why nobody is told."""
    notices: tuple[NoticeLine, ...] = ()
    """Who was told when."""
    coming: str | None = None
    """Who is told next, and when."""


def alert_views(file: CaseFile, alerts: Sequence[Alert], climb: Climb | None = None) -> tuple[AlertView, ...]:
    """Give the critical results of a case, the most urgent first."""
    return tuple(_alert_view(file, alert, climb) for alert in sorted(alerts, key=lambda alert: alert.category))


def _alert_view(file: CaseFile, alert: Alert, climb: Climb | None) -> AlertView:
    known = alert.acknowledged
    of_label = {finding.id for finding in file.findings if finding.label == alert.label}
    described = file.draft.sections.get("findings", ()) if file.draft else ()
    return AlertView(
        id=alert.id,
        message=alert.message,
        category=alert.category,
        raised=moment_words(alert.raised_at),
        raised_at=alert.raised_at.isoformat(timespec="seconds"),
        evidence_ids=alert.evidence_ids,
        state="open" if known is None else "acknowledged" if known.not_told is None else "not_told",
        acknowledged=acknowledgement_words(known, speech()) if known else None,
        finding_ids=tuple(sorted(of_label)),
        statement_ids=tuple(s.id for s in described if of_label.intersection(s.finding_ids)),
        notices=notice_lines(alert, climb.notices, climb.ladder, speech()) if climb else (),
        coming=next_step(alert, climb.ladder, climb.now, speech()) if climb and file.status not in CLOSED else None,
    )
