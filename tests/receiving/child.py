"""A receiver in a process of its own that kills itself at a named point, the first time it is there."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from overread.receiving.intake import Intake
from overread.receiving.receiver import Receiver
from overread.receiving.watch_folder import WatchFolder
from overread.records import Received
from overread.store.arrivals import Arrivals
from tests.graphs.child import Fuse
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
        room._services = replace(inner, ledger=Ledger())  # type: ignore[arg-type]
        room.take_in = taken  # type: ignore[method-assign]
        source = FusedFolder(inbox, 0.0)
        source.fuse = fuse
        Receiver(room, source, Intake(room)).run(threading.Event(), once=True)
