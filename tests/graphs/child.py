"""The work of a process that reads or signs a case and kills itself at a named point, the first time it is there."""

import os
import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from overread.ports import ToolInput
from overread.reading_room import ReadingRoom
from overread.signing import Addition, Signer
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.tool import Item
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all

LAST_TOOL = "the other tools are kept"


def wait_until_kept(home: Path, others: int) -> None:
    """Wait until so many tools of the step at work have their results in the checkpoint store (SQLite)."""
    asked = (
        "select count(distinct task_id) from writes where checkpoint_id = (select max(checkpoint_id) from checkpoints)"
    )
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base:
            (kept,) = base.execute(asked).fetchone()
        if kept >= others:
            return
        time.sleep(0.02)
    raise AssertionError("the other tools did not end")


class Fuse:
    """Kills this process the first time it is lit under its name; the file it leaves says that it did."""

    def __init__(self, home: Path, point: str) -> None:
        self._spent = home / "killed"
        self._point = point

    def at(self, point: str) -> None:
        if point == self._point and not self._spent.exists():
            self._spent.write_text(point)
            os.kill(os.getpid(), signal.SIGKILL)


class FusedDecisions:
    """What people decided, with a fuse after it is written down."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def decide(self, case_id: str, review: Any, version: Any = None) -> None:
        self._inner.decide(case_id, review, version)
        self._fuse.at("after decide")

    def set_aside(self, case_id: str, review: Any, composed: str) -> None:
        self._inner.set_aside(case_id, review, composed)
        self._fuse.at("after set_aside")


class FusedLedger:
    """The case store with a fuse before and after each of its effects."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse
        self.decisions = FusedDecisions(inner.decisions, fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, case_id: str, event: str, **detail: Any) -> None:
        self._fuse.at(f"before {event}")
        self._inner.write(case_id, event, **detail)
        self._fuse.at(f"after {event}")

    def save(self, file: Any) -> None:
        self._fuse.at("before save")
        self._inner.save(file)
        self._fuse.at("after save")


class FusedRule:
    id = "fused"
    severity = "note"
    describe = "Never fires; it only may kill the process in the check node."

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def check(self, case: Any, findings: Any, evidence: Any, trust: Any) -> Sequence[Any]:
        self._fuse.at("check")
        return ()


def fused_room(room: ReadingRoom, fuse: Fuse) -> ReadingRoom:
    """Give the same room with fuses in its ledger, its rules and its delivery."""
    ledger = FusedLedger(room.store, fuse)
    inner = room.services

    def deliver(file: Any) -> None:
        fuse.at("before delivery")
        inner.deliver(file)
        fuse.at("after delivery")

    services = replace(inner, ledger=ledger, rules=(*inner.rules, FusedRule(fuse)), deliver=deliver)  # type: ignore[arg-type]
    for part in (room, room.runs):
        part._services, part._store = services, ledger  # type: ignore[assignment]
    return room


def main(home: Path, action: str, point: str) -> None:
    fuse = Fuse(home, point)

    def classify(work: ToolInput) -> Sequence[Item]:
        fuse.at("classification")
        if point == LAST_TOOL:
            wait_until_kept(home, others=3)
            fuse.at(LAST_TOOL)
        return [score("Pleural Effusion", 0.9), score("Pneumothorax", 0.95)]

    tools = scripted_tools(classification=ScriptedTool("classification", classify, seconds=0.2))
    with scripted_room(home, tools) as room:
        fused = fused_room(room, fuse)
        case_id = put_case(fused)
        file = fused.read(case_id)
        fuse.at("waiting")
        if action == "sign":
            fused.decide(case_id, sign_all(file))


def follow(home: Path, point: str) -> None:
    """Sign a case, and be killed at a point while an addendum is written to it."""
    with scripted_room(home) as room:
        case_id = put_case(room)
        room.decide(case_id, sign_all(room.read(case_id)))
        signer = Signer("Dr B", datetime.now(UTC), meaning="authorship")
        fused_room(room, Fuse(home, point)).follow(case_id, Addition("Told to the ward."), signer, None)


def finish(home: Path, point: str) -> None:
    """Carry out what a killed process left, and be killed at a point."""
    with scripted_room(home) as room:
        fused_room(room, Fuse(home, point)).finish()
