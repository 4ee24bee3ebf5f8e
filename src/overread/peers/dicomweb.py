"""DICOMweb (PS3.18): store objects, search, get one back."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from overread.errors import PeerError
from overread.peers.check import JSON, json_of
from overread.peers.http import MOST_BYTES, exchange, refused
from overread.peers.multipart import single_part
from overread.peers.records import DicomWeb

STORED, FAILED = "00081199", "00081198"
"""Referenced SOP Sequence, Failed SOP Sequence."""
INSTANCE, REASON, STUDY = "00081155", "00081197", "0020000D"
UNSUPPORTED = (404, 406, 410, 415, 501)
MOST_JSON = 64 * 2**20
PAGE, MOST_MATCHES = 100, 10_000
Attributes = Mapping[str, Any]


def store(peer: DicomWeb, study_uid: str, objects: Sequence[bytes]) -> Mapping[str, int]:
    """Store whole DICOM files into a study (STOW-RS) and give those that it did not take: SOP instance to reason.

    Raises `PeerError` where it answers otherwise than PS3.18 10.5.3 says.
    """
    boundary = secrets.token_hex(16)
    headers = {"content-type": f'multipart/related; type="application/dicom"; boundary={boundary}', **JSON}
    answer = exchange(
        peer, "POST", f"studies/{study_uid}", headers=headers, content=_joined(objects, boundary), most_bytes=MOST_JSON
    )
    if not answer.ok and answer.status != 409:
        raise refused(peer, "STOW-RS", answer)
    told = json_of(peer, "STOW-RS", answer._replace(status=200))
    failed = {str(_value(item, INSTANCE)): int(_value(item, REASON) or 0) for item in _items(told, FAILED)}
    stored = [_value(item, INSTANCE) for item in _items(told, STORED)]
    if len(stored) + len(failed) < len(objects):
        raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) does not say what became of all objects")
    return failed


def study_of(peer: DicomWeb, study_uid: str, sop_instance_uid: str) -> str | None:
    """Find an object in a study (QIDO-RS) and give the study that it is said to be in; None where it is not found."""
    params = {"SOPInstanceUID": sop_instance_uid}
    answer = exchange(peer, "GET", f"studies/{study_uid}/instances", params=params, headers=JSON, most_bytes=MOST_JSON)
    if answer.status in (204, 404):
        return None
    found = json_of(peer, "QIDO-RS", answer)
    mine = [item for item in found if _value(item, "00080018") == sop_instance_uid] if isinstance(found, list) else []
    # The study was named in the question: a server need not name it again.
    return str(_value(mine[0], STUDY) or study_uid) if mine else None


def search(peer: DicomWeb, path: str, query: Mapping[str, str] | None = None) -> Iterator[Attributes]:
    """Give all matches of a QIDO-RS search, page by page; a server that knows no pages gives all at once.

    At most `MOST_MATCHES`: whoever asks for so many sees by their number that there may be more.
    """
    seen: set[str] = set()
    for offset in range(0, MOST_MATCHES, PAGE):
        params = {**(query or {}), "limit": str(PAGE), "offset": str(offset)}
        answer = exchange(peer, "GET", path, params=params, headers=JSON, most_bytes=MOST_JSON)
        if answer.status in (204, 404):
            return
        page = json_of(peer, "QIDO-RS", answer)
        if not isinstance(page, list) or not all(isinstance(each, dict) for each in page):
            raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) does not answer QIDO-RS")
        new = [each for each in page if str(each) not in seen]
        seen.update(str(each) for each in new)
        yield from new
        if len(page) < PAGE or not new:
            return


def text(attributes: Attributes, tag: str) -> str:
    """Give the first value of an attribute of the DICOM JSON model (PS3.18 F.2) as text, "" where there is none."""
    return str(_value(attributes, tag) or "").strip()


def fetch(
    peer: DicomWeb, study_uid: str, series_uid: str, sop_instance_uid: str, *, most_bytes: int = MOST_BYTES
) -> bytes | None:
    """Get an object as a whole DICOM file (WADO-RS); None where it is not there, or is not given out so."""
    path = f"studies/{study_uid}/series/{series_uid}/instances/{sop_instance_uid}"
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    answer = exchange(peer, "GET", path, headers={"accept": accept}, most_bytes=most_bytes)
    if answer.status in UNSUPPORTED:
        return None
    if not answer.ok:
        raise refused(peer, "WADO-RS", answer)
    return single_part(answer.headers.get("content-type", ""), answer.body)


def _joined(objects: Sequence[bytes], boundary: str) -> bytes:
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    return b"".join(head + item + b"\r\n" for item in objects) + f"--{boundary}--\r\n".encode()


def _items(told: Any, tag: str) -> list[Any]:
    value = told.get(tag, {}).get("Value", []) if isinstance(told, dict) else []
    return value if isinstance(value, list) else []


def _value(item: Any, tag: str) -> Any:
    values = item.get(tag, {}).get("Value") if isinstance(item, dict) else None
    return values[0] if values else None
