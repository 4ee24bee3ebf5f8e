"""What became of a study that came in by itself: one typed outcome, without a value of a patient."""

from typing import Literal

from overread.records._record import Record
from overread.records.findings import RefusalReason
from overread.records.study import StudyChange, View

ReceivedOutcome = Literal[
    "new_study",
    "duplicate",
    "late_view",
    "corrected_header",
    "other_pixels",
    "another_patient",
    "two_issuers",
    "two_patients",
    "other_order",
    "late_order",
    "other_priors",
    "read_again",
    "several_studies",
    "no_radiograph",
    "refused",
    "unreadable",
    "withdrawn",
    "failed",
]
"""`duplicate`: nothing is new · `late_view`: a further image · `corrected_header`: the same pixels, another header ·
`other_pixels`: under UIDs that are on file · `another_patient`: the header names somebody else now · `two_issuers`: one
patient ID of two issuers in one study · `two_patients`: images of two under one Study Instance UID · `late_order`: an
order, for a study that is on file without one · `read_again`: for another profile or version of the program ·
`no_radiograph`: nothing that is read here, and not fetched · `withdrawn`: gone from the source before it was read."""
Became = Literal["new_case", "next_read", "addendum", "on_file", "told", "no_case"]
"""What it is in the store; a `next_read` takes the place of a draft that nobody signed; `told`: the report is signed
and stays as it is, and its signer finds a notice."""
OrderJoined = Literal["attached", "mismatch", "ambiguous"]


class Received(Record):
    """What became of one arrival; told in the log, the audit, the final table and a watch folder's marker."""

    outcome: ReceivedOutcome
    became: Became = "no_case"
    case_id: str | None = None
    before: str | None = None
    """The read of the study before: the one replaced, or the signed one that an addendum names."""
    reason: RefusalReason | None = None
    """Why it is refused."""
    changes: tuple[StudyChange, ...] = ()
    views_missing: tuple[View, ...] = ()
    """Required views that were waited for and did not come."""
    order: OrderJoined | None = None
    """None where no order was found."""
    priors: int = 0
    """Earlier studies of the patient that came with it, or were found at the archive, and are used."""
    error: str | None = None
    """What went wrong, in words of ours."""


LOUD: frozenset[ReceivedOutcome] = frozenset(
    {"other_pixels", "another_patient", "two_issuers", "two_patients", "refused", "unreadable", "failed"}
)
"""Outcomes that a person should look at."""
