"""Which studies of an archive are meant, and what it says of each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from overread.errors import UsageError

MODALITY = re.compile(r"[A-Z0-9_]{1,16}")
"""A code string of PS3.5 6.2 without spaces, as (0008,0060) has it."""
UID = re.compile(r"[0-9][0-9.]{0,63}")
"""What may stand in an address or name a folder; PS3.5 9.1 allows less, archives hold more."""
WILD = frozenset("*?\\,")
"""What makes a value match others as well (PS3.4 C.2.2.2), or would be a list."""
LONGEST = 64


@dataclass(frozen=True)
class Days:
    """Study dates from `first` to `last`, both among them; None: open at that end."""

    first: date | None
    last: date | None

    @property
    def range(self) -> str:
        """Give it as PS3.4 C.2.2.2.5 matches a range: `20260101-20260131`, or one day alone."""
        first, last = (f"{day:%Y%m%d}" if day else "" for day in (self.first, self.last))
        return first if first == last else f"{first}-{last}"

    def hold(self, day: str) -> bool:
        """Say whether a date `YYYYMMDD` is among them; one that is not known is."""
        return not day or (f"{self.first or date.min:%Y%m%d}" <= day <= f"{self.last or date.max:%Y%m%d}")


@dataclass(frozen=True)
class StudyQuery:
    """What studies must have; at least one of days, patient, accession number and Study Instance UID is named."""

    modalities: tuple[str, ...]
    """A study with a series of any of them; these series are fetched."""
    days: Days | None = None
    patient_id: str | None = None
    accession_number: str | None = None
    study_uid: str | None = None

    def parts(self) -> Iterator["StudyQuery"]:
        """Give a query a day where days alone are named: servers cut long answers off, and few of them say so."""
        days = self.days
        alone = not (self.patient_id or self.accession_number or self.study_uid)
        if not alone or days is None or days.first is None or days.last is None:
            yield self
            return
        for number in range((days.last - days.first).days + 1):
            day = days.first + timedelta(days=number)
            yield replace(self, days=Days(day, day))

    def fits(self, patient_id: str, day: str, accession_number: str, study_uid: str = "") -> bool:
        """Say whether a match is one, as far as the answer tells: a server may leave out what it does not know."""
        told = (
            (self.patient_id, patient_id),
            (self.accession_number, accession_number),
            (self.study_uid, study_uid),
        )
        return (self.days is None or self.days.hold(day)) and all(
            not asked or not answered or asked == answered for asked, answered in told
        )


@dataclass(frozen=True)
class FoundStudy:
    """A study at an archive."""

    uid: str
    """Study Instance UID."""
    key: str
    """By which the archive gives it out."""
    date: str = ""
    time: str = ""
    """As the header has them, "" where the archive does not say."""
    version: str = ""
    """Another when the archive has another number of images of it, as far as it says."""


def query_of(
    days: str | None, modalities: tuple[str, ...], patient_id: str | None = None, accession_number: str | None = None
) -> StudyQuery:
    """Read a query as people write it; days are `20260101`, `20260101-20260131`, `20260101-` or `-20260131`.

    Raises `UsageError` for a value that is none, that would match others than itself, and for a query of everything.
    """
    if not any((days, patient_id, accession_number)):
        raise UsageError("name studies by --date, --patient-id or --accession; a whole archive is not asked for")
    for option, value in (("--patient-id", patient_id), ("--accession", accession_number)):
        if value is not None and not is_one_value(value):
            raise UsageError(f"{option} takes one value as the images have it, without * ? , or \\")
    _check(modalities)
    return StudyQuery(modalities, None if days is None else _days(days), patient_id, accession_number)


def query_for(
    modalities: tuple[str, ...], accession_number: str | None = None, study_uid: str | None = None
) -> StudyQuery:
    """Ask for what one row of a list names; raises `UsageError` for a value that is none or would match others too."""
    if accession_number is None and study_uid is None:
        raise UsageError("name a study by its accession or its study_uid")
    if accession_number is not None and not is_one_value(accession_number):
        raise UsageError("accession: one value as the images have it, without * ? , or \\")
    if study_uid is not None and not UID.fullmatch(study_uid):
        raise UsageError("study_uid: digits and dots alone, 64 at most")
    _check(modalities)
    return StudyQuery(modalities, accession_number=accession_number, study_uid=study_uid)


def is_one_value(text: str) -> bool:
    """Say whether a value matches nothing but itself."""
    return bool(text.strip()) and not set(text) & WILD and len(text) <= LONGEST


def _check(modalities: tuple[str, ...]) -> None:
    if not modalities or not all(MODALITY.fullmatch(modality) for modality in modalities):
        raise UsageError("--modality takes codes such as CR,DX")


def _days(text: str) -> Days:
    first, dash, last = text.partition("-")
    days = Days(_day(first), _day(last if dash else first))
    if (days.first is None and days.last is None) or (days.first and days.last and days.first > days.last):
        raise UsageError(f"--date {text}: give a day or a range of days, 20260101-20260131, the earlier first")
    return days


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise UsageError(f"--date: '{text}' is no day; give 20260101 or 20260101-20260131") from None
