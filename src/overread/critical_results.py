"""What must be said of critical results before a case is signed: who was told, or why nobody was."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from overread.errors import UsageError
from overread.records import Acknowledgement, Alert, CaseFile, NotTold, Review, ToldHow

BEFORE_SIGNING = (1, 2)
"""Categories that a report alone is too slow for: minutes and hours (ACR)."""
DENIED = ("absent", "not_assessed")
"""What a reviewer makes of a finding that is not there, or that the report is to say nothing of."""
AHEAD = timedelta(minutes=2)
"""How far a clock elsewhere may be ahead of this one."""


def acknowledgement(
    by: str,
    told: str,
    how: ToldHow,
    read_back: bool,
    now: datetime,
    *,
    found_at: datetime | None = None,
    told_at: datetime | None = None,
    remark: str | None = None,
) -> Acknowledgement:
    """Make the record of a communication; a time without a zone is UTC, and "now" where somebody was told just now.

    Raises `UsageError` when a name is empty or a time cannot be.
    """
    found, when = found_at and _utc(found_at), _utc(told_at) if told_at else now
    if not by.strip() or not told.strip():
        raise UsageError("name who was told, and who tells it")
    if max(when, found or when) > now + AHEAD:
        raise UsageError("a critical result cannot be found or told in the future; times without a zone are UTC")
    if found is not None and when < found:
        raise UsageError("a critical result cannot be told before it is found")
    return Acknowledgement(
        by=by.strip(),
        at=now,
        told=told.strip(),
        found_at=found,
        told_at=when,
        how=how,
        read_back=read_back,
        remark=(remark or "").strip() or None,
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def with_reasons(review: Review, file: CaseFile, alerts: Sequence[Alert]) -> Review:
    """Complete a review with what it says itself of critical results: a finding left out says why nobody is told.

    Raises `UsageError` for a reason that belongs to no critical result of the case.
    """
    open_alerts = [alert for alert in alerts if alert.acknowledged is None]
    if strange := {item.alert_id for item in review.not_told} - {alert.id for alert in alerts}:
        raise UsageError(f"the case has no critical result {', '.join(sorted(strange))}")
    given = {item.alert_id for item in review.not_told}
    denied = [
        NotTold(alert_id=alert.id, reason=f"not there: {reason}")
        for alert in open_alerts
        if alert.id not in given and (reason := _left_out(review, file, alert)) is not None
    ]
    return review.model_copy(update={"not_told": (*review.not_told, *denied)}) if denied else review


def refuse_untold(review: Review, alerts: Sequence[Alert]) -> None:
    """Refuse a signature while a critical result of category 1 or 2 has neither an acknowledgement nor a reason.

    A reason that the finding's own rejection gives is one (`with_reasons`). Raises `UsageError`.
    """
    excused = {item.alert_id for item in review.not_told}
    untold = [
        alert
        for alert in alerts
        if alert.category in BEFORE_SIGNING and alert.acknowledged is None and alert.id not in excused
    ]
    if review.decision == "sign" and untold:
        named = ", ".join(f"{alert.label} ({alert.id})" for alert in untold)
        raise UsageError(
            f"nobody was told of {len(untold)} critical result{'s' if len(untold) > 1 else ''}: {named}; acknowledge "
            "each, or give a reason why nobody is told"
        )


def _left_out(review: Review, file: CaseFile, alert: Alert) -> str | None:
    """Give the reason why a reviewer left the alert's finding out of the findings; None where any sentence stays."""
    of_label = {finding.id for finding in file.findings if finding.label == alert.label}
    denied = [item.reason for item in review.findings if item.finding_id in of_label and item.status in DENIED]
    if denied:
        return denied[0]
    sections = file.draft.sections if file.draft else {}
    said = {s.id for s in sections.get("findings", ()) if of_label.intersection(s.finding_ids)}
    made = [item for item in review.statements if item.statement_id in said]
    if not said or len(made) < len(said) or any(item.action != "reject" for item in made):
        return None
    return made[0].reason
