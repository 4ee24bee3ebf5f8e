"""What was refused, in the language of the page. The checks behind it speak English, as in a terminal and in logs."""

import re
from collections.abc import Mapping
from functools import cache

from overread.review.language import Translated, gettext, speech

PLACE = re.compile(r"\{(\d)\}")
"""Stands in a message of the catalogue for what an error is about, in its order: {0}, {1}."""


def refusal_words(error: Exception | str) -> str:
    """Say an error, or its words, by the catalogue; what is not there, and what it is about, stays as it is."""
    text, spoken = f"{error}", speech()
    if not isinstance(spoken, Translated) or gettext(text) != text:
        return gettext(text)
    for pattern, message in _patterns(spoken).items():
        if found := pattern.fullmatch(text):
            return gettext(message).format(*map(gettext, found.groups()))
    return text


@cache
def _patterns(spoken: Translated) -> Mapping[re.Pattern[str], str]:
    """Give the messages with places as patterns, those with the most words of their own first."""
    placed = sorted((one for one in spoken.by_message() if PLACE.search(one)), key=lambda one: -len(PLACE.sub("", one)))
    return {re.compile("(.*?)".join(map(re.escape, PLACE.split(one)[::2])), re.DOTALL): one for one in placed}
