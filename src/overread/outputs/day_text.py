"""Write days and times of a DICOM header as a person reads them."""

import re

_DAY = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})?(\.\d{1,6})?")


def day_words(date: str) -> str:
    """Write a DA value as YYYY-MM-DD, also one with dots as ACR-NEMA had it; what is none stays as it is."""
    found = _DAY.fullmatch(date.strip())
    return "-".join(found.groups()) if found else date


def time_words(time: str) -> str:
    """Write a TM value as HH:MM or HH:MM:SS, without fractions of a second; what is none stays as it is."""
    found = _TIME.fullmatch(time.strip())
    return ":".join(part for part in found.groups()[:3] if part) if found else time
