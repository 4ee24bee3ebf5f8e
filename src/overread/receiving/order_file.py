"""An order in a file: one of ours (JSON or YAML), or a FHIR ServiceRequest, alone or in a Bundle with its patient."""

import json
from pathlib import Path

from overread.admission import read_order
from overread.errors import UsageError
from overread.imaging import PatientIdentity
from overread.receiving.fhir_order import orders_of
from overread.receiving.order_source import FoundOrder
from overread.records import Order

MOST_BYTES = 2**20


def order_in(path: Path) -> FoundOrder:
    """Read the one order of a file; raises `UsageError` that does not quote it."""
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"the order beside the study is larger than {MOST_BYTES} bytes")
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
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
