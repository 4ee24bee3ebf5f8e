"""Read single values out of a DICOM header that may hold anything."""

import math
from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from overread.imaging.plain_text import TEXT_LIMIT, plain_text


def value_of(dataset: Dataset, keyword: str) -> Any:
    """Give an element's value, or None when it is absent, empty or cannot be converted from its bytes."""
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError, OverflowError):
        return None
    return None if value is None or value == "" else value


def text_of(dataset: Dataset, keyword: str, limit: int = TEXT_LIMIT) -> str:
    """Give a value as plain text, several values joined by a backslash as DICOM writes them."""
    value = value_of(dataset, keyword)
    if value is None:
        return ""
    if isinstance(value, MultiValue):
        return plain_text("\\".join(str(item) for item in value[:8]), limit)
    return plain_text(value, limit)


def numbers_of(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Give the finite numbers of an element; empty when any of them is not a finite number."""
    value = value_of(dataset, keyword)
    values: Iterable[Any] = () if value is None else value if isinstance(value, MultiValue | list | tuple) else (value,)
    try:
        numbers = tuple(float(item) for item in values)
    except (TypeError, ValueError, OverflowError):
        return ()
    return numbers if all(math.isfinite(number) for number in numbers) else ()


def whole_number(dataset: Dataset, keyword: str) -> int | None:
    """Give the one whole number of an element; None for none, for several, and for a fraction."""
    numbers = numbers_of(dataset, keyword)
    return int(numbers[0]) if len(numbers) == 1 and numbers[0] == int(numbers[0]) else None
