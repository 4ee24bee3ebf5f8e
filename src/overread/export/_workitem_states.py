"""Our states of a case as the states of a Unified Procedure Step (PS3.4 CC.1.1): the one table, and what may follow.

The workitem is the whole reading, from the study that came in to the report that is signed as final. So a draft that
waits is IN PROGRESS, and a case that failed is too: reading its input again takes it up, and a step that is CANCELED
never goes on.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from overread.records import CaseStatus

StepState = Literal["SCHEDULED", "IN PROGRESS", "COMPLETED", "CANCELED"]
STATES: Mapping[CaseStatus, StepState] = MappingProxyType(
    {
        "received": "SCHEDULED",
        "running": "IN PROGRESS",
        "failed": "IN PROGRESS",
        "awaiting_review": "IN PROGRESS",
        "signed": "COMPLETED",
        "refused": "CANCELED",
        "rejected": "CANCELED",
        "replaced": "CANCELED",
    }
)
MAY_FOLLOW: Mapping[StepState, frozenset[StepState]] = MappingProxyType(
    {
        "SCHEDULED": frozenset({"IN PROGRESS", "CANCELED"}),
        "IN PROGRESS": frozenset({"COMPLETED", "CANCELED"}),
        "COMPLETED": frozenset(),
        "CANCELED": frozenset(),
    }
)
"""PS3.4 table CC.1.1-2; the last two are final. A state that stays is no change."""
PROGRESS: Mapping[CaseStatus, str] = MappingProxyType(
    {
        "awaiting_review": "A draft waits for its review",
        "signed": "The report is signed as final",
    }
)
"""What is said of the cases that are exported; of the others there is no report."""
