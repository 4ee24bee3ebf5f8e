"""Where in the chest a sentence puts a finding, and places where that finding cannot be.

Zones as on a frontal film: upper, mid, lower (`reasoning.zones`); lobes are told by the zone that they mostly fill.
"""

import re
from typing import Literal

ZoneWord = Literal["upper", "mid", "lower"]
_FIELD = r"(?:lobes?|zones?|lung|lungs|fields?|hemithorax|chest)"
_ZONES: tuple[tuple[ZoneWord, re.Pattern[str]], ...] = (
    (
        "upper",
        re.compile(rf"\bupper (?:lung )?{_FIELD}\b|\b(?:apex|apices|apical|biapical|suprahilar)\b", re.IGNORECASE),
    ),
    ("mid", re.compile(rf"\bmid(?:dle)?[ -](?:lung )?{_FIELD}\b|\blingular?\b|\bperi-?hilar\b", re.IGNORECASE)),
    (
        "lower",
        re.compile(
            rf"\blower (?:lung )?{_FIELD}\b"
            r"|\b(?:base|bases|basal|basilar|bibasilar|bibasal|costo-?phrenic|retro-?cardiac|infrahilar)\b",
            re.IGNORECASE,
        ),
    ),
)
_LINGULA_RIGHT = r"\bright[\s-](?:sided\s+)?lingular?\b|\blingular?\b(?:\s+\w+){0,2}?\s+(?:of|on|in) (?:the )?right\b"
_MIDDLE_LEFT = r"\bleft[\s-](?:sided\s+)?middle[\s-]lobe\b|\bmiddle[\s-]lobe\s+(?:of|on|in) (?:the )?left\b"
_NO_SUCH_PART = re.compile(f"{_LINGULA_RIGHT}|{_MIDDLE_LEFT}", re.IGNORECASE)
"""The lingula is of the left lung, the middle lobe of the right one."""

_IN = r"\b(?:in|within|inside|of|into|at)\s+(?:the\s+|its\s+)?(?:left\s+|right\s+)?"
_LOBE = r"(?:(?:upper|middle|lower)\s+lobe|lingula)\b"
_LUNG = rf"(?:{_LOBE}|(?:upper|mid|middle|lower)\s+(?:zone|lung)\b|lung\b|apex\b|pleural space\b)"
_HEART = r"(?:heart(?! border| shadow| silhouette| and)|(?:cardiac )?(?:ventricle|atrium|chambers?)|myocardium)\b"
_BELLY = r"(?:abdomen|stomach|bowel|liver|spleen|kidney|pelvis)\b"
_BONE = r"(?:ribs?|clavicle|humerus|scapula|vertebra\w*|spine|sternum)\b"
_IN_LUNG_TISSUE = f"{_HEART}|{_BELLY}|{_BONE}"
_CANNOT_BE = {
    "Cardiomegaly": f"{_LUNG}|{_BELLY}|{_BONE}",
    "Enlarged Cardiomediastinum": f"{_LUNG}|{_BELLY}|{_BONE}",
    "Fracture": f"{_LOBE}|{_HEART}|{_BELLY}",
    "Pneumothorax": _IN_LUNG_TISSUE,
    "Pleural Effusion": _IN_LUNG_TISSUE,
    "Consolidation": _IN_LUNG_TISSUE,
    "Atelectasis": _IN_LUNG_TISSUE,
    "Edema": _IN_LUNG_TISSUE,
    "Pneumonia": _IN_LUNG_TISSUE,
    "Pneumoperitoneum": f"{_LUNG}|{_HEART}|{_BONE}",
}
_PATTERNS = {label: re.compile(f"{_IN}(?:{places})", re.IGNORECASE) for label, places in _CANNOT_BE.items()}


def zones(text: str) -> frozenset[ZoneWord]:
    """Name the zones that words speak of."""
    return frozenset(zone for zone, pattern in _ZONES if pattern.search(text))


def impossible_place(label: str, text: str) -> str | None:
    """Give the words that put a label where it cannot be, or name a part that the lung does not have; else None."""
    pattern = _PATTERNS.get(label)
    found = _NO_SUCH_PART.search(text) or (pattern.search(text) if pattern else None)
    return " ".join(found[0].lower().split()) if found else None
