"""Words of a report, one way for all metrics that leave them to their caller."""

import re

TOKENS = "lower case, words and marks"
"""Named in the identity of a metric: another tokenisation gives other figures."""
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[^\sa-z0-9]")


def words(text: str) -> list[str]:
    """Give the words and marks of a text, in lower case."""
    return _WORD.findall(text.lower())
