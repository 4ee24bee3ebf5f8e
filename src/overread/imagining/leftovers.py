"""Find a word of a text that nothing that can be drawn accounts for."""

import re
from collections.abc import Iterator

from overread.imagining import drawable as d
from overread.labeler.clauses import Clause, clauses
from overread.labeler.lexicon import lexicon
from overread.labeler.scope import Context
from overread.labeler.sentences import sentences
from overread.labeler.severity import grades

Extent = tuple[int, int]
PRONOUNS = frozenset({"none", "neither", "nil"})
"""What they deny stands elsewhere, and is not looked for."""
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[,;.]|\b(?:and|with|but|or|plus)\b", re.IGNORECASE)
"""Where another thing may be spoken of."""


def left_over(text: str) -> str | None:
    """Give the first such word, quoted with what is around it, or None; what is denied as a whole is drawn nowhere."""
    for piece in sentences(text):
        for word in _unaccounted(piece.text):
            around = _around(piece.text, word.span())
            return f"'{word[0]}'" if around == word[0] else f"'{word[0]}' (in '{around}')"
    return None


def _unaccounted(sentence: str) -> Iterator[re.Match[str]]:
    context, own = Context(sentence), clauses(sentence)
    taken = [*_taken(sentence)] if own else []
    for word in _WORD.finditer(sentence):
        plain = word[0].lower()
        # Sides, sizes and zones are of a label: without one in the sentence they would be left out in silence.
        told = own and (plain in d.ZONE_WORDS or grades(plain) or _inside(word.span(), taken))
        if plain in d.GLUE or (told and plain not in PRONOUNS):
            continue
        if context.status(*word.span()) == "absent" or any(_is_part(plain, clause) for clause in own):
            continue
        yield word


def _taken(sentence: str) -> Iterator[Extent]:
    """Give what belongs to a label, a side, a denial or the place of a device that is named beside it."""
    words = lexicon()
    yield from ((clause.said.start, clause.said.end) for clause in clauses(sentence))
    yield from (found.span() for found in words.sides.finditer(sentence))
    for cues, kind in ((words.cues, "negation_before"), (words.after, "negation_after")):
        yield from (found.span() for found in cues.finditer(sentence) if found.lastgroup == kind)
    for clause in clauses(sentence):
        if clause.said.label == "Support Devices":
            start = sentence.index(clause.text)
            until = start + len(clause.text)
            places = _places(clause.text)
            yield from (found.span() for pattern in places for found in pattern.finditer(sentence, start, until))


def _places(words: str) -> Iterator[re.Pattern[str]]:
    """Give what may be said of the place of the device that words name."""
    yield from (d.WRONG, d.RIGHT)
    plain = words.lower().replace("-", " ")
    for device, named in d.DEVICES:
        if re.search(rf"\b(?:{named.pattern})\b", plain):
            yield from (pattern for pattern, _ in d.PLACES[device])


def _inside(span: Extent, taken: list[Extent]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in taken)


def _is_part(word: str, clause: Clause) -> bool:
    return (
        word in d.OF_ITS_OWN.get(clause.said.label, ()) and re.search(rf"\b{word}\b", clause.text.lower()) is not None
    )


def _around(sentence: str, span: Extent) -> str:
    breaks = [found.span() for found in _PART.finditer(sentence)]
    start = max((end for _, end in breaks if end <= span[0]), default=0)
    until = min((begin for begin, _ in breaks if begin >= span[1]), default=len(sentence))
    return sentence[start:until].strip()
