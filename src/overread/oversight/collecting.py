"""Go through the decided cases of a store one by one; no more than one case file is held at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from overread.oversight.facts import CaseFacts, aware, facts_of
from overread.store.cases import CaseRow, CaseStore


@dataclass(frozen=True)
class Window:
    """Which cases count: those decided from `since` on and before `until`, of patients or else of phantoms."""

    since: datetime | None = None
    until: datetime | None = None
    phantoms: bool = False

    def holds(self, facts: CaseFacts) -> bool:
        """Say whether a case was decided within it; of patients or phantoms is asked apart."""
        return (self.since is None or facts.at >= self.since) and (self.until is None or facts.at < self.until)


class Collector:
    """Takes facts from the files of a store, and keeps those of files that have not changed since."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self._kept: dict[str, tuple[datetime, CaseFacts | None]] = {}

    def facts(self, window: Window, may_read: Callable[[str], bool] = lambda case_id: True) -> Iterator[CaseFacts]:
        """Give the facts of each case of a window that may be read, in the order in which they were decided."""
        found = [facts for facts in self._all(window, may_read) if window.holds(facts)]
        yield from sorted(found, key=lambda facts: (facts.at, facts.case_id))

    def _all(self, window: Window, may_read: Callable[[str], bool]) -> Iterator[CaseFacts]:
        for row in self._store.rows(("signed", "rejected")):
            # A case is written when it is decided, or later: what was not touched since then is older.
            if window.since is not None and aware(row.updated_at) < window.since:
                continue
            facts = self._of(row) if may_read(row.case_id) else None
            if facts is not None:
                yield facts

    def _of(self, row: CaseRow) -> CaseFacts | None:
        kept = self._kept.get(row.case_id)
        if kept is None or kept[0] != row.updated_at:
            file = self._store.file(row.case_id)
            headers, journal = self._store.headers(row.case_id), self._store.journal(row.case_id)
            kept = row.updated_at, facts_of(file, headers, journal) if file else None
            self._kept[row.case_id] = kept
        return kept[1]
