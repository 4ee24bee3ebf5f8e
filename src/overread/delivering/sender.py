"""Work off the outbox: one entry at a time, under its lock; what came of it is written down, whatever it was."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from overread.delivering import dicomweb, dimse, fhir, hl7_folder, mllp
from overread.errors import CaseBusy, CaseUnknown, PeerError, SettingsError, UsageError
from overread.export._case import export_of, write_kinds, writers
from overread.peers.book import load_peers, peer_named
from overread.peers.records import DicomNode, DicomWeb, FhirServer, Hl7Folder, MllpNode, OrthancServer, Peer
from overread.queueing import outgoing_to, state_of
from overread.settings import DraftPolicy, Settings
from overread.store.home import Home
from overread.store.outbox import OPEN, Entry, EntryState

PASSING = frozenset({"not_reached", "no_answer", "unavailable", "bad_answer", "not_proven"})
"""Kinds of trouble that may pass by themselves; any other waits for a person."""
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = 15.0, 3600.0
"""Seconds before the second attempt, which double with each further one: twelve take about five hours."""


class Outcome(NamedTuple):
    """What came of an attempt."""

    state: EntryState
    detail: str
    trouble: str | None = None


class Sender:
    """Sends entries of a store's outbox."""

    def __init__(
        self,
        home: Home,
        peers: Mapping[str, Peer],
        policy: DraftPolicy,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._home = home
        self._peers = peers
        self._policy: DraftPolicy = policy
        self._clock = clock

    def send_case(self, case_id: str, name: str, kinds: Sequence[str] = ()) -> list[Entry]:
        """Put a case in for a system and send it at once, whatever became of it before.

        Raises as `export_of` and `outgoing_to` do, before anything is put in.
        """
        outbox, now = self._home.outbox, self._clock()
        file = export_of(self._home, case_id, self._policy).file
        new = outgoing_to(file, peer_named(self._peers, name), kinds)
        outbox.add(new, now)
        for what in new:
            outbox.retry(what.id, now)
        return [self.send(what.id) for what in new]

    def send_due(self) -> list[Entry]:
        """Try every entry whose time has come, that of longest ago first, and give them as they are then.

        What another process works on is left to it.
        """
        now = self._clock()
        due = sorted((item for item in self._home.outbox.entries(OPEN) if item.next_at <= now), key=lambda e: e.next_at)
        return [sent for item in due if (sent := self._unless_busy(item.id)) is not None]

    def send(self, entry_id: str) -> Entry:
        """Try one entry now, unless it is at rest, and give it as it is then; raises `CaseBusy` while another does."""
        outbox = self._home.outbox
        with outbox.hold(entry_id):
            entry = outbox.entry(entry_id)
            if entry.state not in OPEN:
                return entry
            if entry.attempts >= MOST_ATTEMPTS:  # died each time, before it could write why
                outbox.settle(entry_id, "failed", self._clock(), trouble="died", detail="its sender ended each time")
                return outbox.entry(entry_id)
            outbox.begin(entry_id, self._clock())
            came = self._tried(entry)
            now, wait = self._clock(), wait_after(entry.attempts + 1)
            later = now + timedelta(seconds=wait) if came.state in ("pending", "sent") else now
            outbox.settle(entry_id, came.state, now, next_at=later, trouble=came.trouble, detail=came.detail)
            return outbox.entry(entry_id)

    def _unless_busy(self, entry_id: str) -> Entry | None:
        try:
            return self.send(entry_id)
        except CaseBusy:
            return None

    def _tried(self, entry: Entry) -> Outcome:
        try:
            return self._sent(entry)
        except PeerError as error:
            last = entry.attempts + 1 >= MOST_ATTEMPTS
            if error.kind not in PASSING or last:
                return Outcome("failed", str(error), error.kind)
            return Outcome("sent" if error.kind == "not_proven" else "pending", str(error), error.kind)
        except (SettingsError, UsageError, CaseUnknown) as error:
            return Outcome("failed", str(error), "settings")

    def _sent(self, entry: Entry) -> Outcome:
        peer = peer_named(self._peers, entry.what.destination)
        export = export_of(self._home, entry.what.case_id, self._policy)
        version, content = state_of(export.file)
        if version < entry.what.version:
            return Outcome("pending", "its signature is being carried out; see 'overread review finish'")
        if (version, content) != (entry.what.version, entry.what.content):
            return Outcome("overtaken", f"the report is at {'version ' + str(version) if version else 'a later draft'}")
        with self._folder(entry.id) as folder:
            (written,) = write_kinds(export, writers([entry.what.kind]), folder)
            if written.why_not is not None:
                return Outcome("inapplicable", written.why_not)
            return Outcome("proven", _deliver(peer, written.files))

    @contextmanager
    def _folder(self, entry_id: str) -> Iterator[Path]:
        """Give a folder in the home, which is its owner's alone; what a killed sender left in it is taken away."""
        folder = self._home.root / "outgoing" / entry_id
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sender_of(settings: Settings, home: Home) -> Sender:
    """Give what sends to the systems that the settings name; raises `SettingsError` where their file is not valid."""
    return Sender(home, load_peers(settings.peers), settings.draft_policy)


def wait_after(attempts: int) -> float:
    """Give the seconds to wait after so many attempts."""
    return min(FIRST_WAIT * 2.0 ** (attempts - 1), LONGEST_WAIT)


def _deliver(peer: Peer, files: tuple[Path, ...]) -> str:
    match peer:
        case DicomWeb():
            return dicomweb.deliver(peer, files)
        case DicomNode():
            return dimse.deliver(peer, files)
        case FhirServer():
            return fhir.deliver(peer, files)
        case MllpNode():
            return mllp.deliver(peer, files)
        case Hl7Folder():
            return hl7_folder.deliver(peer, files)
        case OrthancServer():
            raise UsageError(f"'{peer.name}' only gives studies")
