"""Alerts to escalate, ladders to climb, and senders that say what they sent."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from overread.channels import Channel
from overread.escalation.ladder import Ladder
from overread.escalation.watcher import Watcher
from overread.records import Acknowledgement, Alert
from overread.store.home import Home
from overread.testing.doubles import make_case

RAISED = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
HOOK = Channel(kind="command", command=("true",), attempts=3, retry_seconds=10, retry_most_seconds=60)
LADDER = Ladder.model_validate(
    {
        "name": "test",
        "source": "a test",
        "categories": {
            1: {
                "within_minutes": 60,
                "steps": [
                    {"after_minutes": 0, "role": "reader", "recipients": ["anna"], "channel": "hook"},
                    {
                        "after_minutes": 10,
                        "role": "on call",
                        "recipients": ["bob", "carl"],
                        "channel": "hook",
                        "repeat": {"every_minutes": 5, "times": 2},
                    },
                ],
            },
            2: {"within_minutes": 600, "steps": [{"after_minutes": 0, "role": "reader", "channel": "hook"}]},
            3: {"within_minutes": 6000, "steps": [{"after_minutes": 0, "role": "reader", "channel": "fax"}]},
        },
    }
)


def put_alert(home: Home, number: int = 1, **changes: Any) -> Alert:
    """Put a case with one critical result into the store."""
    case = make_case(case_id=f"c-{number:012d}")
    home.cases.admit(case, 1, {}, None)
    known = {"id": f"a-{number}", "label": "Pneumothorax", "category": 1, "message": "m", "evidence_ids": ()}
    alert = Alert.model_validate({**known, "raised_at": RAISED, **changes})
    home.cases.raise_alert(case.case_id, alert)
    return alert


def acknowledge(home: Home, number: int = 1) -> None:
    made = Acknowledgement(by="Dr A", at=RAISED, told="Dr Ward", how="phone", read_back=True)
    home.acknowledgements.write(f"c-{number:012d}", f"a-{number}", made, "local")


def case_of(number: int = 1) -> str:
    return f"c-{number:012d}"


@dataclass
class Time:
    """A clock that a test turns, and a monotonic one beside it."""

    now: datetime = RAISED
    passed: float = 0.0

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.passed

    def go(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.passed += minutes * 60


@dataclass
class Sent:
    """Keeps what was sent; `fails` is called before each, with what is sent."""

    fails: Callable[[dict[str, Any]], None] = lambda _: None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.Lock)

    def __call__(self, channel: Channel, body: bytes) -> None:
        read = json.loads(body)
        self.fails(read)
        with self._lock:
            self.bodies.append(read)

    @property
    def told(self) -> list[str]:
        return [body["notice"] for body in self.bodies]


def watcher(
    home: Home, time: Time, send: Any, ladder: Ladder = LADDER, channels: Mapping[str, Channel] | None = None
) -> Watcher:
    channels = {"hook": HOOK} if channels is None else channels
    return Watcher(home, ladder, channels, "http://here", send=send, clock=time.clock, monotonic=time.monotonic)


def states(home: Home, number: int = 1) -> dict[tuple[int, str], str]:
    return {(n.key.step, n.key.recipient): n.state for n in home.notices.of(case_of(number))}


def file_sender(path: Path) -> Callable[[Channel, bytes], None]:
    """Append one line a notice to a file, in one write, so that several processes can."""

    def send(channel: Channel, body: bytes) -> None:
        with path.open("ab", buffering=0) as stream:
            stream.write(json.loads(body)["notice"].encode() + b"\n")

    return send
