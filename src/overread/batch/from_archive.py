"""The cases of a batch that an archive finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from overread.archives.archive import Archive
from overread.archives.earlier import Wanted
from overread.archives.query import FoundStudy, StudyQuery
from overread.batch.study_list import Listed
from overread.batch.work import AtArchive, Work
from overread.errors import UsageError

NO_PRIORS = Wanted()


@dataclass(frozen=True)
class Fetching:
    """How studies of an archive are fetched."""

    named: str
    """Name or address of the archive, as it was given."""
    modalities: tuple[str, ...]
    keep: Path | None = None
    wanted: Wanted = NO_PRIORS

    def work(self, study: FoundStudy) -> Work:
        """Give the case of a study, named by its Study Instance UID."""
        kept = self.keep and self.keep.absolute()
        at = AtArchive(self.named, study.key, study.version, self.modalities, self.wanted, kept)
        return Work(study.uid, (), remote=at)

    def missing(self, name: str) -> Work:
        """Give the case of a row of which the archive has no study: it fails, which its line in the summary says."""
        return Work(name, (), remote=AtArchive(self.named, "", "", self.modalities))


def works_at(
    archive: Archive, named: str, query: StudyQuery, keep: Path | None = None, wanted: Wanted = NO_PRIORS
) -> list[Work]:
    """Ask for the studies and give a case each; nothing is fetched.

    The earliest come first, so that a patient's earlier study is on file when a later one is read. Raises `UsageError`
    where nothing fits.
    """
    fetching = Fetching(named, query.modalities, keep, wanted)
    found = _earliest_first(archive.find(query))
    if not found:
        raise UsageError(f"{archive.where} has no study that fits")
    return [fetching.work(study) for study in found]


def works_listed(
    archive: Archive, fetching: Fetching, rows: Sequence[Listed], told: Callable[[], None] = lambda: None
) -> list[Work]:
    """Ask for the studies of each row and give a case each, with the row's order; `told` is called after each row.

    The earliest come first, what the archive does not have last. Raises `UsageError` for a study that two rows name.
    """
    of_row: dict[str, Listed] = {}
    found, missing = [], []
    for row in rows:
        studies = list(archive.find(row.query))
        missing += [] if studies else [replace(fetching.missing(row.name), order=row.order)]
        for study in studies:
            if (before := of_row.setdefault(study.uid, row)) is not row:
                raise UsageError(f"{row.name}: the same study as {before.name}")
            found.append(study)
        told()
    return [*(replace(fetching.work(s), order=of_row[s.uid].order) for s in _earliest_first(found)), *missing]


def _earliest_first(studies: Iterable[FoundStudy]) -> list[FoundStudy]:
    return sorted(studies, key=lambda study: (study.date, study.time, study.uid))
