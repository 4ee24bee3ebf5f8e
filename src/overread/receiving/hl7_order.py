"""Orders out of ORM^O01, OMI^O23 and OMG^O19 (HL7 v2.3 to 2.8), the fields as IHE's scheduled workflow names them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from overread.errors import MessageRefused, UsageError
from overread.hl7v2.message import Message, Segment, messages_in, read_message
from overread.hl7v2.refusal import REQUIRED_FIELD, SEGMENT_SEQUENCE
from overread.imaging import PatientIdentity
from overread.imaging.plain_text import plain_text
from overread.receiving.hl7_patient import patient_of
from overread.receiving.order_source import Asked, FoundOrder
from overread.records import Order, Priority
from overread.store.hl7_inbox import Hl7Inbox, PlacedOrder

KINDS = frozenset({("ORM", "O01"), ("OMI", "O23"), ("OMG", "O19")})
GONE = frozenset({"CA", "OC", "CR", "DC", "OD", "DR"})
"""Values of ORC-1 (table 0119) by which an order is cancelled or discontinued."""
PRIORITY: dict[str, Priority] = {
    "S": "STAT",
    "ST": "STAT",
    "STAT": "STAT",
    "A": "urgent",
    "ASAP": "urgent",
    "T": "urgent",
}
"""Table 0485 and the words that senders write; all others are routine."""
TEXT_LIMIT = 1024


def placed_orders(message: Message) -> Sequence[PlacedOrder]:
    """Give the orders of a message; raises `MessageRefused` for one without a patient, an order or a number."""
    identity = patient_of(message)
    if not identity.patient_id and not identity.name:
        raise MessageRefused("AE", REQUIRED_FIELD, "PID names no patient (PID-3, PID-5)")
    groups = [_Group(group) for group in message.groups("ORC", "OBR")]
    if not groups or any(group.procedure is None for group in groups):
        raise MessageRefused("AE", SEGMENT_SEQUENCE, "there is no OBR segment of an order")
    return [_placed(group, message, identity) for group in groups]


class _Group:
    """The segments of one order."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self.control = self._first("ORC")
        self.procedure = self._first("OBR")

    def _first(self, name: str) -> Segment | None:
        return next((each for each in self._segments if each.name == name), None)

    def value(self, name: str, field: int, component: int = 1) -> str:
        segment = self._first(name)
        return segment.value(field, component) if segment else ""

    def words(self, name: str, field: int, component: int = 1) -> str:
        found = (
            each for segment in self._segments if segment.name == name for each in segment.values(field, component)
        )
        return "; ".join(dict.fromkeys(plain_text(each, TEXT_LIMIT) for each in found))[:TEXT_LIMIT]

    def first(self, *places: tuple[str, int, int]) -> str:
        return next(filter(None, (self.value(*place) for place in places)), "")

    @property
    def placer(self) -> str:
        return self.first(("ORC", 2, 1), ("OBR", 2, 1))

    @property
    def filler(self) -> str:
        return self.first(("ORC", 3, 1), ("OBR", 3, 1))

    @property
    def accession(self) -> str:
        """Give IPC-1 (OMI), else OBR-18 (IHE RAD-4), else the filler's number, which most systems take for it."""
        return self.first(("IPC", 1, 1), ("OBR", 18, 1)) or self.filler


def _placed(group: _Group, message: Message, identity: PatientIdentity) -> PlacedOrder:
    number = group.placer or group.filler or group.accession
    if not number:
        raise MessageRefused("AE", REQUIRED_FIELD, "an order has no number (ORC-2, ORC-3, OBR-18, IPC-1)")
    order = Order(
        accession_number=plain_text(group.accession) or None,
        indication="; ".join(filter(None, (_reason(group), group.words("OBR", 13)))) or None,
        question=group.words("NTE", 3) or None,
        priority=PRIORITY.get(_priority(group).upper(), "routine"),
        requested_procedure=plain_text(group.first(("OBR", 4, 2), ("OBR", 4, 5)), TEXT_LIMIT) or None,
    )
    named = "\n".join((message.header.application, message.header.facility, number))
    return PlacedOrder(
        key=hashlib.sha256(named.encode()).hexdigest(),
        order=order,
        identity=identity.model_dump(),
        open=group.value("ORC", 1).upper() not in GONE,
        at="".join(filter(str.isdigit, message.header.at.split(".")[0].split("+")[0].split("-")[0]))[:14],
    )


def _reason(group: _Group) -> str:
    """Give the words of OBR-31, else its identifier; of some it is free text in the first component."""
    return group.words("OBR", 31, 2) or group.words("OBR", 31)


def _priority(group: _Group) -> str:
    return group.first(("TQ1", 9, 1), ("ORC", 7, 6), ("OBR", 27, 6), ("OBR", 5, 1))


class Hl7Orders:
    """The orders that came as HL7 messages and are in the store."""

    def __init__(self, inbox: Hl7Inbox) -> None:
        self._inbox = inbox

    def find(self, asked: Asked) -> Sequence[FoundOrder]:
        """Give the open orders of an accession number, else those of the patient."""
        found = self._inbox.orders(asked.accession_numbers, asked.identity.patient_id)
        return [FoundOrder(each.order, PatientIdentity.model_validate(each.identity)) for each in found]


def order_in_message(path: Path, codec: str) -> FoundOrder:
    """Read the one open order of a file; raises `UsageError` that does not quote it."""
    found = messages_in(path.read_bytes())
    try:
        orders = [each for content in found for each in _orders_of(read_message(content, codec))]
    except MessageRefused as refused:
        raise UsageError(f"the order beside the study is no HL7 message that can be read: {refused}") from None
    if len(orders) != 1:
        raise UsageError(f"the file beside the study holds {len(orders)} open orders; give one")
    return FoundOrder(orders[0].order, PatientIdentity.model_validate(orders[0].identity))


def _orders_of(message: Message) -> Sequence[PlacedOrder]:
    if (message.header.kind, message.header.event) not in KINDS:
        raise UsageError("the HL7 message beside the study is no ORM^O01, OMI^O23 or OMG^O19")
    return [each for each in placed_orders(message) if each.open]
