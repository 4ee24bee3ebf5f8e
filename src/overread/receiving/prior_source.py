"""Where earlier studies of a patient are found; what may be compared with is decided by `overread.prior_intake`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from overread.imaging import PatientIdentity
from overread.records import Study

CHEST = frozenset({"", "CHEST", "THORAX", "LUNG", "RIBS"})
"""Values of BodyPartExamined under which a chest radiograph is filed; many have none."""


@dataclass(frozen=True)
class Sought:
    """Whose earlier studies are looked for, and before which."""

    identity: PatientIdentity
    study: Study


@dataclass(frozen=True)
class Earlier:
    """An earlier study at an archive."""

    key: str
    date: str
    """YYYYMMDD."""
    time: str = ""


class PriorSource(Protocol):
    """An archive that finds studies by patient."""

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Give the patient's earlier chest radiographs, by ID and where it is known by issuer; raises `PeerError`."""

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Put the images and structured reports of a study into an empty folder; False where it is gone."""


def newest(found: Sequence[Earlier], most: int) -> Sequence[Earlier]:
    """Give at most so many, the newest first."""
    return sorted(found, key=lambda each: (each.date, each.time), reverse=True)[:most]


def is_before(date: str, time: str, study: Study) -> bool:
    """Say whether a study at an archive is surely an earlier one; one without a date is not looked at."""
    if not date or not study.study_date or date > study.study_date:
        return False
    return date < study.study_date or bool(time and study.study_time and time[:6] < study.study_time)
