"""Go through the decided cases of a store one by one; no more than one case file is held at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from overread.oversight.facts import CaseFacts, aware, facts_of
from overread.oversight.kept import KeptFacts, kept_facts
from overread.store.cases import CaseRow
from overread.store.home import Home


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
    """Takes facts from the case files of a home; a file that has not changed is not read again."""

    def __init__(self, home: Home) -> None:
        self._store = home.cases
        self._kept = home.root / "oversight.sqlite"

    def facts(self, window: Window, may_read: Callable[[str], bool] = lambda case_id: True) -> tuple[CaseFacts, ...]:
        """Give the facts of each case of a window that may be read, in the order in which they were decided."""
        with kept_facts(self._kept) as kept:
            found = [facts for facts in self._all(kept, window, may_read) if window.holds(facts)]
        return tuple(sorted(found, key=lambda facts: (facts.at, facts.case_id)))

    def _all(self, kept: KeptFacts, window: Window, may_read: Callable[[str], bool]) -> Iterator[CaseFacts]:
        for row in self._store.rows(("signed", "rejected")):
            # A case is written when it is decided, or later: what was not touched since then is older.
            if window.since is not None and aware(row.updated_at) < window.since:
                continue
            facts = self._of(kept, row) if may_read(row.case_id) else None
            if facts is not None:
                yield facts

    def _of(self, kept: KeptFacts, row: CaseRow) -> CaseFacts | None:
        if (before := kept.get(row.case_id, row.updated_at)) is not None:
            return before
        file = self._store.file(row.case_id)
        facts = facts_of(file, self._store.headers(row.case_id), self._store.journal(row.case_id)) if file else None
        if facts is not None:
            kept.put(facts, row.updated_at)
        return facts
