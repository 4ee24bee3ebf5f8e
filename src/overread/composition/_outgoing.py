"""Where signed reports go, and who is told of critical results."""

from collections.abc import Sequence
from datetime import UTC, datetime

from overread.errors import SettingsError
from overread.escalation.ladder import load_ladder
from overread.escalation.watcher import Watcher
from overread.outputs.delivery import deliver_to_folder
from overread.peers.book import load_peers
from overread.peers.records import Peer
from overread.queueing import kinds_of, outgoing_to
from overread.records import CaseFile
from overread.settings import Settings
from overread.store.home import Home


def destinations(settings: Settings) -> tuple[Peer, ...]:
    """Give the systems that signed reports go to; raises `SettingsError` now, not at a signature, for a wrong name."""
    known = load_peers(settings.peers)
    if unknown := [name for name in settings.deliver_to if name not in known]:
        raise SettingsError(f"deliver_to names '{unknown[0]}', which is no remote system of the setting 'peers'")
    chosen = tuple(known[name] for name in dict.fromkeys(settings.deliver_to))
    for peer in chosen:
        kinds_of(peer)
    return chosen


def deliver(home: Home, peers: Sequence[Peer], file: CaseFile) -> None:
    """Put a signed report into its folder, and into the outbox for each of some systems; twice is once."""
    deliver_to_folder(file, home.delivery(file.case_id), home.artifacts, home.pictures)
    home.outbox.add([outgoing for peer in peers for outgoing in outgoing_to(file, peer)], datetime.now(UTC))


def watcher_of(settings: Settings, home: Home) -> Watcher:
    """Give what tells people of critical results; raises `SettingsError` for a ladder that is not valid."""
    page = settings.page_url or f"http://{settings.app_host}:{settings.app_port}"
    return Watcher(home, load_ladder(settings.escalation_file), settings.channels, page)
