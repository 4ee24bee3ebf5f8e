"""Which labels a text names at all, whatever it says of them: an order asks, it does not assert."""

from overread.labeler.lexicon import lexicon


def labels_named(text: str) -> tuple[str, ...]:
    """List the labels that phrases of a text name, in the order of the text, each once; never `No Finding`."""
    words = lexicon()
    found = (label for match in words.mentions.finditer(text) for label in words.labels[match.lastgroup or ""])
    return tuple(dict.fromkeys(label for label in found if label != "No Finding"))
