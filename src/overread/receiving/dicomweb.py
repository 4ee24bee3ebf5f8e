"""A DICOMweb server: QIDO-RS finds the studies of these days, or one that was named, and WADO-RS fetches them (PS3.18).

Only a search for earlier studies puts a patient's ID into an address, because QIDO-RS knows no other way.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from overread.archives.dicomweb import (
    INSTANCES_OF_STUDY,
    DicomWebArchive,
    found_study,
)
from overread.archives.earlier import Earlier, Sought
from overread.peers.dicomweb import Attributes
from overread.peers.records import DicomWeb
from overread.receiving.source import Fetched, Look
from overread.records import Received
from overread.settings import Limits
from overread.store.arrivals import Seen


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
        self._archive = DicomWebArchive(server, modalities, limits)
        self._modalities = tuple(modalities)
        self._study = study
        self._day = day
        self._asked = False
        self.quiet_seconds = 0.0 if study else quiet_seconds
        self.where = server.where
        self.identity = self._archive.identity

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
        paths = self._archive.fetch(key, folder)
        return None if paths is None else Fetched(paths)

    def begin(self, key: str) -> None:
        """Do nothing: what is at work shows in the store alone."""

    def end(self, key: str, received: Received) -> None:
        """Do nothing: nothing is changed at the server."""

    def key_of(self, study_uid: str) -> str | None:
        """Give the UID itself, where the server has such a study."""
        return study_uid if self._seen(study_uid) is not None else None

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find the patient's earlier chest radiographs at this server."""
        return self._archive.earlier(sought)

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        return self._archive.fetch_prior(key, folder)

    def _found(self) -> Iterator[tuple[str, Seen]]:
        if self._study is not None:
            return
        for modality in self._modalities:
            query = {"StudyDate": self._days(), "ModalitiesInStudy": modality, "includefield": INSTANCES_OF_STUDY}
            for study in self._archive.search("studies", query):
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
        return next((_seen(study) for study in self._archive.search("studies", query)), None)


def _seen(study: Attributes) -> Seen:
    found = found_study(study)
    return Seen(found.key, found.version)
