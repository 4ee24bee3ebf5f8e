"""One case to be read, as a batch knows it before it opens an image."""

from dataclasses import dataclass
from pathlib import Path

from overread.records import Order, Priority


@dataclass(frozen=True)
class Work:
    """One case to be read: its name in the summary, its files, its order if one lies beside them."""

    name: str
    paths: tuple[Path, ...]
    order: Order | None = None
    priors: tuple[Path, ...] = ()
    prior_reports: tuple[Path, ...] = ()
    """The first is of the first prior, and so on."""

    @property
    def priority(self) -> Priority:
        """Give the priority that its order states; without one it is routine."""
        return self.order.priority if self.order else "routine"
