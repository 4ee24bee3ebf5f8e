"""Who a message is about (PID), as a DICOM header says it (IHE RAD TF-2, appendix B)."""

import re

from overread.errors import MessageRefused
from overread.hl7v2.message import Message, Segment
from overread.hl7v2.refusal import SEGMENT_SEQUENCE
from overread.imaging import PatientIdentity

OWN_NUMBERS = ("MR", "PI", "PT", "")
"""Types (CX.5) of the number that a hospital knows its patient by, the best first; others are of an insurance, a
passport."""
SEXES = frozenset("FMO")


def patient_of(message: Message) -> PatientIdentity:
    """Give what the message says of its patient; empty where it has no PID.

    Raises `MessageRefused` where it is of several: what follows a second PID is not told to be the first one's.
    """
    said = {_patient(segment) for segment in message.segments if segment.name == "PID"}
    if len(said) > 1:
        raise MessageRefused("AE", SEGMENT_SEQUENCE, "PID names several patients; each needs a message of its own")
    return said.pop() if said else PatientIdentity()


def _patient(pid: Segment) -> PatientIdentity:
    number, issuer = _number(pid)
    family, given, middle, suffix, prefix = (pid.value(5, part) for part in range(1, 6))
    parts = (each.replace("^", " ").replace("=", " ") for each in (family, given, middle, prefix, suffix))
    sex = pid.value(8).upper()
    return PatientIdentity(
        patient_id=number,
        issuer=issuer,
        name="^".join(parts).rstrip("^"),
        birth_date=day(pid.value(7)),
        sex=sex if sex in SEXES else "",
    )


def day(value: str) -> str:
    """Give the day of a time, YYYYMMDD; "" for one that is not as precise."""
    found = re.match(r"\d{8}", value)
    return found.group() if found else ""


def _number(pid: Segment) -> tuple[str, str]:
    """Give the patient's number and the name space that it is of (PID-3; IssuerOfPatientID in DICOM)."""
    known = [
        (pid.value(3, 5, repetition=number).upper(), pid.value(3, repetition=number), pid.value(3, 4, 1, number))
        for number in range(1, pid.repetitions(3) + 1)
    ]
    for kind in OWN_NUMBERS:
        for found, number, issuer in known:
            if found == kind and number:
                return number, issuer
    return "", ""
