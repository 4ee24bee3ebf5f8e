"""The replies of a run, one JSON line each as they come: what was answered once is not asked again."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from overread.evals.answering._replies import Fate, Reply

KEPT: frozenset[Fate] = frozenset({"answered", "silent"})
"""What would be the same again; a failure is tried again."""


class Ledger:
    """Appends to `replies.jsonl`; a line that a kill cut off is dropped."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = {reply.asked: reply for reply in self._read() if reply.fate in KEPT}

    def known(self, asked: str, item: str) -> Reply | None:
        """Give an earlier reply to the very same question, pictures, prompt and weights, as one to this item."""
        found = self._known.get(asked)
        return None if found is None else found.model_copy(update={"item": item})

    def keep(self, reply: Reply) -> None:
        """Write a reply down."""
        if reply.fate in KEPT:
            self._known[reply.asked] = reply
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(reply.model_dump_json() + "\n")

    def _read(self) -> Iterator[Reply]:
        if self._path is None or not self._path.is_file():
            return
        text = self._path.read_text(encoding="utf-8")
        whole, _, cut = text.rpartition("\n")
        if cut:
            self._path.write_text(whole + "\n" if whole else "", encoding="utf-8")
        for line in whole.splitlines():
            try:
                yield Reply.model_validate_json(line)
            except ValidationError:
                continue  # of another version: asked again
