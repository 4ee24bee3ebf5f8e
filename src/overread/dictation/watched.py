"""Words that turn what a sentence says: sides and negations. They are marked wherever dictated text is shown."""

import re

WATCHED = re.compile(
    r"\b(left|right|bilateral(ly)?|both|either|unilateral(ly)?|no|not|none|non|nor|neither|never|without|cannot|absent|"
    r"negative|free|clear|resolved|excluded)\b",
    re.IGNORECASE,
)


def watched(text: str) -> list[tuple[int, int]]:
    """Give where such words stand: begin and end, in characters."""
    return [match.span() for match in WATCHED.finditer(text)]
