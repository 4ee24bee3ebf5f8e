"""Read an answer and say whether it is right. What cannot be read is not right; nothing is guessed."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from overread.evals.answering._replies import Judged, Reply
from overread.evals.benchmarks._choices import bare, normal
from overread.evals.benchmarks._item import Choice, Item, Open, Several, YesNo

_LETTER = re.compile(
    r"^\W*(?:(?:the\s+)?(?:correct\s+)?(?:answer|option)\s*(?:is|:)?\s*)?\(?([A-Z])\)?(?=$|[\s.:,)])", re.IGNORECASE
)
_YES_NO = re.compile(r"^\W*(yes|no)\b", re.IGNORECASE)


def judge(item: Item, reply: Reply) -> Judged:
    """Compare a reply with the truth of its item."""
    said, gold = reply.said or "", item.gold
    if isinstance(gold, Choice):
        letter = letter_in(said, gold.options)
        return Judged(item=item.id, kind=gold.kind, right=letter == gold.letter, read=letter)
    if isinstance(gold, YesNo):
        word = yes_or_no_in(said)
        return Judged(item=item.id, kind=gold.kind, right=word == ("yes" if gold.yes else "no"), read=word)
    if isinstance(gold, Several):
        named = named_in(said, gold.options)
        wanted = {normal(text) for text in gold.texts}
        return Judged(
            item=item.id,
            kind=gold.kind,
            right=named == wanted,
            words=set_f1(named, wanted) if said else 0.0,
            read=", ".join(sorted(named)) if said else None,
        )
    if isinstance(gold, Open):
        right = bool(said) and normal(said) == normal(gold.text)
        return Judged(
            item=item.id,
            kind=gold.kind,
            right=right,
            words=word_f1(said, gold.text),
            read=normal(said) if said else None,
        )
    raise TypeError(f"an item of the kind {gold.kind} is no question")


def letter_in(said: str, options: Mapping[str, str]) -> str | None:
    """Give the letter that an answer chooses, by itself or by the words of exactly one option; None otherwise."""
    if (found := _LETTER.match(said)) and (letter := found[1].upper()) in options:
        rest = said[found.end() :]
        if found[1].isupper() or not re.search(r"\w", rest):  # "a mass" chooses no option
            return letter
    words = normal(bare(said))
    same = [letter for letter, text in options.items() if normal(text) == words]
    return same[0] if len(same) == 1 else None


def yes_or_no_in(said: str) -> str | None:
    """Give yes or no where an answer begins with it; None otherwise."""
    found = _YES_NO.match(said)
    return found[1].lower() if found else None


def named_in(said: str, options: Sequence[str]) -> set[str]:
    """Give the options that an answer names, the longest first; without options its parts between commas."""
    rest = normal(said)
    if not options:
        return {normal(part) for part in re.split(r"[,;]| and ", said) if normal(part)}
    named = set()
    for option in sorted({normal(text) for text in options}, key=len, reverse=True):
        shorter = re.sub(rf"\b{re.escape(option)}\b", " ", rest)
        if option and shorter != rest:
            named.add(option)
            rest = shorter
    return named


def word_f1(said: str, wanted: str) -> float:
    """Give the F1 of the words of two answers, 0 to 1, as SQuAD counts them (Rajpurkar et al. 2016)."""
    ours, theirs = Counter(normal(said).split()), Counter(normal(wanted).split())
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def set_f1(ours: set[str], theirs: set[str]) -> float:
    """Give the F1 of two sets, 0 to 1; two empty ones are the same."""
    if not ours and not theirs:
        return 1.0
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))
