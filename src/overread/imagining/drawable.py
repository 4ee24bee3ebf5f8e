"""What a phantom can show, by the words for it: only what its renderer really draws may be asked for."""

import re
from collections.abc import Mapping
from typing import Literal

from overread.testing.phantoms.recipe import Device, Severity

Place = Literal["ok", "wrong", "deep", "high", "astray"]
"""How a device lies: rightly · wrongly, no matter how · too deep · too high · somewhere else."""

SHOWN = (
    "pleural effusion, pneumothorax, consolidation, atelectasis, pulmonary edema, a lung nodule or mass, lung opacity, "
    "cardiomegaly, a widened mediastinum, rib fractures, free air under the diaphragm, an endotracheal tube, a "
    "central line, a nasogastric tube"
)
_AIR_AND_FLUID = "hydro ?pneumothora(?:x|ces)"
_PHRASES: Mapping[str, str] = {
    "Pleural Effusion": rf"(?:pleural )?effusions?|pleural fluid|{_AIR_AND_FLUID}",
    "Pneumothorax": rf"(?:tension )?pneumo ?thora(?:x|ces)|ptx|{_AIR_AND_FLUID}",
    "Consolidation": "(?:air ?space )?consolidations?",
    "Atelectasis": "atelectas[ie]s",
    "Edema": "(?:pulmonary |interstitial )*o?edema",
    "Lung Lesion": "(?:(?:lung |pulmonary )?(?:nodules?|mass(?:es)?)|(?:lung |pulmonary )lesions?|coin lesions?)",
    "Lung Opacity": "opacit(?:y|ies)|opacification|ground ?glass(?: opacit(?:y|ies))?|haz(?:e|iness)",
    "Cardiomegaly": "cardiomegaly|enlarged heart|cardiac enlargement|enlargement of the (?:heart|cardiac silhouette)"
    "|(?:heart|cardiac silhouette)(?: is)? enlarged|large heart",
    "Enlarged Cardiomediastinum": "(?:widened|wide|enlarged) mediastinum|mediastinal widening|widening of the "
    "mediastinum|mediastinum(?: is)? (?:widened|wide|enlarged)",
    "Fracture": "fractures?|broken ribs?",
    "Pneumoperitoneum": ".*",
}
PHRASES = {label: re.compile(words) for label, words in _PHRASES.items()}
"""Whole mentions, small letters, hyphens as blanks. Of one label much else is said in reports: an empyema, a scar, a
collapsed lobe, which is drawn otherwise or not at all."""
DEVICES: tuple[tuple[Device, re.Pattern[str]], ...] = (
    ("endotracheal_tube", re.compile(r"endo ?tracheal tubes?|et tubes?|ett")),
    ("central_venous_line", re.compile(r"central(?: venous)? (?:lines?|catheters?)|cvc")),
    ("nasogastric_tube", re.compile(r"naso ?gastric tubes?|ng tubes?|ngt")),
)
IMPLIED: tuple[tuple[re.Pattern[str], tuple[Severity, ...]], ...] = (
    (re.compile(r"\btension\b"), ("large",)),
    (re.compile(r"\bnodules?\b|\bcoin\b"), ("small", "moderate")),
    (re.compile(r"\bmass(?:es)?\b"), ("moderate", "large")),
)
"""Sizes that a word allows: a nodule is up to about 3 cm across, a mass more (Hansell et al., Radiology 2008)."""
SEVERAL = re.compile(r"nodules|masses|lesions")
"""Of these a phantom draws one on a side."""

SIDED = frozenset(
    {"Pleural Effusion", "Pneumothorax", "Consolidation", "Atelectasis", "Edema", "Lung Lesion", "Lung Opacity"}
    | {"Fracture", "Pneumoperitoneum"}
)
BOTH_UNLESS_SAID = frozenset({"Edema"})
ZONED: Mapping[str, frozenset[str]] = {
    label: frozenset({"upper", "mid", "lower"})
    for label in ("Consolidation", "Atelectasis", "Lung Lesion", "Lung Opacity", "Fracture")
} | {"Pleural Effusion": frozenset({"lower"})}
"""Zones that a label can be drawn in; fluid lies at the base in any case."""


def _told(**words: str) -> tuple[tuple[re.Pattern[str], Place], ...]:
    places: tuple[Place, ...] = ("deep", "high", "astray")
    found = ((place, words[place]) for place in places if place in words)
    return tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), place) for place, pattern in found)


_IN = "(?:in|into) (?:the )?"
PLACES: Mapping[Device, tuple[tuple[re.Pattern[str], Place], ...]] = {
    "endotracheal_tube": _told(
        deep=rf"too (?:deep|low|far|distal)|{_IN}(?:right )?main(?:[ -]?stem)? bronchus", high="too (?:high|proximal)"
    ),
    "central_venous_line": _told(deep=rf"too (?:deep|low|far|distal)|{_IN}right atrium"),
    "nasogastric_tube": _told(
        high=rf"too (?:high|proximal)|{_IN}o?esophagus", astray=rf"{_IN}(?:right )?(?:main )?(?:bronchus|airways?|lung)"
    ),
}
"""What is said of a device that lies where it should not, by the way in which it can be drawn so."""
WRONG = re.compile(
    r"\b(?:mal ?-?position(?:ed)?|mis-?placed|mal-?placed|wrongly (?:placed|positioned)|badly (?:placed|positioned))\b",
    re.IGNORECASE,
)
RIGHT = re.compile(
    r"\b(?:well (?:placed|positioned|sited)|correctly (?:placed|positioned)|above the carina|"
    r"(?:in )?(?:a )?(?:satisfactory|good|correct|appropriate|normal) (?:position|placement))\b",
    re.IGNORECASE,
)

_GLUE = """
    a an and also are as at both but chest film frontal has have in into is its of on or patient plus radiograph seen
    show showing shown shows side sided sides that the there this to which with x ray xray image picture synthetic
    phantom please draw imagine make
"""
GLUE = frozenset(_GLUE.split())
"""Small words that say nothing of their own."""
_ZONE_WORDS = """
    upper mid middle lower lobe lobes zone zones lung lungs field fields base bases basal basilar bibasilar bibasal
    apex apical
"""
ZONE_WORDS = frozenset(_ZONE_WORDS.split())
OF_ITS_OWN: Mapping[str, frozenset[str]] = {
    "Fracture": frozenset({"rib", "ribs"}),
    "Atelectasis": frozenset({"linear", "plate", "like", "platelike", "band", "bands"}),
    "Pneumoperitoneum": frozenset({"hemidiaphragm", "diaphragm"}),
    "Pleural Effusion": frozenset({"pleural"}),
}
"""Words that are part of what is drawn for a label, and of no other."""
