"""A DICOM node as an archive: C-FIND finds, C-GET or C-MOVE gives out (PS3.4 annex C).

C-GET gives out over the association that asks; a node that knows C-MOVE alone has the setting `move` (`_moving`).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread.archives._dimse_images import Images, classes_of, identifier, image_contexts
from overread.archives._moving import fetch_moved
from overread.archives.archive import Writer
from overread.archives.earlier import CHEST, REPORTS, Earlier, Sought, may_be_prior
from overread.archives.query import UID, WILD, FoundStudy, StudyQuery
from overread.errors import PeerError, Unreadable
from overread.peers.dimse import associated, must_end
from overread.peers.records import DicomNode
from overread.settings import Limits

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pynetdicom.association import Association

FIND, GET = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.3"
"""Study Root Query/Retrieve, FIND and GET."""
MOST_CLASSES = 12
"""Of each ten contexts are proposed, and an association has 128 (PS3.8 9.3.2.2)."""
PENDING = frozenset({0xFF00, 0xFF01})
OUT_OF_RESOURCES, CANNOT = 0xA700, 0xC000


class NodeArchive:
    """Finds studies at one DICOM node and gives out their series of some modalities."""

    def __init__(self, node: DicomNode, modalities: Sequence[str], limits: Limits) -> None:
        self._node = node
        self._modalities = tuple(modalities)
        self._limits = limits
        self.where = node.where
        self.identity = f"dicom:{node.ae_title}@{node.host}:{node.port}"

    def find(self, query: StudyQuery) -> Iterator[FoundStudy]:
        """Search by modality, and by day where nothing but days is named."""
        found: set[str] = set()
        for part in query.parts():
            for modality in part.modalities:
                for answer in self._find("STUDY", _study_keys(part, modality)):
                    study = _found_study(answer, part, modality)
                    if study is not None and study.uid not in found:
                        found.add(study.uid)
                        yield study

    def fetch(self, key: str, folder: Path) -> tuple[Path, ...] | None:
        """Fetch the images, series by series."""
        return self._fetched(key, self._modalities, folder)

    def earlier(self, sought: Sought) -> Sequence[Earlier]:
        """Find earlier studies by the patient's ID, which stands in the message alone."""
        patient, day = sought.identity.patient_id, sought.study.study_date
        if not patient or not day or set(patient) & WILD:
            return ()
        told = ("StudyInstanceUID", "StudyDate", "StudyTime", "IssuerOfPatientID")
        found = []
        for answer in self._find("STUDY", dict.fromkeys(told, "") | {"PatientID": patient, "StudyDate": f"-{day}"}):
            uid, date, time, issuer = (_text(answer, keyword) for keyword in told)
            ours = _text(answer, "PatientID") in ("", patient) and may_be_prior(sought, uid, date, time, issuer)
            if ours and UID.fullmatch(uid) and any(self._is_chest(each) for each in self._series(uid)):
                found.append(Earlier(uid, date, time))
        return found

    def fetch_prior(self, key: str, folder: Path) -> bool:
        """Fetch the images and the structured reports of an earlier study."""
        return bool(self._fetched(key, (*self._modalities, REPORTS), folder))

    def _is_chest(self, series: "Dataset") -> bool:
        return _text(series, "Modality") in self._modalities and _text(series, "BodyPartExamined").upper() in CHEST

    def _series(self, study_uid: str) -> list["Dataset"]:
        told = {"SeriesInstanceUID": "", "Modality": "", "BodyPartExamined": ""}
        return self._find("SERIES", {"StudyInstanceUID": study_uid, **told})

    def _fetched(self, key: str, modalities: Sequence[str], folder: Path) -> tuple[Path, ...] | None:
        series = self._series(key)
        if not series:
            return None
        wanted = [_text(each, "SeriesInstanceUID") for each in series if _text(each, "Modality") in modalities]
        writer, named = Writer(folder, self._limits), [self._named(key, uid) for uid in wanted]
        if self._node.move is not None:
            fetch_moved(self._node, self._node.move, named, writer)
        else:
            for one, images in named:
                self._get(one, classes_of(images.values())[:MOST_CLASSES], writer)
        return tuple(writer.paths)

    def _named(self, study_uid: str, series_uid: str) -> tuple[dict[str, str], Images]:
        """Give a series' keys, and its images with their classes, "" where the node does not say one."""
        if not UID.fullmatch(series_uid):
            raise PeerError("bad_answer", f"'{self._node.name}' ({self.where}) names a series by what is no UID")
        one = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        images = self._find("IMAGE", {**one, "SOPInstanceUID": "", "SOPClassUID": ""})
        return one, {_text(image, "SOPInstanceUID"): _text(image, "SOPClassUID") for image in images}

    def _find(self, level: str, keys: Mapping[str, str]) -> list["Dataset"]:
        from pynetdicom.presentation import build_context

        found = []
        with associated(self._node, [build_context(FIND)]) as link:
            self._must_take(link, FIND, "C-FIND")
            for status, item in link.send_c_find(identifier(level, keys), FIND):
                if status.get("Status") in PENDING and item is not None:
                    found.append(item)
                else:
                    must_end(self._node, status, "C-FIND")
        return found

    def _get(self, keys: Mapping[str, str], classes: Sequence[str], writer: Writer) -> None:
        from pynetdicom import build_role, evt
        from pynetdicom.presentation import build_context

        beyond: list[Unreadable] = []

        def store(event: evt.Event) -> int:
            try:
                writer.add(event.encoded_dataset())
            except Unreadable as error:
                beyond.append(error)
                return OUT_OF_RESOURCES
            except OSError:
                return CANNOT
            return 0

        roles = [build_role(each, scp_role=True) for each in classes]
        handlers: list[Any] = [(evt.EVT_C_STORE, store)]
        with associated(
            self._node, [build_context(GET), *image_contexts(classes, apart=True)], handlers, roles
        ) as link:
            self._must_take(link, GET, "C-GET")
            for status, _ in link.send_c_get(identifier("SERIES", keys), GET):
                if beyond:
                    raise beyond[0]
                if status.get("Status") not in PENDING:
                    must_end(self._node, status, "C-GET")

    def _must_take(self, link: "Association", service: str, word: str) -> None:
        if not any(context.abstract_syntax == service for context in link.accepted_contexts):
            raise PeerError("refused", f"'{self._node.name}' ({self.where}) takes no {word}")


def _study_keys(query: StudyQuery, modality: str) -> dict[str, str]:
    return {
        "StudyInstanceUID": query.study_uid or "",
        "StudyDate": query.days.range if query.days else "",
        "StudyTime": "",
        "PatientID": query.patient_id or "",
        "AccessionNumber": query.accession_number or "",
        "ModalitiesInStudy": modality,
        "NumberOfStudyRelatedInstances": "",
    }


def _found_study(answer: "Dataset", query: StudyQuery, modality: str) -> FoundStudy | None:
    """Give a match, None for one that does not fit what was asked: optional keys are ignored by some."""
    uid, day, time = (_text(answer, keyword) for keyword in ("StudyInstanceUID", "StudyDate", "StudyTime"))
    told = answer.get("ModalitiesInStudy") or modality
    modalities = [told] if isinstance(told, str) else [str(each) for each in told]
    fits = query.fits(_text(answer, "PatientID"), day, _text(answer, "AccessionNumber"), uid)
    if not UID.fullmatch(uid) or modality not in modalities or not fits:
        return None
    return FoundStudy(uid, uid, day, time, f"{_text(answer, 'NumberOfStudyRelatedInstances') or '?'} images")


def _text(answer: "Dataset", keyword: str) -> str:
    value = answer.get(keyword)
    return "" if value is None else str(value).strip()
