"""A report that was signed in another system, and in what it differs from the draft."""

from typing import Literal

from overread.records._record import Record
from overread.records.evidence import Status
from overread.records.study import Laterality

ElsewhereStatus = Literal["final", "amended", "withdrawn"]
"""`withdrawn`: cancelled, or entered in error."""
Differs = Literal["ours_only", "theirs_only", "sides"]
"""`ours_only`: present in the draft, absent or not spoken of there · `theirs_only`: present there, and in the draft
possible, absent, not assessed or not looked for · `sides`: present in both, on different sides."""
WhyUnread = Literal["no_text", "too_long", "foreign_language", "withdrawn"]
WhyApart = Literal["no_number", "no_case", "no_draft", "several_cases", "another_patient"]
"""Why a report has no case: it names neither accession number nor study · nothing of that number is on file · it was
not read, or refused · several studies have the number · number or study agree, and the patient does not."""


class Discrepancy(Record):
    """One label in which the draft and the signed report differ."""

    label: str
    differs: Differs
    ours: Status | None
    """None: the draft does not have the label."""
    theirs: Literal["present", "absent", "uncertain"] | None
    """None: the report does not speak of it."""
    our_side: Laterality | None = None
    their_side: Laterality | None = None


class DraftComparison(Record):
    """What came of laying the report beside the draft."""

    draft_digest: str
    """Of the draft that was compared."""
    labeler: str
    """Version of the rules by which the report was read."""
    discrepancies: tuple[Discrepancy, ...] = ()
    agreed: int = 0
    """Labels that are present in both, or absent in both."""
    unread: WhyUnread | None = None
    """Why nothing was compared."""
