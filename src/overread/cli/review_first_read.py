"""`overread review first-read`: what a reader sees before the draft is shown to them (`first_read=on`)."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import complain, say
from overread.cli.review_options import CaseId, Reviewer
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.settings import Settings
    from overread.store.home import Home


def first_read(
    context: typer.Context,
    case: CaseId,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What you see in the images.")],
    reviewer: Reviewer = None,
) -> None:
    """Write down your first impression of a case; with first_read=on its draft is shown to you only then."""
    from contextlib import closing
    from datetime import UTC, datetime

    from overread.cli.review_input import person
    from overread.errors import StaleReview, UsageError
    from overread.records import FirstRead
    from overread.store.home import open_home

    settings = session_of(context).settings()
    if not text.strip():
        raise UsageError("say what you see, in a few words")
    with closing(open_home(settings)) as home:
        name = person(reviewer)
        if not is_hidden(home, settings, case, name):
            raise StaleReview("nothing of this case is hidden from you; a first impression is written before")
        home.first_reads.add(case, FirstRead(author=name, text=text, at=datetime.now(UTC)))
    say(f"kept, by {name}: overread review show {case}")


def is_hidden(home: "Home", settings: "Settings", case: str, name: str) -> bool:
    """Tell whether what the models say of a case waits for somebody's own words."""
    from overread.store.listing import WAITING

    waits = settings.first_read == "on" and home.cases.row(case).status in WAITING
    return waits and not home.first_reads.has(case, name)


def refuse_hidden(home: "Home", settings: "Settings", case: str, reviewer: str | None) -> None:
    """Refuse to show or decide what is hidden; critical results of minutes and hours are told all the same.

    Raises `UsageError`.
    """
    from overread.cli.review_input import person
    from overread.critical_results import BEFORE_SIGNING
    from overread.errors import UsageError
    from overread.outputs.alert_text import alert_words

    if settings.first_read == "off" or not is_hidden(home, settings, case, person(reviewer)):
        return
    for alert in home.cases.alerts(case):
        if alert.category in BEFORE_SIGNING:
            complain(alert_words(alert))
    raise UsageError(
        f"first_read=on: write down what you see first: overread review first-read {case} --text TEXT; the draft is "
        "shown then"
    )
