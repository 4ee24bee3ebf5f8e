"""A list of studies at an archive: a file whose rows name one each by accession number or Study Instance UID."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread.archives.query import StudyQuery, query_for
from overread.batch.manifest import SUFFIXES, Ordered, order_of, rows_of
from overread.errors import UsageError
from overread.records import Order


class StudyRow(Ordered):
    """One row; numbers are as the images have them."""

    accession: str | None = None
    study_uid: str | None = None


@dataclass(frozen=True)
class Listed:
    """One row of a list, as it is asked for."""

    name: str
    """Of the row, for people: `studies.csv, row 7`; it tells no number."""
    query: StudyQuery
    order: Order | None


def listed_in(lists: Sequence[Path], modalities: tuple[str, ...]) -> list[Listed]:
    """Read lists of studies; raises `UsageError` with the row, before anything is asked of the archive."""
    return [row for path in lists for row in _rows(path, modalities)]


def _rows(path: Path, modalities: tuple[str, ...]) -> Iterator[Listed]:
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        kinds = ", ".join(SUFFIXES)
        raise UsageError(f"with --from-pacs an input is a list of studies ({kinds}); '{path.name}' is none")
    seen: dict[StudyQuery, int] = {}
    for number, where, row in rows_of(path, StudyRow):
        try:
            query = query_for(modalities, row.accession, row.study_uid)
        except UsageError as error:
            raise UsageError(f"{where}, {error}") from None
        if (before := seen.setdefault(query, number)) != number:
            raise UsageError(f"{where}: the same study as in row {before}")
        yield Listed(where, query, order_of(row, path.absolute().parent, where))
    if not seen:
        raise UsageError(f"{path.name} names no study; give a row for each, with a column accession or study_uid")
