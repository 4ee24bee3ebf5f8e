"""Options of `overread batch` that name studies at an archive, and what they find."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import counting, note

if TYPE_CHECKING:
    from overread.archives.archive import Archive
    from overread.batch.from_archive import Fetching
    from overread.batch.study_list import Listed
    from overread.batch.work import Work
    from overread.settings import Settings

FromPacs = Annotated[
    str | None,
    typer.Option("--from-pacs", metavar="NAME|URL", help="Read what this archive finds; a URL is of DICOMweb."),
]
Date = Annotated[
    str | None, typer.Option("--date", metavar="DAY[-DAY]", help="Of --from-pacs: study dates, 20260101-20260131.")
]
Modality = Annotated[
    str | None,
    typer.Option("--modality", metavar="CODES", help="Of --from-pacs: CR,DX; else the setting receiving.modalities."),
]
PatientId = Annotated[
    str | None, typer.Option("--patient-id", metavar="ID", help="Of --from-pacs: the studies of one patient.")
]
Accession = Annotated[
    str | None, typer.Option("--accession", metavar="NUMBER", help="Of --from-pacs: one accession number.")
]
KeepImages = Annotated[
    Path | None,
    typer.Option("--keep-images", metavar="DIR", help="Of --from-pacs: keep what was fetched here, a folder a study."),
]
Priors = Annotated[
    int | None,
    typer.Option(
        "--priors", min=1, max=20, metavar="N", help="Of --from-pacs: fetch up to N earlier chest radiographs."
    ),
]
PriorYears = Annotated[
    float | None,
    typer.Option("--prior-years", min=0.01, max=150, metavar="YEARS", help="Of --priors: how old they may be."),
]


@dataclass(frozen=True)
class Asked:
    """The options as they were given."""

    from_pacs: str | None
    date: str | None
    modality: str | None
    patient_id: str | None
    accession: str | None
    keep_images: Path | None
    priors: int | None = None
    prior_years: float | None = None

    def of(self, inputs: Sequence[Path]) -> bool:
        """Say whether an archive is asked; raises `UsageError` for options that do not go together."""
        from overread.errors import UsageError

        if self.from_pacs is None and any(astuple(self)):
            raise UsageError(
                "--date, --modality, --patient-id, --accession, --keep-images and --priors are of --from-pacs"
            )
        if self.from_pacs is None and not inputs:
            raise UsageError("give inputs, or --from-pacs NAME|URL with --date 20260101-20260131 or the like")
        if self.from_pacs is not None and inputs and any((self.date, self.patient_id, self.accession)):
            raise UsageError("a list of studies takes the place of --date, --patient-id and --accession")
        if self.prior_years is not None and self.priors is None:
            raise UsageError("--prior-years is of --priors N")
        return self.from_pacs is not None


def found(settings: "Settings", asked: Asked, lists: Sequence[Path] = ()) -> "list[Work]":
    """Ask the archive which studies it has, of those in lists where there are any.

    Raises `UsageError`, and `PeerError` where the archive does not answer.
    """
    from overread.archives.earlier import Wanted
    from overread.archives.named import archive_peer, open_archive
    from overread.archives.query import query_of
    from overread.batch.from_archive import Fetching, works_at
    from overread.batch.study_list import listed_in
    from overread.peers.book import load_peers

    named = asked.from_pacs or ""
    codes = asked.modality.split(",") if asked.modality is not None else settings.receiving.modalities
    modalities, wanted = tuple(dict.fromkeys(codes)), Wanted(asked.priors or 0, asked.prior_years)
    rows = listed_in(lists, modalities)
    query = None if rows else query_of(asked.date, modalities, asked.patient_id, asked.accession)
    archive = open_archive(archive_peer(named, load_peers(settings.peers)), modalities, settings.limits)
    if query is None:
        return _listed(archive, Fetching(named, modalities, asked.keep_images, wanted), rows)
    works = works_at(archive, named, query, asked.keep_images, wanted)
    note(f"{archive.where} finds {len(works)} studies")
    return works


def _listed(archive: "Archive", fetching: "Fetching", rows: "Sequence[Listed]") -> "list[Work]":
    from overread.batch.from_archive import works_listed

    with counting() as progress:
        task = progress.add_task(f"asking {archive.where}", total=len(rows))
        works = works_listed(archive, fetching, rows, lambda: progress.advance(task))
    gone = sum(1 for work in works if work.remote is not None and not work.remote.key)
    told = f"{archive.where} finds {len(works) - gone} studies for {len(rows)} rows"
    note(f"{told}; for {gone} it has none, and these fail" if gone else told)
    return works
