"""Small requests of an open page that leave it as it is, one file a call: `POST /call/NAME`, JSON in and out."""

from collections.abc import Mapping

from overread.review.calls.acknowledge import acknowledge
from overread.review.calls.ask import ask
from overread.review.calls.assign import assign
from overread.review.calls.critical import critical
from overread.review.calls.first_read import first_read
from overread.review.calls.handovers_seen import handovers_seen
from overread.review.calls.hold import hold
from overread.review.calls.keep_decisions import keep_decisions
from overread.review.calls.kept_decisions import kept_decisions
from overread.review.calls.list_names import list_names
from overread.review.calls.list_rows import list_rows
from overread.review.calls.mark import mark
from overread.review.calls.neighbours import neighbours
from overread.review.calls.preview_report import preview_report
from overread.review.calls.report_to_sign import report_to_sign
from overread.review.calls.unmark import unmark
from overread.review.calls.version_to_sign import version_to_sign
from overread.review.desk import Call

CALLS: Mapping[str, Call] = {
    "acknowledge": acknowledge,
    "ask": ask,
    "assign": assign,
    "critical": critical,
    "first_read": first_read,
    "handovers_seen": handovers_seen,
    "hold": hold,
    "keep_decisions": keep_decisions,
    "kept_decisions": kept_decisions,
    "list_names": list_names,
    "list_rows": list_rows,
    "mark": mark,
    "neighbours": neighbours,
    "preview_report": preview_report,
    "report_to_sign": report_to_sign,
    "unmark": unmark,
    "version_to_sign": version_to_sign,
}
"""Every call by its name."""

__all__ = ["CALLS"]
