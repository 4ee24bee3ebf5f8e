"""Where earlier studies of a patient are found; what may be compared with is decided by `overread.prior_intake`."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from overread.errors import Unreadable
from overread.imaging import PatientIdentity, ReadResult
from overread.records import Study

LOGGER = logging.getLogger(__name__)
REPORTS = "SR"
"""Modality of structured reports, which are fetched with an earlier study."""
DAYS_A_YEAR = 365.25
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


@dataclass(frozen=True)
class Wanted:
    """How many earlier studies are fetched, the newest first, and how old they may be."""

    most: int = 0
    years: float | None = None
    """Before the study; None: of any age."""


def fetch_earlier(source: PriorSource, read: ReadResult, wanted: Wanted, folder: Path) -> tuple[Path, ...]:
    """Fetch earlier studies of what was read into an empty folder, each into a folder of its own, the newest first.

    None for what names no patient, or was refused. One that is gone, or larger than the limits, is left out. Raises
    `PeerError` where the archive does not answer.
    """
    identity, study = read.identity, read.study
    if not wanted.most or read.refusal is not None or study is None or identity is None or not identity.patient_id:
        return ()
    found = [each for each in source.earlier(Sought(identity, study)) if _is_young(each, study, wanted.years)]
    fetched = []
    for number, earlier in enumerate(newest(found, wanted.most)):
        (place := folder / f"prior-{number}").mkdir(mode=0o700)
        try:
            if source.fetch_prior(earlier.key, place):
                fetched.append(place)
        except Unreadable as error:
            LOGGER.warning("an earlier study is left out: %s", error)
            shutil.rmtree(place)
    return tuple(fetched)


def newest(found: Sequence[Earlier], most: int) -> Sequence[Earlier]:
    """Give at most so many, the newest first."""
    return sorted(found, key=lambda each: (each.date, each.time), reverse=True)[:most]


def _is_young(earlier: Earlier, study: Study, years: float | None) -> bool:
    if years is None:
        return True
    oldest = datetime.strptime(study.study_date or "", "%Y%m%d") - timedelta(days=years * DAYS_A_YEAR)
    return earlier.date >= f"{oldest:%Y%m%d}"


def may_be_prior(sought: Sought, uid: str, date: str, time: str, issuer: str = "") -> bool:
    """Say whether a study at an archive is another one, earlier, and not of a patient ID of somebody else's."""
    other_issuer = bool(issuer and sought.identity.issuer and issuer != sought.identity.issuer)
    return uid != sought.study.uid and not other_issuer and is_before(date, time, sought.study)


def is_before(date: str, time: str, study: Study) -> bool:
    """Say whether a study at an archive is surely an earlier one; one without a date is not looked at."""
    if not date or not study.study_date or date > study.study_date:
        return False
    return date < study.study_date or bool(time and study.study_time and time[:6] < study.study_time)
