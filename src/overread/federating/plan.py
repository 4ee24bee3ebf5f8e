"""What a training with noise is to tell of a patient at most, and how that is spread over its secure sums."""

from typing import Literal, NamedTuple

from pydantic import Field

from overread.errors import ModelRefused
from overread.federating.noise import WIDEST, rho_for
from overread.records import Record

Ask = Literal["means", "gradient", "counts"]
MEANS_SHARE, COUNTS_SHARE = 0.05, 0.2
"""Of all that may be told; the rounds share the rest alike."""


class Release(NamedTuple):
    """One secure sum, and what it tells."""

    ask: Ask
    rho: float


class Plan(Record):
    """The same at the coordinator and at each hospital, which works out the noise for itself."""

    epsilon: float = Field(gt=0)
    """Of all sums of the training together, for one patient with all their films at a hospital."""
    delta: float = Field(gt=0, lt=0.1)
    rounds: int = Field(ge=1, le=1000)
    """Of gradients."""
    honest: int = Field(ge=1)
    """So many hospitals' noise is enough: what the others do with theirs does not matter."""

    @property
    def rho(self) -> float:
        """Give what all sums together tell."""
        return rho_for(self.epsilon, self.delta)

    def releases(self) -> list[Release]:
        """List the sums in order: what they tell adds up."""
        rho = self.rho
        rounds = [Release("gradient", rho * (1.0 - MEANS_SHARE - COUNTS_SHARE) / self.rounds)] * self.rounds
        return [Release("means", rho * MEANS_SHARE), *rounds, Release("counts", rho * COUNTS_SHARE)]

    def told(self, answered: int) -> float:
        """Give rho of the first so many sums."""
        return sum(one.rho for one in self.releases()[:answered])


def scale_of(rho: float, honest: int) -> float:
    """Give the standard deviation of a hospital's noise, for patients that move a sum by 1: `honest` make it up.

    Raises `ModelRefused` for more than a sum has room for.
    """
    scale = float((2.0 * rho * honest) ** -0.5)
    if not scale <= WIDEST:
        raise ModelRefused("so small an epsilon takes more noise than a sum has room for")
    return scale
