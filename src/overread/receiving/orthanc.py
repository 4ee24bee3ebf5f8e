"""An Orthanc, by its REST API: its log of changes says what came in, and its own `StableAge` when a study is at rest.

The log is followed by number, and each change of a study is looked up as it is now. `StableStudy` alone would not do:
an Orthanc that is killed while a study comes in never says that it is stable.
Source: Orthanc Book, "Checking for changes" and "REST API of Orthanc".
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic import Field, TypeAdapter

from overread.archives.earlier import Earlier, Sought
from overread.archives.orthanc import IDENTIFIER, OrthancArchive, Read, Resource, Series
from overread.peers.records import OrthancServer
from overread.receiving.source import Fetched, Look
from overread.records import Received
from overread.settings import Limits
from overread.store.arrivals import Seen

AT_ONCE = 1000
ABOVE = {"StableStudy": "studies", "NewStudy": "studies", "NewSeries": "series", "NewInstance": "instances"}
"""Changes that say that there is more of a study, and the level of what they name."""


class _Change(Read):
    ChangeType: str
    ID: str = Field(pattern=IDENTIFIER)
    Seq: int


class _Changes(Read):
    Changes: tuple[_Change, ...]
    Done: bool
    Last: int


_CHANGES = TypeAdapter(_Changes)
_RESOURCE = TypeAdapter(Resource)


class Orthanc:
    """One Orthanc as a source of studies, and of earlier ones."""

    kind = "orthanc"
    quiet_seconds = 0.0

    def __init__(
        self, server: OrthancServer, modalities: Sequence[str], limits: Limits, *, from_now: bool = False
    ) -> None:
        self._server = server
        self._modalities = frozenset(modalities)
        self._archive = OrthancArchive(server, modalities, limits)
        self._from_now = from_now
        self.where = server.where
        self.identity = self._archive.identity

    def look(self, position: int | None, waiting: Collection[str]) -> Look:
        """Follow the log of changes, and look at every study that it speaks of and at those that wait."""
        last = self._page("last").Last
        if position is None and self._from_now:
            return Look(position=last)
        notes: tuple[str, ...] = ()
        if position is not None and last < position:
            notes = (f"{self.where} counts its changes anew; all its studies are looked at again",)
            position = None
        studies = dict.fromkeys(waiting)
        at = position or 0
        for number, study in self._changed(at):
            at = number
            if study is not None:
                studies[study] = None
        seen = [(key, self._seen(key)) for key in studies]
        gone = frozenset(key for key, found in seen if found is None)
        return Look(tuple(found for _, found in seen if found is not None), gone & frozenset(waiting), at, notes)

    def fetch(self, key: str, folder: Path) -> Fetched | None:
        """Fetch the images of the modalities that are read here, one file each, named by number."""
        paths = self._archive.fetch(key, folder)
        return None if paths is None else Fetched(paths)

    def begin(self, key: str) -> None:
        """Do nothing: what is at work shows in the store alone."""

    def end(self, key: str, received: Received) -> None:
        """Do nothing: nothing is changed at the archive."""

    def key_of(self, study_uid: str) -> str | None:
        """Ask which study has a Study Instance UID; the UID is in the body, not in the address."""
        found = self._archive.json("POST", "tools/lookup", content=study_uid.encode())
        return next((each["ID"] for each in found if each.get("Type") == "Study"), None)

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find the patient's earlier chest radiographs at this server."""
        return self._archive.earlier(sought)

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        return self._archive.fetch_prior(key, folder)

    def _wanted(self, series: Sequence[Series]) -> list[Series]:
        return [each for each in series if each.MainDicomTags.get("Modality", "") in self._modalities]

    def _changed(self, position: int) -> Iterator[tuple[int, str | None]]:
        """Give each change's number with the study that it is of; None for changes of no interest."""
        while True:
            page = self._page(f"since={position}&limit={AT_ONCE}")
            for change in page.Changes:
                yield change.Seq, self._study_of(change)
            position = page.Last
            if page.Done:
                return

    def _study_of(self, change: _Change) -> str | None:
        level = ABOVE.get(change.ChangeType)
        if level is None or level == "studies":
            return change.ID if level else None
        study = self._archive.look_up("GET", f"{level}/{change.ID}/study")
        return self._archive.read(_RESOURCE, study).ID if study is not None else None

    def _seen(self, key: str) -> Seen | None:
        """Look at a study; its version is of the images that are read here: a report beside them is no change."""
        study, series = self._archive.look_up("GET", f"studies/{key}"), self._archive.series(key)
        if study is None or series is None:
            return None
        about = self._archive.read(_RESOURCE, study)
        images = sorted(f"{each.ID} {each.LastUpdate} {len(each.Instances)}" for each in self._wanted(series))
        version = hashlib.sha256("\n".join(images).encode()).hexdigest()
        return Seen(key, version, held=not about.IsStable)

    def _page(self, question: str) -> _Changes:
        page: _Changes = self._archive.read(_CHANGES, self._archive.json("GET", f"changes?{question}"))
        return page
