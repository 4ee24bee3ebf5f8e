"""Go through the decided cases of a store one by one; no more than one case file is held at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from overread.oversight.facts import CaseFacts, aware, facts_of
from overread.oversight.kept import KeptFacts, kept_facts
from overread.store.cases import CaseRow
from overread.store.home import Home

MayRead = Callable[[str], bool]


def everybody_may(_case_id: str) -> bool:
    """Let every case be counted."""
    return True


@dataclass(frozen=True)
class Window:
    """Which cases count: those decided from `since` on and before `until`, of patients or else of phantoms."""

    since: datetime | None = None
    until: datetime | None = None
    phantoms: bool = False

    def holds(self, facts: CaseFacts) -> bool:
        """Say whether a case was decided within it; of patients or phantoms is asked apart."""
        return (self.since is None or facts.at >= self.since) and (self.until is None or facts.at < self.until)


@dataclass(frozen=True)
class Counted:
    """The facts of a window, as far as they were taken."""

    facts: tuple[CaseFacts, ...]
    """In the order in which the cases were decided."""
    missing: int = 0
    """Cases that may be of the window and were not read yet."""


class Collector:
    """Takes facts from the case files of a home; a file that has not changed is not read again."""

    def __init__(self, home: Home) -> None:
        self._store = home.cases
        self._kept = home.root / "oversight.sqlite"

    def facts(self, window: Window, may_read: MayRead = everybody_may) -> tuple[CaseFacts, ...]:
        """Give the facts of each case of a window that may be read, in the order in which they were decided."""
        return self.counted(window, may_read).facts

    def counted(self, window: Window, may_read: MayRead = everybody_may, *, seconds: float | None = None) -> Counted:
        """Give the same; no case file is begun after `seconds`, the newest are read first."""
        found, missing, began = list[CaseFacts](), 0, time.monotonic()
        with kept_facts(self._kept) as kept:
            before = kept.all()
            for row in self._decided(window):
                if not may_read(row.case_id):
                    continue
                facts = before.of(row.case_id, row.updated_at)
                if facts is None and seconds is not None and time.monotonic() - began > seconds:
                    missing += 1
                    continue
                facts = facts or self._taken(kept, row)
                if facts is not None and window.holds(facts):
                    found.append(facts)
        return Counted(tuple(sorted(found, key=lambda facts: (facts.at, facts.case_id))), missing)

    def catch_up(self, stop: threading.Event) -> int:
        """Take the facts of every decided case that has none, the newest first; gives how many were taken.

        It rests as long as it worked: what answers people beside it in this process is to answer as fast.
        """
        taken = 0
        with kept_facts(self._kept) as kept:
            before = kept.all()
            for row in self._decided(Window()):
                if before.has(row.case_id, row.updated_at):
                    continue
                began = time.monotonic()
                self._taken(kept, row)
                taken += 1
                if stop.wait(time.monotonic() - began):
                    break
        return taken

    def _decided(self, window: Window) -> Iterator[CaseRow]:
        for row in reversed(self._store.rows(("signed", "rejected"))):
            # A case is written when it is decided, or later: what was not touched since then is older.
            if window.since is None or aware(row.updated_at) >= window.since:
                yield row

    def _taken(self, kept: KeptFacts, row: CaseRow) -> CaseFacts | None:
        file = self._store.file(row.case_id)
        facts = facts_of(file, self._store.headers(row.case_id), self._store.journal(row.case_id)) if file else None
        if facts is not None:
            kept.put(facts, row.updated_at)
        return facts
