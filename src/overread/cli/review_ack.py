"""`overread review ack`: who was told of a critical result, from a terminal."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from overread.cli.printing import say
from overread.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overread.records import Alert, Review

NotTold = Annotated[
    str | None,
    typer.Option("--no-ack-reason", metavar="TEXT", help="Why nobody is told of critical results still open."),
]
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"]


def ack(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Case id, as 'review list' shows it.")],
    told: Annotated[str, typer.Option("--told", metavar="NAME", help="Who was told.")],
    how: Annotated[Literal["phone", "in-person", "message"], typer.Option("--how", help="How they were told.")],
    read_back: Annotated[
        bool, typer.Option("--read-back/--no-read-back", help="Whether they read the result back.", show_default=False)
    ],
    alert: Annotated[
        str | None, typer.Option("--alert", metavar="ID", help="Which one; needed where several are open.")
    ] = None,
    found_at: Annotated[
        datetime | None,
        typer.Option("--found-at", formats=FORMATS, metavar="TIME", help="When it was found; UTC without a zone."),
    ] = None,
    told_at: Annotated[
        datetime | None,
        typer.Option("--told-at", formats=FORMATS, metavar="TIME", help="When they were told; now when not given."),
    ] = None,
    remark: Annotated[str | None, typer.Option("--remark", metavar="TEXT", help="What else matters.")] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="NAME", help="Who told them; the system user when not given.")
    ] = None,
) -> None:
    """Acknowledge a critical result: whom you told, when, how, and whether it was read back."""
    from contextlib import closing

    from overread.cli.review_input import person
    from overread.critical_results import acknowledgement
    from overread.outputs.alert_text import acknowledgement_words
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        home.cases.row(case)
        by, now = person(reviewer), datetime.now(UTC)
        made = acknowledgement(by, told, how, read_back, now, found_at=found_at, told_at=told_at, remark=remark)
        chosen = _chosen(home.cases.alerts(case), alert, case)
        written = home.acknowledgements.write(case, chosen, made, by)
    say(f"{written.finding}\n{acknowledgement_words(written)}", "bold green")


def with_reason(review: "Review", alerts: "Sequence[Alert]", reason: str | None) -> "Review":
    """Give a review the reason for every critical result that nobody acknowledged; raises `UsageError` for a blank."""
    from overread.errors import UsageError
    from overread.records import NotTold as Reason

    if reason is None:
        return review
    if not reason.strip():
        raise UsageError("--no-ack-reason is empty; say why nobody is told")
    untold = tuple(Reason(alert_id=alert.id, reason=reason.strip()) for alert in alerts if alert.acknowledged is None)
    return review.model_copy(update={"not_told": untold})


def _chosen(alerts: "Sequence[Alert]", name: str | None, case: str) -> str:
    from overread.errors import UsageError

    if name is not None:
        return name
    if not alerts:
        raise UsageError(f"case {case} has no critical result")
    open_ones = [alert for alert in alerts if alert.acknowledged is None] or list(alerts)
    if len(open_ones) > 1:
        listed = ", ".join(f"{alert.id} ({alert.label})" for alert in open_ones)
        raise UsageError(f"case {case} has several critical results, name one with --alert: {listed}")
    return open_ones[0].id
