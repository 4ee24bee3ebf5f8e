"""Values that say nothing, fit for each value representation (PS3.5 6.2)."""

from typing import Any

DUMMY: dict[str, Any] = {
    "AE": "REMOVED",
    "AS": "000Y",
    "CS": "REMOVED",
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "FD": 0.0,
    "FL": 0.0,
    "IS": "0",
    "LO": "REMOVED",
    "LT": "REMOVED",
    "OB": b"\0\0",
    "OW": b"\0\0",
    "PN": "REMOVED",
    "SH": "REMOVED",
    "SL": 0,
    "SS": 0,
    "ST": "REMOVED",
    "TM": "000000",
    "UC": "REMOVED",
    "UL": 0,
    "UN": b"\0\0",
    "UR": "http://removed.invalid",
    "US": 0,
    "UT": "REMOVED",
}
"""`.invalid` is nobody's (RFC 2606)."""


def is_dummy(vr: str, value: Any) -> bool:
    """Say whether a value is empty or the one that stands for nothing."""
    return value in (None, "", b"") or str(value) == str(DUMMY.get(vr)) or value == []
