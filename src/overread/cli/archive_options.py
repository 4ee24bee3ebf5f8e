"""Options of `overread batch` that name studies at an archive, and what they find."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note

if TYPE_CHECKING:
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
        """Say whether an archive is asked; raises `UsageError` for both or neither of inputs and archive."""
        from overread.errors import UsageError

        if self.from_pacs is None and any(astuple(self)):
            raise UsageError(
                "--date, --modality, --patient-id, --accession, --keep-images and --priors are of --from-pacs"
            )
        if (self.from_pacs is None) != bool(inputs):
            raise UsageError("give inputs, or --from-pacs NAME|URL with --date 20260101-20260131 or the like")
        if self.prior_years is not None and self.priors is None:
            raise UsageError("--prior-years is of --priors N")
        return self.from_pacs is not None


def found(settings: "Settings", asked: Asked) -> "list[Work]":
    """Ask the archive which studies it has; raises `UsageError`, and `PeerError` where it does not answer."""
    from overread.archives.earlier import Wanted
    from overread.archives.named import archive_peer, open_archive
    from overread.archives.query import query_of
    from overread.batch.from_archive import works_at
    from overread.peers.book import load_peers

    named = asked.from_pacs or ""
    codes = asked.modality.split(",") if asked.modality is not None else settings.receiving.modalities
    query = query_of(asked.date, tuple(dict.fromkeys(codes)), asked.patient_id, asked.accession)
    archive = open_archive(archive_peer(named, load_peers(settings.peers)), query.modalities, settings.limits)
    wanted = Wanted(asked.priors or 0, asked.prior_years)
    works = works_at(archive, named, query, asked.keep_images, wanted)
    note(f"{archive.where} finds {len(works)} studies")
    return works
