"""Tell what became of an arrival from what the store has of it: a pure function, the same after a kill."""

from collections.abc import Sequence
from datetime import datetime

from overread.admission import AdmittedCase, Refused
from overread.imaging.identity import ANOTHER_ISSUER
from overread.records import Became, Follows, Received, ReceivedOutcome, Refusal, StudyChange
from overread.versions import changes_of

UNREADABLE = frozenset({"unreadable", "empty_input", "too_large", "corrupt_pixels"})
"""Reasons that mean that the files could not be read, rather than that they were read and refused."""
FIRST_OF: Sequence[tuple[StudyChange, ReceivedOutcome]] = (
    ("another_patient", "another_patient"),
    ("another_issuer", "two_issuers"),
    ("other_pixels", "other_pixels"),
    ("further_image", "late_view"),
    ("patient_data", "corrected_header"),
    ("image_header", "corrected_header"),
    ("study_data", "corrected_header"),
    ("order", "other_order"),
    ("prior", "other_priors"),
    ("prior_report", "other_priors"),
    ("profile", "read_again"),
    ("program", "read_again"),
)
"""Of several changes the gravest names the outcome; `Received.changes` has all of them."""


def outcome_of(taken: AdmittedCase | Refused, created_at: datetime | None, begun_at: datetime) -> Received:
    """Say what became of what was taken in.

    `created_at` is when its case was registered, None without one. A case from before `begun_at` was on file; a later
    one is of this arrival, also where a killed process registered it.
    """
    if isinstance(taken, Refused):
        return refused(taken.refusal, taken.apart)
    case = taken.case
    follows = case.follows
    if created_at is None or created_at < begun_at:
        return Received(outcome="duplicate", became="on_file", case_id=case.case_id)
    if follows is None:
        return Received(outcome="new_study", became="new_case", case_id=case.case_id, priors=_priors(taken))
    changes = changes_of(follows)
    outcome = next((outcome for change, outcome in FIRST_OF if change in changes), "read_again")
    became, before = _place(follows)
    return Received(
        outcome=outcome,
        became=became,
        case_id=case.case_id,
        before=before,
        changes=changes,
        priors=_priors(taken),
    )


def refused(refusal: Refusal, apart: Sequence[str] = ()) -> Received:
    """Say what became of what is no case."""
    if refusal.reason == "several_patients":
        outcome: ReceivedOutcome = "two_issuers" if tuple(apart) == (ANOTHER_ISSUER,) else "two_patients"
    else:
        outcome = "unreadable" if refusal.reason in UNREADABLE else "refused"
    return Received(outcome=outcome, reason=refusal.reason, error=refusal.next_step)


def _place(follows: Follows) -> tuple[Became, str | None]:
    if follows.replaces is not None:
        return "next_read", follows.replaces
    if follows.addendum_to is not None:
        return "addendum", follows.addendum_to.case_id
    return "next_read", None


def _priors(taken: AdmittedCase) -> int:
    return sum(prior.origin == "sent" for prior in taken.case.priors)
