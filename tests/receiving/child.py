"""Receivers in processes of their own that kill themselves at a named point, the first time they are there."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from overread.receiving.hl7_desk import Hl7Desk, Taken
from overread.receiving.hl7_order import Hl7Orders
from overread.receiving.intake import Intake
from overread.receiving.late_orders import LateOrders
from overread.receiving.receiver import Receiver
from overread.receiving.watch_folder import WatchFolder
from overread.records import Received
from overread.settings import Hl7
from overread.store.arrivals import Arrivals
from overread.store.hl7_inbox import Hl7Inbox
from overread.store.home import Home
from tests.graphs.child import Fuse
from tests.receiving.listening import listening, sent
from tests.receiving.stage import room_of


class FusedArrivals:
    """The store of arrivals with a fuse before and after each of its effects."""

    def __init__(self, inner: Arrivals, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def note(self, *arguments: Any) -> None:
        self._inner.note(*arguments)
        self._fuse.at("after note")

    def settle(self, *arguments: Any) -> bool:
        self._fuse.at("before settle")
        done = self._inner.settle(*arguments)
        self._fuse.at("after settle")
        return done


class FusedFolder(WatchFolder):
    """A watch folder with a fuse around each of its markers."""

    fuse: Fuse

    def begin(self, key: str) -> None:
        self.fuse.at("before begin")
        super().begin(key)
        self.fuse.at("after begin")

    def end(self, key: str, received: Received) -> None:
        self.fuse.at("before end")
        super().end(key, received)
        self.fuse.at("after end")


def receive(home: Path, inbox: Path, point: str) -> None:
    """Receive once from a folder, and be killed at a point."""
    home.mkdir(exist_ok=True)
    fuse = Fuse(home, point)
    with room_of(home) as room:
        room.home.arrivals = FusedArrivals(room.home.arrivals, fuse)  # type: ignore[assignment]
        take_in = room.take_in

        def taken(*arguments: Any, **more: Any) -> Any:
            got = take_in(*arguments, **more)
            fuse.at("after take in")
            return got

        class Ledger:
            def __getattr__(self, name: str) -> Any:
                return getattr(inner.ledger, name)

            def write(self, case_id: str, event: str, **detail: Any) -> None:
                inner.ledger.write(case_id, event, **detail)
                fuse.at("while it is read")

        inner = room.services
        room._services = room.runs._services = replace(inner, ledger=Ledger())  # type: ignore[arg-type]
        room.take_in = taken  # type: ignore[method-assign]
        source = FusedFolder(inbox, 0.0)
        source.fuse = fuse
        Receiver(room, source, Intake(room)).run(threading.Event(), once=True)


class FusedInbox:
    """The store of messages with a fuse before and after what it writes."""

    def __init__(self, inner: Hl7Inbox, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def take(self, *arguments: Any) -> Any:
        self._fuse.at("before keep")
        kept = self._inner.take(*arguments)
        self._fuse.at("after keep")
        return kept


class FusedDesk(Hl7Desk):
    """A desk with a fuse after all is done and before anything is answered."""

    fuse: Fuse

    def take(self, content: bytes) -> Taken:
        taken = super().take(content)
        self.fuse.at("after take")
        return taken


def listen(home: Path, point: str, content: bytes) -> None:
    """Listen, be sent one message, and be killed at a point; what was answered is left in a file."""
    opened, fuse = Home(home), Fuse(home, point)
    desk = FusedDesk(FusedInbox(opened.hl7, fuse), Hl7())  # type: ignore[arg-type]
    desk.fuse = fuse
    with listening(desk) as port:
        (answer,) = sent(port, [content])
    (home / "answered").write_bytes(answer)
    opened.close()


class FusedLateOrders(LateOrders):
    """Late orders with a fuse before and after one is joined, and before its case is read."""

    fuse: Fuse

    def take(self, case_id: str) -> Received | None:
        self.fuse.at("before join")
        received = super().take(case_id)
        self.fuse.at("after join")
        return received

    def read(self, *arguments: Any, **named: Any) -> Any:
        self.fuse.at("before read")
        return super().read(*arguments, **named)


def join_late(home: Path, inbox: Path, point: str) -> None:
    """Receive once where nothing is new but an order, and be killed at a point."""
    with room_of(home) as room:
        late = FusedLateOrders(room, [Hl7Orders(room.home.hl7)], asked=False)
        late.fuse = Fuse(home, point)
        Receiver(room, WatchFolder(inbox, 0.0), Intake(room), late=late).run(threading.Event(), once=True)
