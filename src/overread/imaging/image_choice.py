"""Which images of a study are meant to be read: those for presentation before raw, split and derived ones."""

import re
from collections.abc import Mapping

from overread.records import ASIDE, Aside

RADIOGRAPHS = frozenset({"CR", "DX", "RG", "OT"})
"""Modalities read; OT is a plain picture or a secondary capture, which says nothing of itself."""
CHEST_WORDS = ("CHEST", "THORA", "TORAX", "LUNG", "RIB")
UNTOLD_PARTS = frozenset({"", "OTHER", "UNKNOWN", "UNDEFINED"})
OTHER_PARTS = frozenset(
    {
        "ABDOMEN", "ANKLE", "CLAVICLE", "COCCYX", "ELBOW", "EXTREMITY", "FEMUR", "FINGER", "FOOT", "FOREARM", "HAND",
        "HEAD", "HIP", "HUMERUS", "KNEE", "KUB", "LEG", "NECK", "PELVIS", "SACRUM", "SHOULDER", "SINUS", "SINUSES",
        "SKULL", "SPINE", "TIBIA", "TOE", "WRIST",
    }
)  # fmt: skip
"""Words of a series description for what is no chest, where no word for the chest stands beside them."""
FOR_PROCESSING = frozenset(
    {"1.2.840.10008.5.1.4.1.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.2.1", "1.2.840.10008.5.1.4.1.1.1.3.1"}
)
"""Digital X-ray, mammography and intra-oral images for processing (PS3.4 B.5)."""
SPLIT = frozenset({"BONE", "SOFT", "SOFTTISSUE", "SUBTRACTION", "SUPPRESSED", "SUPPRESSION"})
"""Words of ImageType and of series descriptions for one half of a dual-energy image."""
ENERGIES = frozenset({"ENERGY", "DUAL"})
"""Words of ImageType alone: a series may be described as of two energies and hold the standard image as well."""
DRAWN = frozenset({"OVERLAY", "CAD", "HEATMAP"})
"""Words of ImageType for a picture that something was drawn into."""
SCOUT = frozenset({"LOCALIZER", "SCOUT", "SCREENSAVE"})
WORDS: dict[Aside, str] = {
    "derived": "derived from another image",
    "processing": "for processing, not for presentation",
    "split": "one energy of a dual-energy image",
    "localizer": "a localizer or a screen save",
    "other_part": "of another part of the body than the chest",
    "other_modality": "no radiograph",
}


def set_aside(headers: Mapping[str, str]) -> Aside | None:
    """Say why an image is read only when there is no better one, the gravest reason; None for one meant to be read.

    From Modality and BodyPartExamined, ImageType (PS3.3 C.7.6.1.1.2), PresentationIntentType and SOP Class (C.8.11.1),
    and the words of the series' description.
    """
    found = {name for name, says in _REASONS.items() if says(headers)}
    return next((name for name in reversed(ASIDE) if name in found), None)


def is_quality_control(headers: Mapping[str, str]) -> bool:
    """Say whether the header calls an image one of quality control, by attribute alone and never by a name.

    QualityControlImage (PS3.3 C.7.6.1) and QualityControlSubject (C.7.1.1) are YES; of BOTH a patient is on it, too.
    """
    said = (headers.get(keyword, "").strip().upper() for keyword in ("QualityControlImage", "QualityControlSubject"))
    return "YES" in said


def is_chest(body_part: str | None) -> bool:
    """Say whether a value of BodyPartExamined is a chest, or says nothing."""
    part = (body_part or "").upper()
    return part in UNTOLD_PARTS or any(word in part for word in CHEST_WORDS)


def _is_derived(headers: Mapping[str, str]) -> bool:
    return {"DERIVED", "SECONDARY"} <= _kinds(headers) or bool(_kind_words(headers) & DRAWN)


def _is_for_processing(headers: Mapping[str, str]) -> bool:
    intent = headers.get("PresentationIntentType", "").strip().upper()
    return intent == "FOR PROCESSING" or headers.get("SOPClassUID") in FOR_PROCESSING


def _is_split(headers: Mapping[str, str]) -> bool:
    return bool((SPLIT | ENERGIES) & _kind_words(headers) or SPLIT & _described(headers))


def _is_localizer(headers: Mapping[str, str]) -> bool:
    return bool(SCOUT & _kind_words(headers)) or "SCREEN SAVE" in _kinds(headers)


def _is_other_part(headers: Mapping[str, str]) -> bool:
    if not is_chest(headers.get("BodyPartExamined")):
        return True
    described = headers.get("SeriesDescription", "").upper()
    return bool(OTHER_PARTS & _described(headers)) and not any(word in described for word in CHEST_WORDS)


def _is_other_modality(headers: Mapping[str, str]) -> bool:
    return headers.get("Modality", "OT").upper() not in RADIOGRAPHS


def _kinds(headers: Mapping[str, str]) -> set[str]:
    return {kind.strip() for kind in headers.get("ImageType", "").upper().split("\\")}


def _kind_words(headers: Mapping[str, str]) -> set[str]:
    return set(re.findall("[A-Z]+", headers.get("ImageType", "").upper()))


def _described(headers: Mapping[str, str]) -> set[str]:
    return set(re.findall("[A-Z]+", headers.get("SeriesDescription", "").upper()))


_REASONS = {
    "derived": _is_derived,
    "processing": _is_for_processing,
    "split": _is_split,
    "localizer": _is_localizer,
    "other_part": _is_other_part,
    "other_modality": _is_other_modality,
}
