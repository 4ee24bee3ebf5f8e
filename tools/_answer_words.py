"""The words of answers: what affirms, denies, doubts or names a side, and what may stand beside it."""

import re

from overread.records import Laterality

WHICH_SIDE = re.compile(r"\bwhich (?:side|lung|hemithorax)\b|\b(?:left or right|right or left)\b", re.IGNORECASE)
OPEN = re.compile(
    r"^(?:on |in |at )?(?:which|what|where|how|who|when|why)\b|\b(?:left or right|right or left)\b", re.IGNORECASE
)
"""Questions that are not answered by yes or no."""
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s")
_EXCLUDED = r"(?:\w+ )?(?:exclude|rule out|be (?:\w+ )?(?:excluded|ruled out))"
DOUBT = re.compile(
    r"\b(?:cannot tell|can't tell|unsure|not sure|unclear|uncertain|not certain|indeterminate|equivocal"
    r"|possibl[ey]|perhaps|maybe|probabl[ey]|likely|suspected|suspicious"
    rf"|(?:cannot|can't|could not) {_EXCLUDED})\b"
)
AFFIRMED = re.compile(r"^(?:it is |it's |there is one |is )?(?:present|positive|seen|visible|evident)\b")
DENIED = re.compile(
    r"^(?:there (?:is|are) |there's )?"
    r"(?:no such|none|neither|absent|negative|not (?:present|seen|visible|evident|identified))\b"
)
SIDES: tuple[tuple[re.Pattern[str], Laterality], ...] = (
    (re.compile(r"\b(?:both|bilateral|bilaterally)\b|\bleft\b.*\bright\b|\bright\b.*\bleft\b"), "bilateral"),
    (re.compile(r"\bleft\b"), "left"),
    (re.compile(r"\bright\b"), "right"),
)
_GRAMMAR = (
    "a an the there is are it its this that these one any such "
    "in on at of with to from and but i we see seen can be been"
)
_PLACES = (
    "left right both sides side bilateral bilaterally lung lungs zone zones lobe lobes base bases apex apical basal "
    "basilar upper lower mid middle hemithorax chest field fields image film radiograph view picture xray x-ray"
)
_MANNERS = (
    "small large moderate mild severe tiny big trace minimal slight massive subtle clear clearly definite definitely "
    "visible present evident noted identified found sign signs evidence finding findings"
)
_DOUBTS = "tell possible possibly perhaps maybe likely probably probable"
FILLER = frozenset(f"{_GRAMMAR} {_PLACES} {_MANNERS} {_DOUBTS}".split())
"""Words that may stand beside a plain answer without saying anything of another matter."""
DENIALS = frozenset(("no", "not", "none", "neither", "never", "without", "nothing", "absent", "negative"))
