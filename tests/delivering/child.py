"""The work of a process that sends what is due of a case and kills itself at a named point."""

from pathlib import Path
from typing import Any

from overread.delivering.sender import Sender
from overread.peers.records import DicomWeb
from overread.store.home import Home
from tests.graphs.child import Fuse

POINTS = ("before begin", "after begin", "before settle", "after settle")


class FusedOutbox:
    """The outbox with a fuse before and after each of its writes: what is sent lies between `begin` and `settle`."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("begin", "settle"):
            return found

        def fused(*arguments: Any, **named: Any) -> Any:
            self._fuse.at(f"before {name}")
            done = found(*arguments, **named)
            self._fuse.at(f"after {name}")
            return done

        return fused


def send_all(root: Path, case_id: str, peer: str, spent: Path, point: str) -> None:
    """Send every entry of a case, as a process does that a timer starts."""
    home = Home(root)
    ids = [entry.id for entry in home.outbox.entries(case_id=case_id)]
    home.outbox = FusedOutbox(home.outbox, Fuse(spent, point))  # type: ignore[assignment]
    sending = Sender(home, {"pacs": DicomWeb.model_validate_json(peer)}, "always")
    for entry_id in ids:
        sending.send(entry_id)
    home.close()
