"""A DICOMweb server as an archive: QIDO-RS finds, WADO-RS gives out (PS3.18).

A patient's ID or an accession number that is asked for stands in an address: QIDO-RS knows no other way.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from overread.archives.archive import Writer
from overread.archives.earlier import CHEST, REPORTS, Earlier, Sought, may_be_prior
from overread.archives.query import UID, WILD, FoundStudy, StudyQuery
from overread.errors import PeerError, UsageError
from overread.peers.dicomweb import MOST_MATCHES, Attributes, fetch, search, text
from overread.peers.records import DicomWeb
from overread.settings import Limits

LOGGER = logging.getLogger(__name__)
STUDY_UID, SERIES_UID, INSTANCE_UID = "0020000D", "0020000E", "00080018"
STUDY_DATE, STUDY_TIME, MODALITY, MODALITIES = "00080020", "00080030", "00080060", "00080061"
BODY_PART, ISSUER = "00180015", "00100021"
PATIENT_ID, ACCESSION_NUMBER, INSTANCES_OF_STUDY = "00100020", "00080050", "00201208"


class DicomWebArchive:
    """Finds studies at one DICOMweb server and gives out their series of some modalities."""

    def __init__(self, server: DicomWeb, modalities: Sequence[str], limits: Limits) -> None:
        self._server = server
        self._modalities = tuple(modalities)
        self._limits = limits
        self.where = server.where
        self.identity = f"dicomweb:{server.url}"

    def find(self, query: StudyQuery) -> Iterator[FoundStudy]:
        """Search by modality, and by day where nothing but days is named."""
        found: set[str] = set()
        for part in query.parts():
            for modality in part.modalities:
                for study in self._one_search(part, modality):
                    if study.uid not in found:
                        found.add(study.uid)
                        yield study

    def fetch(self, key: str, folder: Path) -> tuple[Path, ...] | None:
        """Fetch the images, series by series."""
        series = self.series(key)
        if not series:
            return None
        return self.files(key, [each for each in series if text(each, MODALITY) in self._modalities], folder)

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find earlier studies by the patient's ID, which QIDO-RS takes in the address alone."""
        patient, day = sought.identity.patient_id, sought.study.study_date
        if not patient or not day or set(patient) & WILD:
            return ()
        query = {"PatientID": patient, "StudyDate": f"19000101-{day}", "includefield": ISSUER}
        found = []
        for study in self.search("studies", query):
            at, time, named = (text(study, tag) for tag in (STUDY_DATE, STUDY_TIME, STUDY_UID))
            if not may_be_prior(sought, named, at, time, text(study, ISSUER)):
                continue
            if any(self._is_chest(each) for each in self.series(named)):
                found.append(Earlier(named, at, time))
        return found

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        wanted = (*self._modalities, REPORTS)
        return bool(self.files(key, [each for each in self.series(key) if text(each, MODALITY) in wanted], folder))

    def _is_chest(self, series: Attributes) -> bool:
        return text(series, MODALITY) in self._modalities and text(series, BODY_PART).upper() in CHEST

    def search(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Attributes]:
        """Give all matches of a search."""
        return search(self._server, path, query)

    def series(self, study_uid: str) -> list[Attributes]:
        """Give the series of a study; none where it is gone."""
        return list(self.search(f"studies/{study_uid}/series", {"includefield": BODY_PART}))

    def files(self, study_uid: str, series: Sequence[Attributes], folder: Path) -> tuple[Path, ...]:
        """Fetch all objects of some series of a study into an empty folder."""
        writer = Writer(folder, self._limits)
        for each in series:
            number = uid(each, SERIES_UID)
            for instance in self.search(f"studies/{study_uid}/series/{number}/instances"):
                writer.add(self._instance(study_uid, number, uid(instance, INSTANCE_UID)))
        return tuple(writer.paths)

    def _one_search(self, query: StudyQuery, modality: str) -> Iterator[FoundStudy]:
        asked = {
            "StudyDate": query.days.range if query.days else None,
            "PatientID": query.patient_id,
            "AccessionNumber": query.accession_number,
            "StudyInstanceUID": query.study_uid,
        }
        params = {name: value for name, value in asked.items() if value}
        params |= {"ModalitiesInStudy": modality, "includefield": INSTANCES_OF_STUDY}
        answer = list(self.search("studies", params))
        if len(answer) >= MOST_MATCHES:
            raise UsageError(f"one search at {self.where} gives {len(answer)} studies or more; name fewer at once")
        for study in answer:
            told = [str(each) for each in study.get(MODALITIES, {}).get("Value") or [modality]]
            patient, day, number = (text(study, tag) for tag in (PATIENT_ID, STUDY_DATE, ACCESSION_NUMBER))
            if not UID.fullmatch(named := text(study, STUDY_UID)):
                LOGGER.warning("a study is left out: %s names it by what is no UID", self.where)
            elif modality in told and query.fits(patient, day, number, named):
                yield found_study(study)

    def _instance(self, study_uid: str, series_uid: str, sop_instance_uid: str) -> bytes:
        content = fetch(self._server, study_uid, series_uid, sop_instance_uid, most_bytes=self._limits.file_bytes)
        if content is None:
            said = f"'{self._server.name}' ({self.where}) does not give out an image that it names (WADO-RS)"
            raise PeerError("refused", said)
        return content


def found_study(study: Attributes) -> FoundStudy:
    """Say what a server tells of a study; raises `PeerError` where it names it by what is no UID."""
    named, images = uid(study, STUDY_UID), text(study, INSTANCES_OF_STUDY) or "?"
    return FoundStudy(named, named, text(study, STUDY_DATE), text(study, STUDY_TIME), f"{images} images")


def uid(attributes: Attributes, tag: str) -> str:
    """Give a UID that is one: it becomes part of an address."""
    value = text(attributes, tag)
    if not UID.fullmatch(value):
        raise PeerError("bad_answer", "a DICOMweb server names something by what is no UID")
    return value
