"""An order in a file: one of ours (JSON or YAML), a FHIR ServiceRequest or Bundle, or a message of HL7 v2."""

import json
from pathlib import Path

from overread.admission import read_order
from overread.errors import UsageError
from overread.imaging import PatientIdentity
from overread.receiving.fhir_order import orders_of
from overread.receiving.hl7_order import order_in_message
from overread.receiving.order_source import FoundOrder
from overread.records import Order

MOST_BYTES = 2**20
HL7 = ".hl7"


def order_in(path: Path, codec: str = "utf-8") -> FoundOrder:
    """Read the one order of a file; raises `UsageError` that does not quote it.

    `codec` is that of HL7 messages that name no character set.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"the order beside the study is larger than {MOST_BYTES} bytes")
    if path.suffix == HL7:
        return order_in_message(path, codec)
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or "resourceType" not in content:
        return FoundOrder(_ours(path), PatientIdentity())
    try:
        found = orders_of(content)
    except UsageError as error:
        raise UsageError(f"the order beside the study is no FHIR ServiceRequest that can be read: {error}") from None
    if len(found) != 1:
        raise UsageError(f"the file beside the study holds {len(found)} open orders; give one")
    return found[0]


def _ours(path: Path) -> Order:
    """Read an order of ours; the file's name, which may be a patient's, is in no message."""
    try:
        return read_order(path)
    except UsageError as error:
        raise UsageError(str(error).replace(path.name, "beside the study")) from None
