"""What a sentence says itself, apart from what it quotes."""

from collections.abc import Iterable

from overread.protocol import quoted
from overread.records import Answer, Evidence, Outlook


def own_words(text: str, cited: Iterable[Evidence]) -> str:
    """Give a sentence without what it quotes word for word of what it cites and that is bound to no label.

    These are answers, and what a site calls an outcome.
    """
    for item in cited:
        match item.payload:
            case Answer(label=None, question=question, answer=answer):
                text = text.replace(quoted(question), "this").replace(quoted(answer), "so")
            case Outlook(outcome=outcome, horizon=horizon):
                text = text.replace(f"'{outcome}'", "it").replace(f" within {horizon}", "")
    return text
