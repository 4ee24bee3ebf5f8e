"""What was run already, one JSON line each in `ledger.jsonl`: a run that was stopped goes on from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from overread.evals._lines import append_line, read_lines
from overread.evals.running._attempt import Attempt
from overread.evals.running._identity import scorer_identity, settings_digest, source_digest
from overread.evals.running._result import EvalRow, ProfileIdentity
from overread.records import content_digest
from overread.settings import Settings

NAME = "ledger.jsonl"


class Entry(BaseModel):
    """An attempt with the digest of all that it depended on."""

    model_config = ConfigDict(frozen=True)

    key: str
    row: EvalRow


@dataclass
class Ledger:
    """Keeps rows under the digest of scenario, profile with its weights, program, settings, scorers and seed."""

    path: Path | None
    profiles: Mapping[str, ProfileIdentity]
    shared: tuple[str, ...]
    _known: dict[str, EvalRow] = field(default_factory=dict)

    def known(self, work: Attempt) -> EvalRow | None:
        """Give what the very same attempt gave before; None where the weights behind the profile are not known."""
        return self._known.get(self.key(work)) if self.profiles[work.profile].known else None

    def keep(self, work: Attempt, row: EvalRow) -> None:
        """Write a row down."""
        key = self.key(work)
        self._known[key] = row
        if self.path is not None:
            append_line(self.path, Entry(key=key, row=row))

    def key(self, work: Attempt) -> str:
        """Name an attempt by all that it depends on."""
        scenario = work.scenario.model_dump(mode="json")
        whole = [scenario, work.variant, work.repeat, work.seed, self.profiles[work.profile].digest, self.shared]
        return content_digest(whole, length=64)


def open_ledger(
    out: Path | None, profiles: Mapping[str, ProfileIdentity], settings: Settings, scorers: tuple[str, ...], fresh: bool
) -> Ledger:
    """Open the ledger of a folder; a `fresh` one forgets what is in it."""
    path = None if out is None else out / NAME
    if fresh and path is not None:
        path.unlink(missing_ok=True)
    ledger = Ledger(path, profiles, (source_digest(), settings_digest(settings), *map(scorer_identity, scorers)))
    if path is not None:
        ledger._known.update({entry.key: entry.row for entry in read_lines(path, Entry)})
    return ledger
