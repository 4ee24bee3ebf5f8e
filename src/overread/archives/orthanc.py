"""An Orthanc as an archive, by its REST API: what is asked for stands in the body of a question, never in an address.

Source: Orthanc Book, "REST API of Orthanc", `/tools/find`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from overread.archives.archive import Writer
from overread.archives.earlier import CHEST, REPORTS, Earlier, Sought, may_be_prior
from overread.archives.query import UID, WILD, FoundStudy, StudyQuery
from overread.errors import PeerError
from overread.peers.check import json_of
from overread.peers.http import Answer, exchange, refused
from overread.peers.records import OrthancServer
from overread.settings import Limits

IDENTIFIER = r"^[0-9a-f]{8}(-[0-9a-f]{8}){4}$"
NOT_FOUND = 404
MOST_BYTES = 64 * 2**20
"""Of an answer in JSON."""
MOST_EARLIER = 50
"""Earlier studies of one patient that are looked at."""


class Read(BaseModel):
    """What is read of an answer; what else it says is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Resource(Read):
    """A study or series."""

    ID: str = Field(pattern=IDENTIFIER)
    MainDicomTags: dict[str, str] = Field(default_factory=dict)
    PatientMainDicomTags: dict[str, str] = Field(default_factory=dict)
    IsStable: bool = True
    LastUpdate: str = ""


class Series(Resource):
    """A series with its instances, by Orthanc's own ids."""

    Instances: tuple[str, ...] = ()


_SERIES: TypeAdapter[tuple[Series, ...]] = TypeAdapter(tuple[Series, ...])
_STUDIES: TypeAdapter[tuple[Resource, ...]] = TypeAdapter(tuple[Resource, ...])


class OrthancArchive:
    """Finds studies at one Orthanc and gives out their series of some modalities."""

    def __init__(self, server: OrthancServer, modalities: Sequence[str], limits: Limits) -> None:
        self._server = server
        self._modalities = frozenset(modalities)
        self._limits = limits
        self.where = server.where
        self.identity = f"orthanc:{server.url}"

    def find(self, query: StudyQuery) -> Iterator[FoundStudy]:
        """Search day by day where nothing but days is named."""
        for part in query.parts():
            asked = {
                "StudyDate": part.days.range if part.days else "",
                "PatientID": part.patient_id or "",
                "AccessionNumber": part.accession_number or "",
                "StudyInstanceUID": part.study_uid or "",
                "ModalitiesInStudy": "\\".join(part.modalities),
            }
            for study in self.studies({name: value for name, value in asked.items() if value}):
                tags, patient = study.MainDicomTags, study.PatientMainDicomTags.get("PatientID", "")
                day, uid = tags.get("StudyDate", ""), tags.get("StudyInstanceUID", "")
                if part.fits(patient, day, tags.get("AccessionNumber", ""), uid):
                    named = uid if UID.fullmatch(uid) else study.ID
                    yield FoundStudy(named, study.ID, day, tags.get("StudyTime", ""), study.LastUpdate)

    def fetch(self, key: str, folder: Path) -> tuple[Path, ...] | None:
        """Fetch the images, series by series."""
        series = self.series(key)
        if series is None:
            return None
        return self.files(
            [each for each in series if each.MainDicomTags.get("Modality", "") in self._modalities], folder
        )

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find earlier studies by the patient's ID, which stands in the body of the question alone."""
        patient, day = sought.identity.patient_id, sought.study.study_date
        if not patient or not day or set(patient) & WILD:
            return ()
        found = []
        for study in self.studies({"PatientID": patient, "StudyDate": f"-{day}"}, MOST_EARLIER):
            date, time, uid = (
                study.MainDicomTags.get(tag, "") for tag in ("StudyDate", "StudyTime", "StudyInstanceUID")
            )
            if not may_be_prior(sought, uid, date, time):
                continue
            chest = next((each for each in self.series(study.ID) or () if self._is_chest(each)), None)
            if chest and may_be_prior(sought, uid, date, time, self._tag(chest.Instances[0], "0010-0021")):
                found.append(Earlier(study.ID, date, time))
        return found

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        wanted = {*self._modalities, REPORTS}
        series = self.series(key) or ()
        return bool(self.files([each for each in series if each.MainDicomTags.get("Modality", "") in wanted], folder))

    def _is_chest(self, series: Series) -> bool:
        modality, part = (series.MainDicomTags.get(tag, "") for tag in ("Modality", "BodyPartExamined"))
        return modality in self._modalities and part.strip().upper() in CHEST and bool(series.Instances)

    def _tag(self, instance: str, tag: str) -> str:
        answer = exchange(self._server, "GET", f"instances/{instance}/content/{tag}", most_bytes=4096)
        return answer.body.decode(errors="replace").strip(" \0") if answer.ok else ""

    def studies(self, query: dict[str, str], most: int = 0) -> tuple[Resource, ...]:
        """Give the studies that match, `most` of them at most; 0: all."""
        asked = {"Level": "Study", "Query": query, "Expand": True, "Limit": most}
        found = self.json("POST", "tools/find", content=json.dumps(asked).encode())
        studies: tuple[Resource, ...] = self.read(_STUDIES, found)
        return studies

    def series(self, key: str) -> tuple[Series, ...] | None:
        """Give the series of a study; None where it is gone."""
        found = self.look_up("GET", f"studies/{key}/series")
        return None if found is None else self.read(_SERIES, found)

    def files(self, series: Sequence[Series], folder: Path) -> tuple[Path, ...]:
        """Fetch all instances of some series into an empty folder; one that was deleted meanwhile is left out."""
        writer = Writer(folder, self._limits)
        for instance in (instance for each in series for instance in each.Instances if re.match(IDENTIFIER, instance)):
            answer = exchange(self._server, "GET", f"instances/{instance}/file", most_bytes=self._limits.file_bytes)
            if answer.status == NOT_FOUND:
                continue
            if not answer.ok:
                raise refused(self._server, "a request for an image", answer)
            writer.add(answer.body)
        return tuple(writer.paths)

    def look_up(self, method: str, path: str) -> Any:
        """Give what is there, None where it is not."""
        answer = self._answer(method, path)
        return None if answer.status == NOT_FOUND else json_of(self._server, path.split("/")[0], answer)

    def json(self, method: str, path: str, content: bytes = b"") -> Any:
        """Give what is answered; raises `PeerError` where it is no JSON, or no success."""
        return json_of(self._server, path.split("?")[0], self._answer(method, path, content))

    def read(self, kind: TypeAdapter[Any], content: Any) -> Any:
        """Read an answer as a record; raises `PeerError` for one that is none."""
        try:
            return kind.validate_python(content)
        except ValidationError:
            said = f"'{self._server.name}' ({self._server.where}) does not answer as an Orthanc does"
            raise PeerError("bad_answer", said) from None

    def _answer(self, method: str, path: str, content: bytes = b"") -> Answer:
        return exchange(self._server, method, path, content=content, most_bytes=MOST_BYTES)
