"""Messages of HL7 v2 as they came, and the orders that they told of: kept before anything is answered.

A message is named by its sender and its control id. One that is taken is taken once; one that is set aside is kept by
its content, so that its sender may put it right under the same control id.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from overread.records import Order
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database
from overread.store.reports_elsewhere import ReportsElsewhere, SignedElsewhere

MessageState = Literal["taken", "aside"]
Kept = Literal["new", "repeated", "conflict"]
"""`repeated`: the same was taken before · `conflict`: something else was, under the same control id."""
ACTOR = "hl7"


@dataclass(frozen=True)
class Came:
    """One message as it came."""

    sender: str
    """Application and facility of MSH-3 and MSH-4."""
    control_id: str
    kind: str
    """Such as ORM^O01."""
    content: bytes = field(repr=False)
    digest: str
    """Of all of it but its own time: what is sent again is the same."""

    @property
    def id(self) -> str:
        """Give the id, which follows from all of it."""
        return "m-" + hashlib.sha256(f"{self.sender}\n{self.control_id}\n{self.digest}".encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """Name what may be taken once."""
        return hashlib.sha256(f"{self.sender}\n{self.control_id}".encode()).hexdigest()


@dataclass(frozen=True)
class PlacedOrder:
    """What a message says of one order."""

    key: str
    """Names the order at its sender, the same in all messages about it."""
    order: Order
    identity: Mapping[str, str] = field(repr=False)
    """Fields of a patient's identity."""
    open: bool
    """False for one that was cancelled."""
    at: str
    """Time of the message, YYYYMMDDHHMMSS; "" where it states none."""


@dataclass(frozen=True)
class MessageRow:
    """A message as the store has it, without its content."""

    id: str
    sender: str
    control_id: str
    kind: str
    state: MessageState
    reason: str | None
    at: datetime


class Hl7Inbox:
    """Messages and orders in the database."""

    def __init__(self, database: Database, audit: Audit, reports: ReportsElsewhere) -> None:
        self._database = database
        self._audit = audit
        self._reports = reports

    def take(self, came: Came, told: Sequence[PlacedOrder | SignedElsewhere], at: datetime) -> Kept:
        """Keep a message with all that it told, or nothing of it; done when this returns."""
        m = t.hl7_messages.c
        row = {**_row(came, at), "state": "taken", "name": came.name, "reason": None}
        with self._database.begin() as connection:
            aside = sa.delete(t.hl7_messages).where(m.id == came.id, m.state == "aside")
            connection.execute(aside)  # it was refused before, by an older version maybe
            written = self._database.insert(t.hl7_messages).values(row).on_conflict_do_nothing().returning(m.id)
            if connection.execute(written).first() is None:
                before = connection.execute(sa.select(m.digest).where(m.name == came.name)).scalar_one()
                return "repeated" if before == came.digest else "conflict"
            for each in told:
                if isinstance(each, PlacedOrder):
                    self._place(connection, each, came.id)
                else:
                    self._reports.note_in(connection, each, at)
            self._audit.append(connection, ACTOR, "message taken", came.id, kind=came.kind, told=len(told))
        return "new"

    def set_aside(self, came: Came, reason: str, at: datetime) -> None:
        """Keep what was not taken, once; `reason` quotes nothing of it."""
        m = t.hl7_messages.c
        row = {**_row(came, at), "state": "aside", "name": None, "reason": reason}
        with self._database.begin() as connection:
            written = self._database.insert(t.hl7_messages).values(row).on_conflict_do_nothing().returning(m.id)
            if connection.execute(written).first() is not None:
                self._audit.append(connection, ACTOR, "message set aside", came.id, reason=reason)

    def messages(self, state: MessageState | None = None) -> list[MessageRow]:
        """List messages, the newest first."""
        columns = [t.hl7_messages.c[name] for name in MessageRow.__dataclass_fields__]
        query = sa.select(*columns).order_by(t.hl7_messages.c.at.desc(), t.hl7_messages.c.id)
        if state is not None:
            query = query.where(t.hl7_messages.c.state == state)
        return [MessageRow(**row) for row in self._database.rows(query)]

    def content(self, message_id: str) -> bytes | None:
        """Give a message as it came; None where there is none of that id."""
        query = sa.select(t.hl7_messages.c.content).where(t.hl7_messages.c.id == message_id)
        with self._database.connect() as connection:
            found: bytes | None = connection.execute(query).scalar_one_or_none()
        return found

    def orders(self, accession_numbers: Collection[str], patient_id: str) -> list[PlacedOrder]:
        """Give the open orders of some accession numbers; of a patient's ID where none is given."""
        o = t.hl7_orders.c
        wanted = o.accession.in_(accession_numbers) if accession_numbers else (o.patient_id == patient_id)
        if not accession_numbers and not patient_id:
            return []
        query = sa.select(t.hl7_orders).where(wanted, o.open).order_by(o.at, o.key)
        return [_order(row) for row in self._database.rows(query)]

    def _place(self, connection: sa.Connection, order: PlacedOrder, message_id: str) -> None:
        """Write an order down; what an older message says of it does not replace what a newer one said."""
        o = t.hl7_orders.c
        values = {
            "accession": order.order.accession_number or "",
            "patient_id": order.identity.get("patient_id", ""),
            "order_json": order.order.model_dump_json(),
            "identity_json": json.dumps(dict(order.identity)),
            "open": order.open,
            "at": order.at,
            "message_id": message_id,
        }
        written = self._database.insert(t.hl7_orders).values(key=order.key, **values)
        newer = (o.at <= order.at) | sa.literal(order.at == "")
        connection.execute(written.on_conflict_do_update(index_elements=["key"], set_=values, where=newer))


def _row(came: Came, at: datetime) -> dict[str, Any]:
    names = ("id", "sender", "control_id", "kind", "digest", "content")
    return {**{name: getattr(came, name) for name in names}, "at": at}


def _order(row: sa.RowMapping) -> PlacedOrder:
    order, identity = Order.model_validate_json(row["order_json"]), json.loads(row["identity_json"])
    return PlacedOrder(row["key"], order, identity, row["open"], row["at"])
