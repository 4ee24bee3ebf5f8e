"""An Orthanc, by its REST API: its log of changes says what came in, and its own `StableAge` when a study is at rest.

The log is followed by number, and each change of a study is looked up as it is now. `StableStudy` alone would not do:
an Orthanc that is killed while a study comes in never says that it is stable.
Source: Orthanc Book, "Checking for changes" and "REST API of Orthanc".
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from overread.errors import PeerError, Unreadable
from overread.imaging import PatientIdentity
from overread.peers.check import json_of
from overread.peers.http import Answer, exchange, refused
from overread.peers.records import OrthancServer
from overread.receiving.prior_source import CHEST, Earlier, Sought, is_before
from overread.receiving.source import Fetched, Look
from overread.records import Received
from overread.settings import Limits
from overread.store.arrivals import Seen

IDENTIFIER = r"^[0-9a-f]{8}(-[0-9a-f]{8}){4}$"
NOT_FOUND = 404
AT_ONCE = 1000
MOST_BYTES = 64 * 2**20
"""Of an answer in JSON."""
MOST_EARLIER = 50
"""Earlier studies of one patient that are looked at."""
REPORTS = "SR"
ABOVE = {"StableStudy": "studies", "NewStudy": "studies", "NewSeries": "series", "NewInstance": "instances"}
"""Changes that say that there is more of a study, and the level of what they name."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Change(_Read):
    ChangeType: str
    ID: str = Field(pattern=IDENTIFIER)
    Seq: int


class _Changes(_Read):
    Changes: tuple[_Change, ...]
    Done: bool
    Last: int


class _Resource(_Read):
    ID: str = Field(pattern=IDENTIFIER)
    MainDicomTags: dict[str, str] = Field(default_factory=dict)
    IsStable: bool = True
    LastUpdate: str = ""


class _Series(_Resource):
    Instances: tuple[str, ...] = ()


_CHANGES = TypeAdapter(_Changes)
_RESOURCE = TypeAdapter(_Resource)
_SERIES: TypeAdapter[tuple[_Series, ...]] = TypeAdapter(tuple[_Series, ...])
_STUDIES: TypeAdapter[tuple[_Resource, ...]] = TypeAdapter(tuple[_Resource, ...])


class Orthanc:
    """One Orthanc as a source of studies, and of earlier ones."""

    kind = "orthanc"
    quiet_seconds = 0.0

    def __init__(
        self, server: OrthancServer, modalities: Sequence[str], limits: Limits, *, from_now: bool = False
    ) -> None:
        self._server = server
        self._modalities = frozenset(modalities)
        self._limits = limits
        self._from_now = from_now
        self.where = server.where
        self.identity = f"orthanc:{server.url}"

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
        series = self._series(key)
        if series is None:
            return None
        return Fetched(self._files(self._wanted(series), folder))

    def begin(self, key: str) -> None:
        """Do nothing: what is at work shows in the store alone."""

    def end(self, key: str, received: Received) -> None:
        """Do nothing: nothing is changed at the archive."""

    def key_of(self, study_uid: str) -> str | None:
        """Ask which study has a Study Instance UID; the UID is in the body, not in the address."""
        found = self._json("POST", "tools/lookup", content=study_uid.encode())
        return next((each["ID"] for each in found if each.get("Type") == "Study"), None)

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find earlier studies by the patient's ID, which stands in the body of the question alone."""
        query = {"PatientID": _literal(sought.identity.patient_id), "StudyDate": f"-{sought.study.study_date or ''}"}
        if not sought.study.study_date or not query["PatientID"]:
            return ()
        asked = {"Level": "Study", "Query": query, "Expand": True, "Limit": MOST_EARLIER}
        studies = self._read(_STUDIES, self._json("POST", "tools/find", content=json.dumps(asked).encode()))
        found = []
        for study in studies:
            date, time = (study.MainDicomTags.get(tag, "") for tag in ("StudyDate", "StudyTime"))
            other = study.MainDicomTags.get("StudyInstanceUID") != sought.study.uid
            if other and is_before(date, time, sought.study) and self._may_be_compared(study.ID, sought.identity):
                found.append(Earlier(study.ID, date, time))
        return found

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        series = self._series(key)
        if series is None:
            return False
        return bool(self._files([each for each in series if self._is_of_prior(each)], folder))

    def _wanted(self, series: Sequence[_Series]) -> list[_Series]:
        return [each for each in series if each.MainDicomTags.get("Modality", "") in self._modalities]

    def _is_of_prior(self, series: _Series) -> bool:
        return series.MainDicomTags.get("Modality", "") in {*self._modalities, REPORTS}

    def _may_be_compared(self, key: str, identity: PatientIdentity) -> bool:
        """Say whether a study has a chest radiograph, and no other issuer of the patient's ID."""
        series = self._series(key) or ()
        for each in series:
            modality, part = (each.MainDicomTags.get(tag, "") for tag in ("Modality", "BodyPartExamined"))
            if modality in self._modalities and part.strip().upper() in CHEST and each.Instances:
                issuer = self._tag(each.Instances[0], "0010-0021")
                return not issuer or not identity.issuer or issuer == identity.issuer
        return False

    def _tag(self, instance: str, tag: str) -> str:
        answer = exchange(self._server, "GET", f"instances/{instance}/content/{tag}", most_bytes=4096)
        return answer.body.decode(errors="replace").strip(" \0") if answer.ok else ""

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
        study = self._find("GET", f"{level}/{change.ID}/study")
        return self._read(_RESOURCE, study).ID if study is not None else None

    def _seen(self, key: str) -> Seen | None:
        """Look at a study; its version is of the images that are read here: a report beside them is no change."""
        study, series = self._find("GET", f"studies/{key}"), self._series(key)
        if study is None or series is None:
            return None
        about = self._read(_RESOURCE, study)
        images = sorted(f"{each.ID} {each.LastUpdate} {len(each.Instances)}" for each in self._wanted(series))
        version = hashlib.sha256("\n".join(images).encode()).hexdigest()
        return Seen(key, version, held=not about.IsStable)

    def _series(self, key: str) -> tuple[_Series, ...] | None:
        found = self._find("GET", f"studies/{key}/series")
        return None if found is None else self._read(_SERIES, found)

    def _files(self, series: Sequence[_Series], folder: Path) -> tuple[Path, ...]:
        instances = [instance for each in series for instance in each.Instances if re.match(IDENTIFIER, instance)]
        if len(instances) > self._limits.files:
            raise Unreadable("too_large", f"more than {self._limits.files} images", "Raise limits.files")
        paths: list[Path] = []
        total = 0
        for number, instance in enumerate(instances, start=1):
            answer = exchange(self._server, "GET", f"instances/{instance}/file", most_bytes=self._limits.file_bytes)
            if answer.status == NOT_FOUND:
                continue  # deleted meanwhile; the study changes by it and is looked at again
            if not answer.ok:
                raise refused(self._server, "a request for an image", answer)
            total += len(answer.body)
            if total > self._limits.archive_bytes:
                raise Unreadable("too_large", "more bytes than one study may have", "Raise limits.archive_bytes")
            path = folder / f"{number:05d}.dcm"
            path.write_bytes(answer.body)
            paths.append(path)
        return tuple(paths)

    def _find(self, method: str, path: str) -> Any:
        """Give what is there, None where it is not."""
        answer = self._answer(method, path)
        return None if answer.status == NOT_FOUND else json_of(self._server, path.split("/")[0], answer)

    def _json(self, method: str, path: str, content: bytes = b"") -> Any:
        return json_of(self._server, path.split("?")[0], self._answer(method, path, content))

    def _answer(self, method: str, path: str, content: bytes = b"") -> Answer:
        return exchange(self._server, method, path, content=content, most_bytes=MOST_BYTES)

    def _page(self, question: str) -> _Changes:
        page: _Changes = self._read(_CHANGES, self._json("GET", f"changes?{question}"))
        return page

    def _read(self, kind: TypeAdapter[Any], content: Any) -> Any:
        try:
            return kind.validate_python(content)
        except ValidationError:
            said = f"'{self._server.name}' ({self._server.where}) does not answer as an Orthanc does"
            raise PeerError("bad_answer", said) from None


def _literal(patient_id: str) -> str:
    """Give an ID that matches itself alone, "" where it would match others as well."""
    return "" if set(patient_id) & set("*?\\") else patient_id
