"""What the page can do, one file an action. What is sent is untrusted; what is shown and signed is the store's."""

from collections.abc import Mapping
from typing import Any

from overread.errors import CaseBusy, CaseUnknown, OverreadError, StaleReview, UsageError
from overread.review.actions.decide import decide
from overread.review.actions.follow import follow
from overread.review.actions.open_case import open_case
from overread.review.actions.show_list import show_list
from overread.review.desk import Action, Caller, Desk, Shown, told
from overread.review.language import gettext
from overread.review.refusals import refusal_words
from overread.review.session import Session

ACTIONS: Mapping[str, Action] = {
    "show_list": show_list,
    "open_case": open_case,
    "decide_case": decide,
    "follow_report": follow,
}
"""Every event that the page sends, and what it does."""

__all__ = ["ACTIONS", "act"]


def act(action: Action, desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """Do it, or say what is wrong in one line and leave on the screen what is there, decisions and all."""
    try:
        return action(desk, session, caller, sent)
    except StaleReview as error:
        return session, told(_not_done(error), "stale")
    except CaseBusy as error:
        return session, told(_not_done(error), "busy")
    except (CaseUnknown, UsageError) as error:
        return session, told(_not_done(error))
    except OverreadError as error:
        return session, told(gettext("It failed: {error}").format(error=refusal_words(error)))


def _not_done(error: OverreadError) -> str:
    return gettext("Not done: {error}.").format(error=refusal_words(error))
