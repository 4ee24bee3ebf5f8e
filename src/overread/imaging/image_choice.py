"""Which images of a study are meant to be read: those for presentation before raw, split and derived ones."""

from collections import Counter
from collections.abc import Iterable, Mapping

FOR_PROCESSING = frozenset(
    {"1.2.840.10008.5.1.4.1.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.2.1", "1.2.840.10008.5.1.4.1.1.1.3.1"}
)
"""Digital X-ray, mammography and intra-oral images for processing (PS3.4 B.5)."""
SPLIT = frozenset({"BONE", "SOFT", "SOFT_TISSUE", "SOFTTISSUE", "SUBTRACTION", "DUAL_ENERGY", "ENERGY_SUBTRACTION"})
"""Words of ImageType and of series descriptions for one half of a dual-energy image."""
ASIDE = frozenset({"LOCALIZER", "SCOUT", "SCREEN SAVE", "SCREENSAVE"})


def set_aside(headers: Mapping[str, str]) -> str | None:
    """Say why an image is read only when there is no better one; None for one that is meant to be read.

    From PresentationIntentType and SOP Class (PS3.3 C.8.11.1), then ImageType (C.7.6.1.1.2) and the series' words.
    """
    if headers.get("PresentationIntentType", "").upper() == "FOR PROCESSING":
        return "for processing, not for presentation"
    if headers.get("SOPClassUID") in FOR_PROCESSING:
        return "for processing, not for presentation"
    kinds = {kind.strip() for kind in headers.get("ImageType", "").upper().split("\\")}
    if kinds & ASIDE:
        return "a localizer or a screen save"
    if kinds & SPLIT or SPLIT & set(headers.get("SeriesDescription", "").upper().split()):
        return "one energy of a dual-energy image"
    return "derived from another image" if {"DERIVED", "SECONDARY"} <= kinds else None


def aside_notes(reasons: Iterable[str | None]) -> tuple[str, ...]:
    """Say what was set aside, where there is something better to read."""
    counts = Counter(reasons)
    if not counts.pop(None, 0):
        return ()
    return tuple(f"{count} image{'s' if count > 1 else ''} set aside: {why}." for why, count in counts.items() if why)
