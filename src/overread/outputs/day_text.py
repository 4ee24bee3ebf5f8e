"""Write the days of a DICOM header as a person reads them."""

import re

_DAY = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")


def day_words(date: str) -> str:
    """Write a DA value as YYYY-MM-DD, also one with dots as ACR-NEMA had it; what is none stays as it is."""
    found = _DAY.fullmatch(date.strip())
    return "-".join(found.groups()) if found else date
