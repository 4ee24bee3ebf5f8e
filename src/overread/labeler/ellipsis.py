"""Find what a sentence says of another side without naming the finding again: "effusion on the left, none right"."""

import re
from typing import Literal, NamedTuple

from overread.labeler.laterality import Word, merged, side_words
from overread.labeler.lexicon import lexicon
from overread.records import Laterality

_JOINT = (
    r"(?:[,;:(]|\s[-\u2013\u2014]\s|\b(?:and|but|with|while|whereas|although|though|yet)\b"
    r"|(?=\bwithout\s+(?:one|any)\b))\s*"
)
_SEEN = r"(?:\s+(?:is|are|was|were))?(?:\s+(?:seen|present|identified|visible|noted|evident|detected|appreciated))?"
_NONE = rf"(?:(?:none|nothing|nil|not|no|absent)\b{_SEEN}|without\s+(?:one|any)\b)"
_SIZE = r"(?:small|smaller|tiny|trace|minimal|mild|slight|moderate|large|larger|massive|subtle)"
_SOME = (
    rf"(?:there\s+(?:is|are)\s+)?(?:(?:a|an|only|just|very|the)\s+)*"
    rf"(?:{_SIZE}(?:\s+to\s+{_SIZE})?(?:[\s-]+(?:one|ones|sized|amount))?|one|present|yes)"
)
_END = (
    r"(?=\s*(?:[,;.:()]|$|\b(?:and|but|with|while|whereas|although|which)\b(?!\s+(?:the\s+)?(?:left|right)\b)"
    r"|\bor\s+(?:in|on|at)\b))"
)
_PLACED = re.compile(
    rf"{_JOINT}(?P<said>(?:(?P<no>{_NONE})|(?P<some>{_SOME}))\s+(?:on|in|at|over)\s+(?P<where>[^,;.:()]{{1,40}}?)){_END}",
    re.IGNORECASE,
)
_SHORT = re.compile(
    rf"{_JOINT}(?P<said>(?P<no>{_NONE})\s+(?P<where>[^,;.:()]{{1,20}}?))\s*(?:[;.)]|$|,(?!\s*(?:left|right|bilateral|or)\b))",
    re.IGNORECASE,
)
_NEITHER = re.compile(r"(?P<said>\b(?P<no>on)\s+(?P<where>neither\s+side))\b", re.IGNORECASE)
_ANSWER = re.compile(
    rf"{_JOINT}(?P<said>(?P<where>(?:the\s+)?[\w./-]+(?:\s+(?:side|lung|base|hemithorax))?)\s*(?:[:=]|is\b)?\s*"
    r"(?:(?P<no>no|none|nil|absent|negative)|clear|free|normal))\s*(?:[,;.)]|$)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:\s|[,/]|\b(?:the|or|nor|and|sides?|lungs?|bases?|apex|lobes?|lower|upper|mid|middle|zones?|hemithorax|pleura)\b)*",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\s*(?:either|neither|both)\s+sides?\s*", re.IGNORECASE)


class Ellipsis(NamedTuple):
    """What is said of a side, of the finding that was named before."""

    status: Literal["present", "absent"] | None
    """None where the side is called clear: nothing of that finding was put there."""
    side: Laterality
    start: int
    end: int


def ellipses(sentence: str) -> tuple[Ellipsis, ...]:
    """Find the ellipses of a sentence, in order; there is none before a finding has been named."""
    named = lexicon().mentions.search(sentence)
    if named is None:
        return ()
    found: dict[int, Ellipsis] = {}
    for form in (_PLACED, _SHORT, _NEITHER, _ANSWER):
        for match in form.finditer(sentence, named.end()):
            side = _side(match["where"])
            apart = not any(one.start < match.end("said") and match.start("said") < one.end for one in found.values())
            if side is not None and apart:
                said = match.groupdict()
                start, end = match.span("said")
                found[start] = Ellipsis(
                    "absent" if said["no"] else "present" if said.get("some") else None, side, start, end
                )
    return tuple(found[start] for start in sorted(found))


def without(words: tuple[Word, ...], left_out: tuple[Ellipsis, ...]) -> tuple[Word, ...]:
    """Leave out the side words that are of an ellipsis."""
    return tuple(word for word in words if not any(one.start <= word.start < one.end for one in left_out))


def _side(where: str) -> Laterality | None:
    """Give the side that a place is on; None where it is none, or where more than a place is said."""
    if _BOTH.fullmatch(where):
        return "bilateral"
    words = side_words(where)
    rest = list(where)
    for word in words:
        rest[word.start : word.end] = " " * (word.end - word.start)
    return merged({word.side for word in words}) if _PLACE.fullmatch("".join(rest)) else None
