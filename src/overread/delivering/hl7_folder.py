"""Into a folder that a reporting system takes HL7 v2 out of: a file by control id, whole or not there."""

from collections.abc import Sequence
from pathlib import Path

from overread.errors import PeerError
from overread.hl7v2.header import header_of
from overread.hl7v2.writing import addressed
from overread.peers.records import Hl7Folder
from overread.store.files import write_whole


def deliver(peer: Hl7Folder, files: Sequence[Path]) -> str:
    """Write a message whole; raises `PeerError` where the folder is not there or cannot be written.

    Somebody may take it out before the outbox knows that it was put there: sent again it is the same message.
    """
    (path,) = files
    to, ours = (peer.application, peer.facility), (peer.our_application, peer.our_facility)
    content = addressed(path.read_bytes(), to, ours)
    name = f"{header_of(content).control_id}.hl7"
    try:
        if not peer.path.is_dir():
            raise PeerError("not_reached", f"'{peer.name}': the folder {peer.path} is not there")
        write_whole(peer.path / name, content)
    except OSError as error:
        raise PeerError("refused", f"'{peer.name}': {peer.path} cannot be written: {error.strerror}") from None
    return f"{name} written whole"
