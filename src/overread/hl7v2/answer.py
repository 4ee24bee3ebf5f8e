"""Acknowledgements (ACK, original mode): written to who sends, read from who received."""

from datetime import datetime
from typing import Literal, NamedTuple

from overread.errors import MessageRefused
from overread.hl7v2.header import Header
from overread.hl7v2.message import read_message
from overread.hl7v2.writing import OURS, composed, header, message, moment, segment

Code = Literal["AA", "AE", "AR"]


class Answer(NamedTuple):
    """What an acknowledgement says; its words are left out, for they may quote a patient's data."""

    code: str
    """MSA-1."""
    control_id: str
    """MSA-2: of the message that it answers."""
    error: str
    """ERR-3, a code of table 0357, else ""."""


def accepted(to: Header, at: datetime) -> bytes:
    """Write AA."""
    return message(*_head(to, at), segment("MSA", {1: "AA", 2: composed(to.control_id)}))


def refused(to: Header, why: MessageRefused, at: datetime) -> bytes:
    """Write AE or AR with the reason."""
    fault = {3: composed(str(why.code), "", "HL70357"), 4: "E", 8: composed(str(why))}
    return message(*_head(to, at), segment("MSA", {1: why.answer, 2: composed(to.control_id)}), segment("ERR", fault))


def read_answer(content: bytes) -> Answer | None:
    """Read an acknowledgement; None for what is none."""
    try:
        read = read_message(content)
        told, fault = read.first("MSA"), read.first("ERR")
        if told is None:
            return None
        return Answer(told.value(1), told.value(2), fault.value(3) if fault else "")
    except MessageRefused:
        return None


def _head(to: Header, at: datetime) -> tuple[str]:
    names = {3: OURS, 5: composed(to.application), 6: composed(to.facility), 7: moment(at)}
    told = composed("ACK", to.event, "ACK") if to.event else "ACK"
    return (header({**names, 9: told, 10: composed(f"A{to.control_id}"[:20])}),)
