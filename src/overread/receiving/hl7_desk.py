"""Take HL7 v2 messages in: what is in the store is acknowledged; what is not taken is kept aside, its sender told."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from overread.errors import MessageRefused
from overread.hl7v2.answer import accepted, refused
from overread.hl7v2.charset import default_codec
from overread.hl7v2.header import Header, header_of
from overread.hl7v2.message import Message, messages_in, read_message
from overread.hl7v2.refusal import DUPLICATE_KEY, SEGMENT_SEQUENCE, UNKNOWN_PROCESSING, UNKNOWN_TYPE
from overread.receiving.hl7_order import KINDS as ORDERS
from overread.receiving.hl7_order import placed_orders
from overread.receiving.hl7_report import KINDS as REPORTS
from overread.receiving.hl7_report import signed_reports
from overread.settings import Hl7
from overread.store.hl7_inbox import Came, Hl7Inbox, PlacedOrder
from overread.store.reports_elsewhere import SignedElsewhere

LOGGER = logging.getLogger(__name__)
Became = Literal["taken", "repeated", "aside"]


@dataclass(frozen=True)
class Taken:
    """What became of one message, and what its sender is told."""

    message_id: str
    kind: str
    became: Became
    answer: bytes
    code: str
    """AA, AE or AR."""
    reason: str | None = None


class Hl7Desk:
    """Takes messages, one after another or at the same time, from a listener or out of files."""

    def __init__(
        self, inbox: Hl7Inbox, settings: Hl7, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._inbox = inbox
        self._settings = settings
        self._codec = default_codec(settings.charset)
        self._clock = clock

    @property
    def now(self) -> datetime:
        """Give the time."""
        return self._clock()

    def take(self, content: bytes) -> Taken:
        """Take one message; when this returns, it is in the store, as taken or as set aside."""
        parts = messages_in(content)
        whole = parts[0] if len(parts) == 1 else content
        header = header_of(whole)
        came = _came(header, whole, content)
        try:
            if len(parts) != 1:
                raise MessageRefused("AR", SEGMENT_SEQUENCE, f"one message is needed, and {len(parts)} came in one")
            became = self._taken(came, whole)
        except MessageRefused as why:
            self._inbox.set_aside(came, str(why), self._clock())
            LOGGER.warning("HL7 message %s is set aside: %s", came.id, why)
            answer = refused(header, why, self._clock())
            return Taken(came.id, came.kind, "aside", answer, why.answer, str(why))
        LOGGER.info("HL7 message %s: %s", came.id, became)
        return Taken(came.id, came.kind, became, accepted(header, self._clock()), "AA")

    def _taken(self, came: Came, content: bytes) -> Became:
        message = read_message(content, self._codec)
        if message.header.processing not in self._settings.processing:
            raise MessageRefused("AR", UNKNOWN_PROCESSING, "MSH-11 names a processing that is not taken here")
        kept = self._inbox.take(came, _told(message), self._clock())
        if kept == "conflict":
            raise MessageRefused("AE", DUPLICATE_KEY, "another message was taken under this control id (MSH-10)")
        return "taken" if kept == "new" else "repeated"


def _told(message: Message) -> Sequence[PlacedOrder | SignedElsewhere]:
    """Give what a message says; raises `MessageRefused` for one of a kind that is not taken, or that says nothing."""
    kind = (message.header.kind, message.header.event)
    if kind in ORDERS:
        return placed_orders(message)
    if kind in REPORTS:
        return signed_reports(message)
    raise MessageRefused("AR", UNKNOWN_TYPE, "MSH-9 names a message that is not taken here")


def _came(header: Header, whole: bytes, content: bytes) -> Came:
    """Name a message; its own time (MSH-7) is left out, which some senders put anew when they send again."""
    head, _, body = whole.partition(b"\r")
    fields = head.split(head[3:4] or b"|")
    same = b"|".join(fields[:6] + fields[7:]) + b"\r" + body
    return Came(
        sender=f"{header.application}|{header.facility}",
        control_id=header.control_id,
        kind="^".join(filter(None, (header.kind, header.event))),
        content=content,
        digest=hashlib.sha256(same).hexdigest(),
    )
