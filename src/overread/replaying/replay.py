"""Run a copy of a case up to its review, and hold it against what is on file."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from overread.case_runs import Listener
from overread.composition import open_room
from overread.errors import UsageError
from overread.graphs._context import GRAPH_VERSION
from overread.ports import Tool
from overread.records import CaseFile, Trust
from overread.replaying.copying import copy_case
from overread.replaying.differences import Difference, differences
from overread.replaying.record import RecordedCase
from overread.settings import Settings
from overread.store.home import Home, open_home


@dataclass(frozen=True)
class Replayed:
    """A case read again."""

    filed: CaseFile
    again: CaseFile
    home: Home
    """The throw-away home with the pictures and masks of `again`; gone after the replay."""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Give what came out otherwise than what is on file."""
        return differences(self.filed, self.again)

    @property
    def same_draft(self) -> bool:
        """Say whether the draft is the one on file, by its digest as this version counts it.

        A field that drafts did not have when the case was read is no difference.
        """
        drafts = (self.filed.draft, self.again.draft)
        return len({draft and draft.digest for draft in drafts}) == 1


@contextmanager
def replayed(
    settings: Settings,
    case_id: str,
    node: str | None = None,
    *,
    listen: Listener | None = None,
    tools: dict[str, Tool] | None = None,
    trust: Trust | None = None,
) -> Iterator[Replayed]:
    """Read a case again with these settings, from before `node` or from the start, up to its review.

    It runs on a copy in a folder of its own, which goes away at the end: the case store, the thread of the case, its
    alerts and deliveries stay as they are. Raises what `copy_case` raises, `UsageError` for a case without a file, and
    what the nodes raise.
    """
    with tempfile.TemporaryDirectory(prefix="overread-replay-") as folder:
        with closing(open_home(settings)) as original:
            filed = original.cases.file(case_id)
            if filed is None:
                raise UsageError(f"case {case_id} was not read yet; there is nothing to compare with")
            with closing(Home(Path(folder))) as copy:
                copy_case(original, case_id, copy, settings.profile, node)
        with open_room(settings, tools, trust, Path(folder)) as room:
            again = room.read(case_id, listen)
            yield Replayed(filed, again, room.home)


@contextmanager
def replayed_record(settings: Settings, record: RecordedCase, *, listen: Listener | None = None) -> Iterator[Replayed]:
    """Run the graph on what the tools and models of a recorded case said, up to its review; nothing is asked anew.

    Of `settings` only what concerns the machine counts. No language model words anything: where one did, the sentences
    come out as they were composed. Raises what the nodes raise.
    """
    with tempfile.TemporaryDirectory(prefix="overread-replay-") as folder:
        own = settings.model_copy(update={"home": Path(folder), "database": None, "profile": "scripted"})
        own = Settings.model_validate({**own.model_dump(), **record.settings})
        with closing(Home(Path(folder))) as home:
            home.cases.admit(record.file.case, GRAPH_VERSION, record.headers, None)
        with open_room(own, record.recorded_tools(), record.trust.trust(), Path(folder)) as room:
            yield Replayed(record.file, room.read(record.file.case_id, listen), room.home)
