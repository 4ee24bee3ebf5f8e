"""The work of a process that tells people of critical results and kills itself at a named point."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from overread.channels import Channel
from overread.errors import CaseBusy
from overread.store.home import Home
from tests.escalation.climbs import RAISED, Time, file_sender, watcher
from tests.graphs.child import Fuse

POINTS = (
    "before add", "after add", "before claim", "after claim", "before send", "after send", "before settle",
    "after settle",
)  # fmt: skip


class FusedNotices:
    """The notices with a fuse before and after each of their effects."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("add", "claim", "settle"):
            return found

        def fused(*arguments: Any, **named: Any) -> Any:
            self._fuse.at(f"before {name}")
            done = found(*arguments, **named)
            self._fuse.at(f"after {name}")
            return done

        return fused


def look(root: Path, database: str | None, point: str, told: Path, minutes: float) -> None:
    """Look once, as a process does that a timer starts."""
    home, fuse = Home(root, database), Fuse(root, point)
    home.notices = FusedNotices(home.notices, fuse)  # type: ignore[assignment]
    send = fused(file_sender(told), fuse)
    watcher(home, Time(RAISED + timedelta(minutes=minutes)), send).look()
    home.close()


def look_often(root: Path, database: str | None, told: Path, minutes: float, times: int) -> None:
    """Look again and again, as several pages and timers do at once."""
    home = Home(root, database)
    watching = watcher(home, Time(RAISED + timedelta(minutes=minutes)), file_sender(told))
    for _ in range(times):
        try:
            watching.look()
        except CaseBusy:
            continue
    home.close()


def fused(send: Callable[[Channel, bytes], None], fuse: Fuse) -> Callable[[Channel, bytes], None]:
    def sending(channel: Channel, body: bytes) -> None:
        fuse.at("before send")
        send(channel, body)
        fuse.at("after send")

    return sending
