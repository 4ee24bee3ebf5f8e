"""Time travel for developers: read a case again on a copy, or on what was recorded of it, and say what differs."""

from overread.replaying.differences import Difference, differences
from overread.replaying.record import RecordedCase, read_record, record_case, write_record
from overread.replaying.replay import Replayed, replayed, replayed_record

__all__ = [
    "Difference",
    "RecordedCase",
    "Replayed",
    "differences",
    "read_record",
    "record_case",
    "replayed",
    "replayed_record",
    "write_record",
]
