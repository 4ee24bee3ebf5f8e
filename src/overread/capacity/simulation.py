"""The same machines and the same studies as a discrete-event simulation: what the formulas are held against.

Places take cases as workers do: the one that is due first, by when it came in and what its priority allows. So what the
formulas leave out is in it: deadlines that age, an hour that begins with the queue of the one before.
"""

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from overread.capacity.demand import HOURS, Demand
from overread.capacity.service import ServiceTimes
from overread.capacity.sizing import HOUR, Site, Told
from overread.errors import Unavailable
from overread.records import Priority

EXTRA = "capacity"
DAY = HOURS * HOUR
LONGEST = 3650
"""Days that are simulated at most: a site to which few studies come has fewer cases than were asked for."""
WARM_UP = 0.1
"""Share of the time that is not counted, since it begins with nothing in work; where days are simulated, the first."""


class Simulated(BaseModel):
    """What a simulation counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    cases: int
    """Those that were counted."""
    utilisation: float
    """Share of the places' time that was used."""
    waits: dict[Priority, Told]
    """Priorities of which a case came; one of which none came is left out."""


def require_simulation() -> None:
    """Raise `Unavailable` where SimPy is not installed."""
    _simpy()


def simulate_peak(site: Site, demand: Demand, machines: int, *, cases: int, seed: int) -> Simulated:
    """Let the busiest hour last for about so many cases; it has to be one that the machines can read."""
    coming = demand.by_priority(demand.peak_hour)
    hours = max(1, min(LONGEST * HOURS, round(cases / demand.an_hour(demand.peak_hour))))
    rates = {priority: np.full(hours, rate) for priority, rate in coming.items()}
    return _simulate(site, rates, machines, after=WARM_UP * hours * HOUR, seed=seed)


def simulate_days(site: Site, demand: Demand, machines: int, *, cases: int, seed: int) -> Simulated:
    """Let days follow each other for about so many cases: whole days, a first one is not counted."""
    days = max(1, min(LONGEST, round(cases * demand.days / demand.studies)))
    rates = {
        priority: np.tile(np.array(demand.day) * demand.studies / demand.days * share, days + 1)
        for priority, share in demand.shares.items()
    }
    return _simulate(site, rates, machines, after=DAY, seed=seed)


def _simulate(
    site: Site, rates: Mapping[Priority, NDArray[np.float64]], machines: int, *, after: float, seed: int
) -> Simulated:
    """Run the hours of `rates` (cases an hour); what came in from `after` on is counted, also what is taken later."""
    simpy, random = _simpy(), np.random.default_rng(seed)
    world = simpy.Environment()
    queue = simpy.PriorityStore(world)
    coming = _arrivals(rates, random)
    seconds = _seconds(site.service, len(coming), random)
    end = max(len(hours) for hours in rates.values()) * HOUR
    waited: dict[Priority, list[float]] = {priority: [] for priority in rates}
    used = [0.0]

    def arrive() -> Generator[Any, Any, None]:
        for (at, priority), taken in zip(coming, seconds, strict=True):
            yield world.timeout(at - world.now)
            yield queue.put(simpy.PriorityItem(at + site.allowed[priority], (at, priority, taken)))

    def place() -> Generator[Any, Any, None]:
        while True:
            at, priority, taken = (yield queue.get()).item
            if at >= after:
                waited[priority].append(world.now - at)
            used[0] += max(0.0, min(end, world.now + taken) - max(after, world.now))
            yield world.timeout(taken)

    world.process(arrive())
    for _ in range(machines * site.workers):
        world.process(place())
    world.run()  # until nothing is left: a case that waits long is counted too
    told = {priority: _told(site, priority, np.array(times)) for priority, times in waited.items() if times}
    utilisation = used[0] / ((end - after) * machines * site.workers)
    return Simulated(seed=seed, cases=sum(map(len, waited.values())), utilisation=utilisation, waits=told)


def _arrivals(
    rates: Mapping[Priority, NDArray[np.float64]], random: np.random.Generator
) -> list[tuple[float, Priority]]:
    """Draw when cases come in, in seconds: so many in an hour by Poisson, anywhere in it."""
    found: list[tuple[float, Priority]] = []
    for priority, hours in rates.items():
        counts = random.poisson(hours)
        begins = np.repeat(np.arange(len(hours)) * float(HOUR), counts)
        found += [(float(at), priority) for at in begins + random.random(len(begins)) * HOUR]
    return sorted(found)


def _seconds(service: ServiceTimes, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw service times: from those that were measured, else of a gamma distribution with the mean and deviation."""
    if service.samples:
        return random.choice(np.array(service.samples), count)
    if not service.deviation:
        return np.full(count, service.mean)
    variation = service.squared_variation
    return random.gamma(1 / variation, service.mean * variation, count)


def _told(site: Site, priority: Priority, times: NDArray[np.float64]) -> Told:
    return Told(
        mean=float(times.mean()),
        quantile=float(np.quantile(times, site.share)),
        within_target=float((times <= site.targets[priority]).mean()),
    )


def _simpy() -> Any:
    try:
        import simpy
    except ImportError:
        raise Unavailable(f"a simulation needs SimPy: pip install 'overread[{EXTRA}]'") from None
    return simpy
