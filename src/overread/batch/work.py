"""One case to be read, as a batch knows it before it opens an image."""

from dataclasses import dataclass, field
from pathlib import Path

from overread.archives.earlier import Wanted
from overread.records import Order, Priority


@dataclass(frozen=True)
class AtArchive:
    """A study that an archive has: it is fetched when its turn comes."""

    archive: str
    """Name or address of the remote system, as it was given."""
    key: str
    """By which the archive gives it out; "" where it has no such study."""
    version: str
    """Another when the archive has other images of it, as far as it says."""
    modalities: tuple[str, ...]
    """Series that are fetched."""
    wanted: Wanted = field(default_factory=Wanted)
    """Earlier studies of the patient that are fetched from there as well."""
    keep: Path | None = None
    """A folder that gets a folder of its images; None: they are removed once the study is taken in."""


@dataclass(frozen=True)
class Work:
    """One case to be read: its name in the summary, its files, its order if one lies beside them."""

    name: str
    paths: tuple[Path, ...]
    """None of a study that is fetched (`remote`)."""
    order: Order | None = None
    priors: tuple[Path, ...] = ()
    prior_reports: tuple[Path, ...] = ()
    """The first is of the first prior, and so on."""
    remote: AtArchive | None = None

    @property
    def priority(self) -> Priority:
        """Give the priority that its order states; without one it is routine."""
        return self.order.priority if self.order else "routine"
