"""Words that records hold and the page shows as its own: findings, places, structures, kinds. The report's stay.

Each is said by the catalogue where it stands alone, on a chip, in a table, in a list to choose from; a word that is not
here is shown as the record has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from overread.imaging.hanging import TURNS
from overread.imaging.quality import QualityStatistics
from overread.reasoning.vocabulary import LABELS
from overread.reasoning.zones import NAMES, SIDES
from overread.records import SECTIONS, Severity, Status
from overread.records.study import ASIDE

SEVERITIES: Mapping[Severity, str] = {"block": "serious", "warn": "warning", "note": "note"}
STATUSES: Mapping[Status, str] = {
    "present": "present",
    "uncertain": "uncertain",
    "absent": "absent",
    "not_assessed": "not assessed",
}
STRUCTURES = ("left lung", "right lung", "lungs", "heart")
MEASUREMENTS = (
    "cardiothoracic ratio",
    "left right lung area ratio",
    "left lung area",
    "right lung area",
    "heart area",
    *(each.name.replace("_", " ") for each in fields(QualityStatistics)),
    "body part chest",
    "view lateral",
    "out of distribution",
)
FAILURES = ("timeout", "error", "invalid output", "unavailable", "not applicable")
COURSES = ("new", "increased", "unchanged", "decreased", "resolved", "cannot compare")
ASIDE_WORDS = tuple(aside.replace("_", " ") for aside in ASIDE)
TURNED = tuple(dict.fromkeys(filter(None, TURNS.values())))
RIGHTS = ("viewer", "reviewer", "signer", "admin")
"""Roles of accounts."""
ROLES = ("reading radiologist", "on-call radiologist", "head of radiology")
"""Of the ladder that ships; a site's own are shown as it calls them."""


def words() -> Iterator[str]:
    """Give every word, for the catalogue."""
    yield from LABELS
    yield from (*SECTIONS, "all statements")
    yield from SEVERITIES.values()
    yield from STATUSES.values()
    yield from ("left", "right", "bilateral")
    yield from (f"{side} {zone}" for side in SIDES for zone in NAMES.values())
    for table in (STRUCTURES, MEASUREMENTS, FAILURES, COURSES, ASIDE_WORDS, TURNED, RIGHTS, ROLES):
        yield from table
