"""Find what a sentence takes for granted: an earlier study, or a view."""

import re
from collections.abc import Mapping

from overread.labeler.lexicon import lexicon
from overread.records import Course, View

_VIEWS: tuple[View, ...] = ("PA", "AP", "LATERAL")


_COURSES: Mapping[Course, re.Pattern[str]] = {
    "new": re.compile(r"\b(?:new(?:ly)?|developed|developing)\b", re.IGNORECASE),
    "increased": re.compile(r"\b(?:increas\w+|larger|worse\w*|progress\w+|enlarged since|grown)\b", re.IGNORECASE),
    "unchanged": re.compile(
        r"\b(?:unchanged|stable|stability|(?:no|without)(?: significant| interval)* change|persist\w*|remains?"
        r"|again)\b",
        re.IGNORECASE,
    ),
    "decreased": re.compile(r"\b(?:decreas\w+|smaller|improv\w+|regress\w+|resolving|shrunk)\b", re.IGNORECASE),
    "resolved": re.compile(r"\b(?:resolved|resolution|cleared|no longer)\b", re.IGNORECASE),
}


def courses_named(sentence: str) -> tuple[Course, ...]:
    """List what a sentence says became of something since an earlier study; empty where it compares nothing."""
    if not comparison_words(sentence):
        return ()
    return tuple(course for course, words in _COURSES.items() if words.search(sentence))


def comparison_words(sentence: str) -> tuple[str, ...]:
    """List the words that only make sense beside an earlier study; saying that there is none does not count."""
    words = lexicon()
    said = words.no_comparison.sub(lambda match: " " * len(match[0]), sentence)
    return tuple(match[0] for match in words.comparison.finditer(said))


def views_named(sentence: str) -> tuple[View, ...]:
    """List the views that a sentence names."""
    views = lexicon().views
    return tuple(view for view in _VIEWS if views[view].search(sentence))
