"""Find what a sentence takes for granted: an earlier study, or a view."""

from overread.labeler.lexicon import lexicon
from overread.records import View

_VIEWS: tuple[View, ...] = ("PA", "AP", "LATERAL")


def comparison_words(sentence: str) -> tuple[str, ...]:
    """List the words that only make sense beside an earlier study; saying that there is none does not count."""
    words = lexicon()
    said = words.no_comparison.sub(lambda match: " " * len(match[0]), sentence)
    return tuple(match[0] for match in words.comparison.finditer(said))


def views_named(sentence: str) -> tuple[View, ...]:
    """List the views that a sentence names."""
    views = lexicon().views
    return tuple(view for view in _VIEWS if views[view].search(sentence))
