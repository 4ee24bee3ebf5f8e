"""What a reader saw in the images before the draft was shown to them."""

from datetime import datetime

from pydantic import Field

from overread.records._record import Record
from overread.records.finding_review import AddedFinding


class FirstRead(Record):
    """One reader's own first impression of a case; it is never changed, and is part of no report."""

    author: str
    """The account, as the audit names them; `local` for one user on one machine."""
    text: str = Field(pattern=r"\S")
    findings: tuple[AddedFinding, ...] = ()
    """Coded, where the reader coded any."""
    at: datetime
