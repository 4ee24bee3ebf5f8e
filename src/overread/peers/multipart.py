"""The one part of a multipart/related answer (PS3.18 8.6.1.2), its bytes untouched: nothing of it is parsed here."""

from email.message import Message

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from overread.errors import PeerError


def single_part(content_type: str, body: bytes) -> bytes:
    """Give the content of the only part; raises `PeerError` for none, for several, and for a broken one."""
    parts: list[bytearray] = []

    def begin() -> None:
        parts.append(bytearray())

    def data(chunk: bytes, start: int, end: int) -> None:
        parts[-1] += chunk[start:end]

    parser = MultipartParser(_boundary(content_type), {"on_part_begin": begin, "on_part_data": data})
    try:
        parser.write(body)
        parser.finalize()
    except MultipartParseError:
        raise PeerError("bad_answer", "a DICOMweb server sent a multipart answer that is cut or broken") from None
    if len(parts) != 1:
        raise PeerError("bad_answer", f"a DICOMweb server sent {len(parts)} objects where one was asked for")
    return bytes(parts[0])


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/related" or not boundary:
        raise PeerError("bad_answer", "a DICOMweb server sent something else than multipart/related")
    return boundary.encode()
