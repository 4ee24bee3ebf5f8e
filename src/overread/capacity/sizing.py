"""How many machines it takes, and what a number of machines bears, so that each priority is taken in time."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from overread.capacity.demand import HOURS, MOST, Demand
from overread.capacity.service import ServiceTimes
from overread.capacity.waits import Wait, waits
from overread.records import Priority

HOUR = 3600


class Site(BaseModel):
    """Machines that are alike, and what is asked of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: ServiceTimes
    workers: int = Field(ge=1)
    """Cases that a machine has in work at once."""
    allowed: dict[Priority, float]
    """Seconds that a priority may wait: with the time it came in, its deadline in the queue."""
    targets: dict[Priority, float]
    """Seconds within which it should be taken."""
    share: float = Field(default=0.95, gt=0, lt=1)
    """Of the cases of each priority."""

    def an_hour(self, machines: int = 1) -> float:
        """Give how many cases machines read in an hour with all places busy."""
        return machines * self.workers * HOUR / self.service.mean

    def ordered(self, demand: Demand) -> list[Priority]:
        """Give the priorities that there are, the one with the nearest deadline first."""
        return sorted(demand.shares, key=lambda priority: self.allowed[priority])


class Told(BaseModel):
    """How long the cases of one priority wait; seconds. The quantile is that of the site's share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    quantile: float
    within_target: float
    """Share of the cases."""


class Load(BaseModel):
    """A demand on so many machines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    studies: int
    """A year."""
    machines: int
    peak_an_hour: float
    """Studies that come in the busiest hour, on average."""
    utilisation: float
    """Share of the places' time that is used, over the day; above 1 the cases are more than can be read."""
    peak_utilisation: float
    waits: dict[Priority, Told] | None
    """In the busiest hour, as if it lasted; None where more come in it than can be read."""
    meets: bool
    """Whether each priority is taken within its target, in the share of cases that is asked for."""


def at_peak(site: Site, demand: Demand, machines: int) -> dict[Priority, Wait] | None:
    """Give the waits in the busiest hour as if it lasted (the pointwise stationary approximation of L. Green and
    P. Kolesar, Management Science 37, 1991); None where more comes in it than can be read.
    """
    order, coming = site.ordered(demand), demand.by_priority(demand.peak_hour)
    found = waits([coming[priority] / HOUR for priority in order], site.service, machines * site.workers)
    return None if found is None else dict(zip(order, found, strict=True))


def load_of(site: Site, demand: Demand, machines: int) -> Load:
    """Say how a demand fares on so many machines."""
    found, peak = at_peak(site, demand, machines), demand.an_hour(demand.peak_hour)
    return Load(
        studies=demand.studies,
        machines=machines,
        peak_an_hour=peak,
        utilisation=demand.studies / demand.days / HOURS / site.an_hour(machines),
        peak_utilisation=peak / site.an_hour(machines),
        waits=None if found is None else {one: _told(site, one, wait) for one, wait in found.items()},
        meets=_meets(site, found),
    )


def machines_needed(site: Site, demand: Demand) -> int:
    """Give the fewest machines on which each priority is taken in time, in the busiest hour too."""
    return _first(lambda machines: _meets(site, at_peak(site, demand, machines)))


def largest_demand(site: Site, demand: Demand, machines: int = 1) -> int | None:
    """Give how many studies a year of the demand's kind machines bear; None where they bear `MOST` and more."""

    def too_many(studies: int) -> bool:
        return not _meets(site, at_peak(site, demand.model_copy(update={"studies": studies}), machines))

    return _first(too_many) - 1 if too_many(MOST) else None


def _told(site: Site, priority: Priority, wait: Wait) -> Told:
    within = wait.within(site.targets[priority])
    return Told(mean=wait.mean, quantile=wait.quantile(site.share), within_target=within)


def _meets(site: Site, found: dict[Priority, Wait] | None) -> bool:
    return found is not None and all(wait.within(site.targets[one]) >= site.share for one, wait in found.items())


def _first(holds: Callable[[int], bool]) -> int:
    """Find the smallest number from 1 of which something holds that holds of all larger ones, and of some."""
    high = 1
    while not holds(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
