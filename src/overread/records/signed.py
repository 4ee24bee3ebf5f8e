"""What was noticed about a report after it was signed: told to the signer, and part of no report."""

from datetime import datetime

from overread.records._record import Record
from overread.records.report import Section

LATE_ORDER = "late_order"
"""Kind of the notice that an order came for the study after its report was signed."""


class SignedNotice(Record):
    """One thing the signer should look at again; it changes nothing and stops nothing."""

    kind: str
    """The rule of `signed_text` that gives it, `not_checked` where that rule itself failed, or `late_order`."""
    section: Section | None = None
    """Where the sentence stands; None of the words of an addendum, and, without `statement`, of no single sentence."""
    statement: str | None = None
    """The signed sentence, word for word."""
    message: str
    evidence_ids: tuple[str, ...] = ()
    """Evidence of the case to look at."""


class SignedCheck(Record):
    """The rules that were run over a signed report, so that silence can be seen, and what they noticed."""

    at: datetime
    review_digest: str
    """Of the review whose report was checked."""
    text_digest: str | None = None
    """Of the version that was checked: an amended report is checked anew. None in a check of an earlier release."""
    rules_run: tuple[str, ...]
    notices: tuple[SignedNotice, ...] = ()
