"""Small requests of an open page that leave it as it is, one file a call: `POST /call/NAME`, JSON in and out."""

from collections.abc import Mapping

from overread.review.calls.acknowledge import acknowledge
from overread.review.calls.critical import critical
from overread.review.desk import Call

CALLS: Mapping[str, Call] = {"acknowledge": acknowledge, "critical": critical}
"""Every call by its name."""

__all__ = ["CALLS"]
