"""To a system that speaks HL7 v2 by MLLP: its AA to our control id proves that it has the message."""

from collections.abc import Sequence
from pathlib import Path

from overread.errors import PeerError
from overread.hl7v2.answer import read_answer
from overread.hl7v2.header import header_of
from overread.hl7v2.refusal import INTERNAL, LOCKED
from overread.hl7v2.writing import addressed
from overread.peers.mllp import exchange
from overread.peers.records import MllpNode

PASSING = (str(LOCKED), str(INTERNAL))
"""Codes of table 0357 that say that the other side cannot now."""


def deliver(peer: MllpNode, files: Sequence[Path]) -> str:
    """Send a message, and say what proves that it was taken; sent again it has the same control id.

    Raises `PeerError`: `refused` for AE and AR, `not_proven` where it is kept and not applied yet (CA), `bad_answer`
    for an answer to another message.
    """
    (path,) = files
    to, ours = (peer.application, peer.facility), (peer.our_application, peer.our_facility)
    content = addressed(path.read_bytes(), to, ours)
    control_id, said = header_of(content).control_id, f"'{peer.name}' ({peer.where})"
    answer = read_answer(exchange(peer, content))
    if answer is None:
        raise PeerError("bad_answer", f"{said} answers with no acknowledgement")
    if answer.control_id != control_id:
        raise PeerError("bad_answer", f"{said} acknowledges another message than ours")
    if answer.code == "CA":
        raise PeerError("not_proven", f"{said} keeps the message and does not say that it took it")
    if answer.code != "AA":
        code = answer.error if answer.error.isdigit() and len(answer.error) <= 3 else ""
        told = f"{said} answered {answer.code[:2]}{' ' + code if code else ''} to the report"
        raise PeerError("unavailable" if code in PASSING else "refused", told)
    return f"AA to {control_id}"
