"""The replies of a run, one JSON line each as they come: what was answered once is not asked again."""

from pathlib import Path

from overread.evals._lines import append_line, read_lines
from overread.evals.answering._replies import Fate, Reply

KEPT: frozenset[Fate] = frozenset({"answered", "silent"})
"""What would be the same again; a failure is tried again."""


class Ledger:
    """Appends to `replies.jsonl`; a line that a kill cut off is dropped."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        known = read_lines(path, Reply) if path else ()
        self._known = {reply.asked: reply for reply in known if reply.fate in KEPT}

    def known(self, asked: str, item: str) -> Reply | None:
        """Give an earlier reply to the very same question, pictures, prompt and weights, as one to this item."""
        found = self._known.get(asked)
        return None if found is None else found.model_copy(update={"item": item})

    def keep(self, reply: Reply) -> None:
        """Write a reply down."""
        if reply.fate in KEPT:
            self._known[reply.asked] = reply
        if self._path is not None:
            append_line(self._path, reply)
