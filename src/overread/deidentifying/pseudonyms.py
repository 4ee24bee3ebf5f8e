"""Other identifiers in place of a patient's: the same for the same key, and nothing of them leads back without it."""

import base64
import hashlib
import hmac
import re
from datetime import date, timedelta

from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.imaging.header import identity_of
from overread.imaging.header_values import text_of

STANDARD_ROOT = "1.2.840.10008."
"""UIDs of the standard itself name a kind of object, not one of them (PS3.6 Annex A)."""
MOST_DAYS = 3650
PATIENT = re.compile(r"OVR[\^-][A-Z2-7]{16}")
"""How an ID and a name begin that stand for a patient."""
DAY = re.compile(r"^(\d{4})\.?(\d{2})\.?(\d{2})")


class Pseudonyms:
    """Makes identifiers with the secret of an installation, by HMAC-SHA-256."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def uid(self, original: str) -> str:
        """Give a UID below 2.25 (PS3.5 B.2) for one of an object; those of the standard stay."""
        if original.startswith(STANDARD_ROOT):
            return original
        number = bytearray(self._digest("uid", original)[:16])
        number[6] = 0x80 | number[6] & 0x0F  # RFC 9562: version 8, the variant of RFC 4122
        number[8] = 0x80 | number[8] & 0x3F
        return f"2.25.{int.from_bytes(number)}"

    def patient(self, person: str) -> str:
        """Give the ID that stands for a patient."""
        return f"OVR-{base64.b32encode(self._digest('patient', person)[:10]).decode()}"

    def days(self, person: str) -> timedelta:
        """Give how far the days of a patient are moved back: 1 to 3650 whole days."""
        return timedelta(days=1 + int.from_bytes(self._digest("days", person)[:8]) % MOST_DAYS)

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, f"deid.{purpose}\0{text}".encode(), hashlib.sha256)


def person_of(dataset: Dataset) -> str:
    """Give what tells a patient from others: issuer and ID, else name and birth date, else the study alone."""
    who = identity_of(dataset)
    if who.patient_id:
        return f"id\0{who.issuer}\0{who.patient_id}"
    if who.name:
        return f"name\0{who.name}\0{who.birth_date}"
    return f"study\0{UID(text_of(dataset, 'StudyInstanceUID'))}"


def moved(text: str, back: timedelta) -> str | None:
    """Move the day at the start of a DICOM date or date-time back; None where there is no real day in it."""
    match = DAY.match(text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])) - back
    except (ValueError, OverflowError):
        return None
    return f"{day:%Y%m%d}".zfill(8) + text[match.end() :]
