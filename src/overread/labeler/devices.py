"""Whether a sentence calls a tube or a line well or badly placed."""

import re
from typing import Literal, NamedTuple

from overread.labeler.scope import Context

Place = Literal["well", "badly"]
ANY = "device"
"""A device of no name, such as "lines and tubes"."""
_KINDS = (
    ("endotracheal tube", r"endo[ -]?tracheal tube|\bett?\b(?: tube)?|tracheal tube|intubation tube"),
    ("tracheostomy", r"tracheostomy"),
    ("enteric tube", r"(?:naso|oro)[ -]?gastric tube|enteric tube|feeding tube|\b[no]g(?: ?t(?:ube)?)\b|dobb?hoff"),
    ("chest tube", r"(?:chest|pleural|thoracostomy|pigtail) (?:tube|drain|catheter)|chest drain"),
    (
        "central line",
        r"central (?:venous )?(?:line|catheter)|\bpicc\b|\bcvc\b|(?:jugular|subclavian|\bij) (?:line|catheter)",
    ),
    ("pacemaker", r"pace ?maker|pacing (?:lead|wire)|\bicd\b"),
    (ANY, r"\btubes?\b|\blines?\b|catheters?|support devices?|devices?"),
)
_NAMED = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)
_FINE = r"satisfactory|good|appropriate|standard|adequate|proper|correct|expected|acceptable|normal|usual|ideal"
_WELL = re.compile(
    rf"\b(?:{_FINE})(?:ly)?\s+(?:position(?:ed|ing)?|location|placement|placed|sited|seated|located)\b"
    r"|\bwell[\s-](?:positioned|placed|sited|seated)\b|\b(?:position|placement|location)\s+is\s+(?:"
    rf"{_FINE})\b|\b(?:position|placement|location)\s+(?:{_FINE})\b|\babove\s+the\s+carina\b",
    re.IGNORECASE,
)
_BADLY = re.compile(
    r"\b(?:incorrectly|wrongly|improperly|poorly|inappropriately)\s+(?:positioned|placed|sited)\b"
    r"|\b(?:abnormal|aberrant|unusual)\s+(?:course|lie)\b"
    r"|\b(?:mal-?\s?position(?:ed|ing)?|mal-?\s?placed|mis-?placed|misplacement|displaced|dislodged|coiled|kinked|looped)\b"
    r"|\btoo\s+(?:high|low|deep|far|proximal|distal)\b"
    r"|\b(?:should|must|needs?\s+to|has\s+to|requires?)\s+(?:be\s+)?"
    r"(?:advanc\w+|withdraw\w*|retract\w+|reposition\w*|pulled|replaced)\b"
    r"|\b(?:unsatisfactory|sub-?optimal|abnormal|incorrect|poor|inadequate|wrong|improper|aberrant)\s+"
    r"(?:position(?:ing)?|location|placement)\b"
    r"|\b(?:in|into|within)\s+(?:the\s+)?(?:right\s+|left\s+)?(?:main(?:[\s-]?stem)?\s+bronchus|bronchus|azygos)\b",
    re.IGNORECASE,
)
_OF_TIP = re.compile(r"\btips?\b", re.IGNORECASE)
_ASKED = re.compile(r"\?|\b(?:whether|consider|query|please (?:check|confirm))\b", re.IGNORECASE)
"""What is asked is not said."""


class Placing(NamedTuple):
    """What is said of where a kind of device lies."""

    device: str | None
    """None: the sentence names no device, only a tip."""
    place: Place


def placings(sentence: str) -> tuple[Placing, ...]:
    """List the devices that a sentence calls well or badly placed; a doubt, or both at once, is neither."""
    if _ASKED.search(sentence):
        return ()
    found = {
        place for place, pattern in (("well", _WELL), ("badly", _BADLY)) for place in _said(sentence, place, pattern)
    }
    if len(found) != 1:
        return ()
    place = found.pop()
    kinds = [kind for kind, words in _NAMED[:-1] if words.search(sentence)]
    if not kinds and _NAMED[-1][1].search(sentence):
        kinds = [ANY]
    if kinds:
        return tuple(Placing(kind, place) for kind in kinds)
    return (Placing(None, place),) if _OF_TIP.search(sentence) else ()


def _said(sentence: str, place: str, pattern: re.Pattern[str]) -> tuple[Place, ...]:
    """Give what cues of one kind say: turned round where they are denied, nothing where they are doubted."""
    context = Context(sentence)
    found: list[Place] = []
    for cue in pattern.finditer(sentence):
        status = context.status(*cue.span())
        if status == "present":
            found.append("well" if place == "well" else "badly")
        elif status == "absent":
            found.append("badly" if place == "well" else "well")
    return tuple(found)
