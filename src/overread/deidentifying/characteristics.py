"""What of a patient may stay (PS3.15 E.3.7): sex, age, size, weight, no text."""

from typing import Any

from pydicom.dataelem import DataElement

from overread.imaging.header import AGE

KEPT = frozenset({"PatientSex", "PatientAge", "PatientSize", "PatientWeight"})
SEXES = frozenset({"F", "M", "O"})
OLDEST = 90
"""Years: who is older is rare enough to be known by it (45 CFR 164.514 (b)(2)(i)(C))."""


def kept_value(element: DataElement) -> Any:
    """Give the value as it may stay, None for one that is not of its kind."""
    text = str(element.value if element.value is not None else "").strip().upper()
    if element.keyword == "PatientSex":
        return text if text in SEXES else None
    if element.keyword == "PatientAge":
        return _age(text)
    try:
        return element.value if float(text) >= 0 else None
    except ValueError:
        return None


def _age(text: str) -> str | None:
    match = AGE.match(text)
    if match is None:
        return None
    number, unit = int(match[1]), match[2] or "Y"
    return f"{min(number, OLDEST) if unit == 'Y' else number:03d}{unit}"
