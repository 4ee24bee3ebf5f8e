"""A DICOMweb server: QIDO-RS finds the studies of these days, or one that was named, and WADO-RS fetches them (PS3.18).

Only a search for earlier studies puts a patient's ID into an address, because QIDO-RS knows no other way.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from overread.errors import PeerError, Unreadable
from overread.peers.check import json_of
from overread.peers.http import exchange, refused
from overread.peers.multipart import single_part
from overread.peers.records import DicomWeb
from overread.receiving.prior_source import CHEST, Earlier, Sought, is_before
from overread.receiving.source import Fetched, Look
from overread.records import Received
from overread.settings import Limits
from overread.store.arrivals import Seen

STUDY_UID, SERIES_UID, INSTANCE_UID = "0020000D", "0020000E", "00080018"
STUDY_DATE, STUDY_TIME, MODALITY, BODY_PART = "00080020", "00080030", "00080060", "00180015"
ISSUER, INSTANCES_OF_STUDY = "00100021", "00201208"
UID = re.compile(r"[0-9.]{1,64}")
PAGE = 100
MOST_STUDIES = 10_000
MOST_BYTES = 64 * 2**20
REPORTS = "SR"
JSON = {"accept": "application/dicom+json"}
WHOLE = {"accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
NO_CONTENT, NOT_FOUND = 204, 404
Attributes = Mapping[str, Any]


class DicomWebSource:
    """One DICOMweb server as a source of studies, and of earlier ones."""

    kind = "dicomweb"

    def __init__(
        self,
        server: DicomWeb,
        modalities: Sequence[str],
        limits: Limits,
        quiet_seconds: float,
        *,
        study: str | None = None,
        day: date | None = None,
    ) -> None:
        self._server = server
        self._modalities = tuple(modalities)
        self._limits = limits
        self._study = study
        self._day = day
        self._asked = False
        self.quiet_seconds = 0.0 if study else quiet_seconds
        self.where = server.where
        self.identity = f"dicomweb:{server.url}"

    def look(self, position: int | None, waiting: Collection[str]) -> Look:
        """Search the studies of the day, or the one that was named, and those that wait."""
        found = dict(self._found())
        asked = {key: self._seen(key) for key in {*waiting, *((self._study,) if self._study else ())} - found.keys()}
        # What somebody names is taken in once more, whatever became of it before.
        again, self._asked = not self._asked, True
        found |= {key: replace(seen, again=again and key == self._study) for key, seen in asked.items() if seen}
        gone = frozenset(key for key, seen in asked.items() if seen is None)
        notes = ("the server has no study of that UID",) if self._study in gone else ()
        return Look(tuple(found.values()), gone & frozenset(waiting), notes=notes)

    def fetch(self, key: str, folder: Path) -> Fetched | None:
        """Fetch the images of the modalities that are read here, one file each, named by number."""
        series = list(self._search(f"studies/{key}/series"))
        if not series:
            return None
        wanted = [each for each in series if _text(each, MODALITY) in self._modalities]
        return Fetched(self._files(key, wanted, folder))

    def begin(self, key: str) -> None:
        """Do nothing: what is at work shows in the store alone."""

    def end(self, key: str, received: Received) -> None:
        """Do nothing: nothing is changed at the server."""

    def key_of(self, study_uid: str) -> str | None:
        """Give the UID itself, where the server has such a study."""
        return study_uid if self._seen(study_uid) is not None else None

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find earlier studies by the patient's ID, which QIDO-RS takes in the address alone."""
        patient, day = sought.identity.patient_id, sought.study.study_date
        if not patient or not day or set(patient) & set("*?\\,"):
            return ()
        query = {"PatientID": patient, "StudyDate": f"19000101-{day}", "includefield": ISSUER}
        found = []
        for study in self._search("studies", query):
            at, time, uid = (_text(study, tag) for tag in (STUDY_DATE, STUDY_TIME, STUDY_UID))
            issuer = _text(study, ISSUER)
            other_issuer = issuer and sought.identity.issuer and issuer != sought.identity.issuer
            if uid == sought.study.uid or other_issuer or not is_before(at, time, sought.study):
                continue
            if any(self._is_chest(each) for each in self._search(f"studies/{uid}/series")):
                found.append(Earlier(uid, at, time))
        return found

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        series = [
            each
            for each in self._search(f"studies/{key}/series")
            if _text(each, MODALITY) in (*self._modalities, REPORTS)
        ]
        return bool(self._files(key, series, folder))

    def _is_chest(self, series: Attributes) -> bool:
        return _text(series, MODALITY) in self._modalities and _text(series, BODY_PART).upper() in CHEST

    def _found(self) -> Iterator[tuple[str, Seen]]:
        if self._study is not None:
            return
        for modality in self._modalities:
            query = {"StudyDate": self._days(), "ModalitiesInStudy": modality, "includefield": INSTANCES_OF_STUDY}
            for study in self._search("studies", query):
                seen = _seen(study)
                yield seen.key, seen

    def _days(self) -> str:
        """Give the day to search, or today and the day before: a study of the late evening comes after midnight."""
        if self._day is not None:
            return f"{self._day:%Y%m%d}"
        today = date.today()
        return f"{today - timedelta(days=1):%Y%m%d}-{today:%Y%m%d}"

    def _seen(self, study_uid: str) -> Seen | None:
        query = {"StudyInstanceUID": study_uid, "includefield": INSTANCES_OF_STUDY}
        return next((_seen(study) for study in self._search("studies", query)), None)

    def _search(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Attributes]:
        """Give all matches of a QIDO-RS search, page by page; a server that knows no pages gives all at once."""
        seen: set[str] = set()
        for offset in range(0, MOST_STUDIES, PAGE):
            params = {**(query or {}), "limit": str(PAGE), "offset": str(offset)}
            answer = exchange(self._server, "GET", path, params=params, headers=JSON, most_bytes=MOST_BYTES)
            if answer.status in (NO_CONTENT, NOT_FOUND):
                return
            page = json_of(self._server, "QIDO-RS", answer)
            if not isinstance(page, list) or not all(isinstance(each, dict) for each in page):
                raise PeerError("bad_answer", f"'{self._server.name}' ({self.where}) does not answer QIDO-RS")
            new = [each for each in page if str(each) not in seen]
            seen.update(str(each) for each in new)
            yield from new
            if len(page) < PAGE or not new:
                return

    def _files(self, study: str, series: Sequence[Attributes], folder: Path) -> tuple[Path, ...]:
        paths: list[Path] = []
        total = 0
        for each in series:
            at = f"studies/{study}/series/{_uid(each, SERIES_UID)}/instances"
            for instance in self._search(at):
                if len(paths) == self._limits.files:
                    raise Unreadable("too_large", f"more than {self._limits.files} images", "Raise limits.files")
                content = self._instance(f"{at}/{_uid(instance, INSTANCE_UID)}")
                total += len(content)
                if total > self._limits.archive_bytes:
                    raise Unreadable("too_large", "more bytes than one study may have", "Raise limits.archive_bytes")
                path = folder / f"{len(paths) + 1:05d}.dcm"
                path.write_bytes(content)
                paths.append(path)
        return tuple(paths)

    def _instance(self, path: str) -> bytes:
        """Fetch one object as it is stored; its bytes are read in the reader's child process alone."""
        answer = exchange(self._server, "GET", path, headers=WHOLE, most_bytes=self._limits.file_bytes)
        if not answer.ok:
            raise refused(self._server, "WADO-RS", answer)
        return single_part(answer.headers.get("content-type", ""), answer.body)


def _seen(study: Attributes) -> Seen:
    return Seen(_uid(study, STUDY_UID), f"{_text(study, INSTANCES_OF_STUDY) or '?'} images")


def _text(attributes: Attributes, tag: str) -> str:
    """Give the first value of an attribute of the DICOM JSON model (PS3.18 F.2) as text."""
    values = attributes.get(tag, {}).get("Value") or [""]
    return str(values[0] or "").strip()


def _uid(attributes: Attributes, tag: str) -> str:
    """Give a UID that is one: it becomes part of an address."""
    value = _text(attributes, tag)
    if not UID.fullmatch(value):
        raise PeerError("bad_answer", "a DICOMweb server names something by what is no UID")
    return value
