"""What is shown of a signed case that was found: its impression, without the words that name its patient."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from overread.records import Order
from overread.store.home import Home

LEFT_OUT = "[…]"
LEAST = 2
"""Letters or digits of a word that is left out; a single letter is too often something else."""


def impression_of(home: Home, case_id: str) -> tuple[str, ...]:
    """Give the sentences of the signed impression as it is now, addenda after them; none for a case without a report.

    What names the patient of that case (parts of the name, numbers, day of birth) is left out wherever it stands;
    other words are as they were signed. Raises `CaseUnknown`.
    """
    file = home.cases.file(case_id)
    if file is None or file.signed_sections is None:
        return ()
    said = (statement.text for statement in file.signed_sections.get("impression", ()))
    added = file.newest.additions if file.newest else ()
    known = naming_words(home.cases.identity(case_id) or {}, file.case.order)
    return tuple(without(text, known) for text in (*said, *added))


def naming_words(identity: Mapping[str, Any], order: Order) -> frozenset[str]:
    """Give the words that tell who the patient is: the name by parts, numbers and the day of birth whole."""
    numbers = (identity.get("patient_id"), order.accession_number)
    words = {*re.split(r"[\W_]+", identity.get("name") or ""), *filter(None, numbers), *_days(identity)}
    return frozenset(word for word in words if len(word) >= LEAST)


def without(text: str, words: frozenset[str]) -> str:
    """Leave words out of a text, in any case of their letters, where they stand alone."""
    if not words:
        return text
    # The longest first: a number may begin with another one.
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", LEFT_OUT, text, flags=re.IGNORECASE)


def _days(identity: Mapping[str, Any]) -> Iterator[str]:
    born = identity.get("birth_date") or ""
    if re.fullmatch(r"\d{8}", born):
        year, month, day = born[:4], born[4:6], born[6:]
        yield from (born, f"{year}-{month}-{day}", f"{day}.{month}.{year}", f"{month}/{day}/{year}")
        yield f"{day}/{month}/{year}"
