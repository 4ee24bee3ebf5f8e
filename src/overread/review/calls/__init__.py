"""Small requests of an open page that leave it as it is, one file a call: `POST /call/NAME`, JSON in and out."""

from collections.abc import Mapping

from overread.review.calls.assign import assign
from overread.review.calls.handovers_seen import handovers_seen
from overread.review.calls.hold import hold
from overread.review.calls.list_names import list_names
from overread.review.calls.list_rows import list_rows
from overread.review.calls.neighbours import neighbours
from overread.review.desk import Call

CALLS: Mapping[str, Call] = {
    "assign": assign,
    "handovers_seen": handovers_seen,
    "hold": hold,
    "list_names": list_names,
    "list_rows": list_rows,
    "neighbours": neighbours,
}
"""Every call by its name."""

__all__ = ["CALLS"]
