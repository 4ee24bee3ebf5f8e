"""Options of a question, and which of them is right."""

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase

from overread.errors import UsageError
from overread.evals.benchmarks._item import Choice, Open, YesNo

_PREFIX = re.compile(r"^\s*(?:\(([A-Z])\)|([A-Z])\s*[:.)])\s*")
YES_NO = {"yes": True, "no": False}


def bare(text: str) -> str:
    """Give an option without the letter before it: "A: left", "(A) left" and "A. left" are all "left"."""
    return _PREFIX.sub("", text).strip()


def lettered(texts: Iterable[str]) -> dict[str, str]:
    """Give the options their letters in their order; empty ones at the end are none.

    Letters before them are taken off where each option has its own: "E. coli" among others without one is whole.
    """
    options = [text.strip() for text in texts]
    while options and not options[-1]:
        options.pop()
    if all(_letter_before(text) == letter for text, letter in zip(options, ascii_uppercase, strict=False)):
        options = [bare(text) for text in options]
    return dict(zip(ascii_uppercase, options, strict=False))


def _letter_before(text: str) -> str | None:
    found = _PREFIX.match(text)
    return (found[1] or found[2]) if found else None


def by_letter(options: Mapping[str, str], letter: str, where: str) -> Choice:
    """Give a question whose right option is told by its letter; raises `UsageError` for a letter of no option."""
    right = letter.strip().strip("().:").upper()
    if right not in options:
        raise UsageError(f"{where}: the answer is none of its options ({', '.join(options)})")
    return Choice(options=options, letter=right)


def by_text(options: Mapping[str, str], answer: str, where: str) -> Choice:
    """Give a question whose right option is told by its words; raises `UsageError` where not exactly one has them."""
    wanted = {normal(answer), normal(bare(answer))}
    right = [letter for letter, text in options.items() if normal(text) in wanted]
    if len(right) != 1:
        raise UsageError(f"{where}: the answer is {len(right)} of its options, it must be one")
    return Choice(options=options, letter=right[0])


def closed_or_open(answer: str) -> YesNo | Open:
    """Give a question that is answered by yes or no, or else by words."""
    word = normal(answer)
    return YesNo(yes=YES_NO[word]) if word in YES_NO else Open(text=answer.strip())


def normal(text: str) -> str:
    """Give words in lower case without punctuation and articles, as SQuAD's evaluation compares them."""
    words = re.sub(r"[^\w\s]", " ", text.lower()).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))
