"""A question that a reader asked about a case, and what came of it; it changes nothing of the case."""

from datetime import datetime
from typing import Literal

from overread.records._record import Record
from overread.records.evidence import Evidence
from overread.records.findings import Question

Standing = Literal["vote", "silent", "unsteady", "unbound"]
"""What an answer is worth: measured on this kind of study; not measured to be worth a vote; contradicted by the model's
own answers to the same asked otherwise; about nothing that the labeler knows."""


class AskedQuestion(Record):
    """One question, its answer with region and provenance, and the evidence of the case that speaks of the same."""

    id: str
    author: str
    at: datetime
    question: Question
    answer: Evidence | None = None
    """None where the model gave no answer that can be read."""
    standing: Standing | None = None
    beside: tuple[str, ...] = ()
    """Ids of the case's own evidence about the same label."""
    failure: str | None = None
    """Why there is no answer."""
