"""How long cases wait for a place, by queueing theory: M/G/c with priorities that do not interrupt.

Mean waits: Allen-Cunneen (A. O. Allen, Probability, Statistics, and Queueing Theory, 2nd ed. 1990), which takes the
wait of M/M/c times (1 + squared variation of the service time) / 2; over priorities spread by A. Cobham (Operations
Research 2, 1954). Exact for M/M/c where all priorities have the same service times, and for M/G/1.

Tails: a case waits at all with the chance of Erlang C. How long then has in M/M/c the first two moments of O. Kella and
U. Yechiali (Stochastic Models 1, 1985); a gamma distribution is fitted to them. Exact for the most urgent of M/M/c.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from overread.capacity.service import ServiceTimes


@dataclass(frozen=True)
class Wait:
    """How long the cases of one priority wait until they are taken; seconds."""

    chance: float
    """That a case waits at all."""
    mean: float
    """Over all cases, those that do not wait too."""
    variation: float
    """Squared, of the wait of those that wait."""

    def within(self, seconds: float) -> float:
        """Give the share of cases that are taken within so many seconds."""
        if not self.chance or not self.mean:
            return 1.0
        return 1 - self.chance * float(special.gammaincc(1 / self.variation, seconds / self._scale))

    def quantile(self, share: float) -> float:
        """Give the seconds within which a share of the cases is taken; 0 where so many do not wait at all."""
        if 1 - share >= self.chance or not self.mean:
            return 0.0
        return float(special.gammainccinv(1 / self.variation, (1 - share) / self.chance)) * self._scale

    @property
    def _scale(self) -> float:
        return self.mean / self.chance * self.variation


def erlang_c(load: float, servers: int) -> float:
    """Give the chance that a case finds all servers busy (M/M/c); `load` in erlangs, below `servers`."""
    log_share = servers * math.log(load) - load - special.gammaln(servers + 1) - math.log(special.pdtr(servers, load))
    blocked = math.exp(log_share)  # Erlang B
    busy = load / servers
    return blocked / (1 - busy * (1 - blocked))


def waits(rates: Sequence[float], service: ServiceTimes, servers: int) -> list[Wait] | None:
    """Give the wait of each priority, of their cases a second, the most urgent first.

    None where no more cases than these can be read: the queue grows, and no wait is the steady one. Priorities are
    strict here; by deadline, as the queue has them, this holds while cases wait less than the deadlines differ by.
    """
    load = sum(rates) * service.mean
    if load >= servers:
        return None
    chance = erlang_c(load, servers)
    first = chance * service.mean / servers * (1 + service.squared_variation) / 2
    found, above = [], 0.0
    for rate in rates:
        upto = above + rate * service.mean / servers
        variation = 1 + 2 * above * (1 - upto) / (1 - above)
        found.append(Wait(chance, first / ((1 - above) * (1 - upto)), variation))
        above = upto
    return found
