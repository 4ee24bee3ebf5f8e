"""The files of a case while it is taken in: those that lie here, or those of an archive, fetched for this one case.

As many studies lie here as are being taken in, and no more: one is fetched when a worker has begun with it, and removed
as soon as it is taken in. What a killed process fetched is removed when its case is tried again, or a day later.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from overread.admission import look_at
from overread.archives.archive import Archive
from overread.archives.earlier import Wanted, fetch_earlier
from overread.archives.named import ArchivePeer, archive_peer, open_archive
from overread.batch.faults import AWAY
from overread.batch.work import AtArchive, Work
from overread.errors import PeerError, SeveralStudies, Unreadable, UsageError
from overread.peers.book import load_peers
from overread.peers.check import check
from overread.prior_intake import SentPriors
from overread.reading_room import ReadingRoom

ARCHIVE_AWAY_SECONDS = 900.0
"""For so long an archive that answers nobody is waited for with the case in hand: else the whole batch would fail in
the minutes of a restart."""
STALE_SECONDS = 86_400.0
Given = TypeVar("Given")


@contextmanager
def files_of(work: Work, room: ReadingRoom, token: str) -> Iterator[tuple[Sequence[Path], SentPriors]]:
    """Give the files of a case and its priors during the block; `token` is of this try alone: the case's id, and more.

    Raises `PeerError` where the archive does not give the study, `Unreadable` where there is nothing to read in it.
    """
    if work.remote is None:
        yield work.paths, SentPriors(work.priors, work.prior_reports)
        return
    if not work.remote.key:
        raise PeerError("refused", f"'{work.remote.archive}' has no study that this row names")
    peer = _peer(work.remote, room)
    archive = open_archive(peer, work.remote.modalities, room.services.settings.limits)
    root = work.remote.keep or room.home.root / "fetched"
    folder, earlier = _empty_folder(root, token), f".{token}-priors.part"
    try:
        paths = patient_fetch(archive, peer, work.remote.key, folder)
        if paths is None:
            raise PeerError("refused", f"{archive.where} has the study no longer")
        if not paths:
            said = f"The study has no image of {', '.join(work.remote.modalities)} at the archive"
            raise Unreadable("empty_input", said, "Name other modalities.")
        kept = paths if work.remote.keep is None else _kept(folder, root / work.name)
        yield kept, SentPriors(_earlier(archive, peer, work.remote.wanted, kept, room, _below(root, earlier)))
    finally:
        for made in (folder, root / earlier):
            shutil.rmtree(made, ignore_errors=True)


def _earlier(
    archive: Archive, peer: ArchivePeer, wanted: Wanted, paths: Sequence[Path], room: ReadingRoom, folder: Path
) -> tuple[Path, ...]:
    """Fetch earlier studies of the patient, as an operator asked; what cannot be read is told where it is taken in."""
    if not wanted.most:
        return ()
    try:
        read = look_at(paths, room.home, room.services.settings.limits)
    except (SeveralStudies, Unreadable):
        return ()
    return _patient(peer, folder, ARCHIVE_AWAY_SECONDS, lambda: fetch_earlier(archive, read, wanted, folder))


def patient_fetch(
    archive: Archive, peer: ArchivePeer, key: str, folder: Path, seconds: float = ARCHIVE_AWAY_SECONDS
) -> tuple[Path, ...] | None:
    """Fetch a study as `Archive.fetch`; while the archive answers nobody it is waited for, up to so many seconds.

    Where it answers others the trouble is this study's: it is raised, and the queue decides of another try.
    """
    return _patient(peer, folder, seconds, lambda: archive.fetch(key, folder))


def _patient(peer: ArchivePeer, folder: Path, seconds: float, fetch: Callable[[], Given]) -> Given:
    waits = Retrying(
        retry=retry_if_exception(lambda error: _passes(error) and not _answers(peer)),
        wait=wait_exponential(multiplier=1.0, max=30.0),
        stop=stop_after_delay(seconds),
        before_sleep=lambda state: _clear(folder),
        reraise=True,
    )
    return waits(fetch)


def _passes(error: BaseException) -> bool:
    return isinstance(error, PeerError) and error.kind in AWAY


def _answers(peer: ArchivePeer) -> bool:
    try:
        check(peer)
    except PeerError as error:
        return not _passes(error)
    return True


def _peer(remote: AtArchive, room: ReadingRoom) -> ArchivePeer:
    """Give the system by the name that the batch has for it; one that this host does not know is tried elsewhere."""
    try:
        return archive_peer(remote.archive, load_peers(room.services.settings.peers))
    except UsageError as error:
        raise PeerError("not_reached", f"on this host: {error}") from None


def _empty_folder(root: Path, token: str) -> Path:
    """Make the folder of this try, and take away what earlier ones left: of this case, or long ago."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    case = token.rpartition("-")[0]
    for left in root.glob(".q-*.part"):
        with_case = left.name.startswith(f".{case}-")
        if with_case or time.time() - left.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return _below(root, f".{token}.part")


def _below(root: Path, name: str) -> Path:
    (folder := root / name).mkdir(mode=0o700)
    return folder


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _kept(folder: Path, kept: Path) -> tuple[Path, ...]:
    """Give the folder its name, in the place of what an earlier batch kept of the study."""
    shutil.rmtree(kept, ignore_errors=True)
    folder.rename(kept)
    return tuple(sorted(kept.iterdir()))
