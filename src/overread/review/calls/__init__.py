"""Small requests of an open page that leave it as it is, one file a call: `POST /call/NAME`, JSON in and out."""

from collections.abc import Mapping

from overread.review.calls.acknowledge import acknowledge
from overread.review.calls.ask import ask
from overread.review.calls.critical import critical
from overread.review.calls.keep_decisions import keep_decisions
from overread.review.calls.kept_decisions import kept_decisions
from overread.review.calls.preview_report import preview_report
from overread.review.desk import Call

CALLS: Mapping[str, Call] = {
    "acknowledge": acknowledge,
    "ask": ask,
    "critical": critical,
    "keep_decisions": keep_decisions,
    "kept_decisions": kept_decisions,
    "preview_report": preview_report,
}
"""Every call by its name."""

__all__ = ["CALLS"]
