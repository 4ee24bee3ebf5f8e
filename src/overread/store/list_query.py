"""What a reader asks the worklist for, and whose list it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from overread.records import CaseStatus, Priority, Record

Sort = Literal["urgency", "priority", "critical", "status", "patient", "accession", "exam", "study", "age", "assignee"]
Age = Literal["overdue", "day", "week", "older"]
"""Past the limit of its priority; arrived within a day, within a week, before."""
MINE, NOBODY = "mine", "nobody"
PAGE_SIZE = 50
Word = Annotated[str, Field(max_length=64)]


class ListQuery(Record):
    """Filters that a case must pass all of, an order, and a page of it."""

    model_config = ConfigDict(str_strip_whitespace=True)

    statuses: Annotated[tuple[CaseStatus, ...], Field(max_length=8)] = ()
    """Any of these; none: all but what a later read replaced."""
    critical: bool = False
    priority: Priority | None = None
    assignee: Word | None = None
    """`mine`, `nobody` (free, or a lease that ended), or a name."""
    modality: Word | None = None
    view: Word | None = None
    age: Age | None = None
    find: str = Field(default="", max_length=120)
    """Words that must all be in accession, exam or case id, or in the patient's name or ID where those may be seen."""
    sort: Sort = "urgency"
    """`urgency`: what waits first, then by urgency of the order or of a critical result, then the oldest."""
    descending: bool = False
    page: int = Field(default=1, ge=1, le=10**6)
    size: int = Field(default=PAGE_SIZE, ge=1, le=1000)


@dataclass(frozen=True)
class Scope:
    """Who looks, and at what."""

    author: str
    """Whose cases are `mine`."""
    named: bool = False
    """Whether patients are named to this reader: searched, sorted and shown."""
    only: Collection[str] | None = None
    """The cases that the reader may see; None: all."""
    limits: Mapping[str, timedelta] = field(default_factory=dict)
    """Time from arrival within which a case of a priority should be decided."""
    hides: bool = False
    """Whether results of the models that may wait are left out of the rows of cases that nobody decided."""
