"""The cases of a batch that an archive finds."""

from pathlib import Path

from overread.archives.archive import Archive
from overread.archives.earlier import Wanted
from overread.archives.query import StudyQuery
from overread.batch.work import AtArchive, Work
from overread.errors import UsageError

NO_PRIORS = Wanted()


def works_at(
    archive: Archive, named: str, query: StudyQuery, keep: Path | None = None, wanted: Wanted = NO_PRIORS
) -> list[Work]:
    """Ask for the studies and give a case each, named by its Study Instance UID; nothing is fetched.

    The earliest come first, so that a patient's earlier study is on file when a later one is read. Raises `UsageError`
    where nothing fits.
    """
    found = sorted(archive.find(query), key=lambda study: (study.date, study.time, study.uid))
    if not found:
        raise UsageError(f"{archive.where} has no study that fits")
    kept = keep and keep.absolute()
    return [
        Work(study.uid, (), remote=AtArchive(named, study.key, study.version, query.modalities, wanted, kept))
        for study in found
    ]
