"""Secure sums one after the other, of all hospitals or none, as a strategy of Flower's SecAgg+ workflow."""

from abc import abstractmethod
from typing import Any

from flwr.common import (
    EvaluateIns,
    EvaluateRes,
    FitIns,
    FitRes,
    Parameters,
    Scalar,
    ndarrays_to_parameters,
    parameters_to_ndarrays,
)
from flwr.server.client_manager import ClientManager
from flwr.server.client_proxy import ClientProxy
from flwr.server.strategy import Strategy
from numpy.typing import NDArray

from overread.errors import ModelRefused
from overread.federating.result import Result
from overread.federating.sums import Floats, from_wire

PATIENCE = 3600.0
"""Seconds in which all hospitals have to be there."""
Answers = list[tuple[ClientProxy, FitRes]]


class SecureSums(Strategy):  # type: ignore[misc]  # Flower is not where types are checked
    """Ask each hospital the same, and take the sum of what they answer."""

    sums: int
    """How many there are."""

    def __init__(self, sites: int, weights_digest: str) -> None:
        self.sites, self.weights_digest = sites, weights_digest
        self.taken = 0

    @abstractmethod
    def asked(self) -> dict[str, Scalar]:
        """Say what the next sum is of."""

    @abstractmethod
    def take(self, total: Floats) -> list[NDArray[Any]]:
        """Take the next sum; give what the one after is asked with."""

    @abstractmethod
    def result(self) -> Result:
        """Give what all sums came to."""

    def initialize_parameters(self, client_manager: ClientManager) -> Parameters:
        """Wait for the hospitals; there is nothing to begin with."""
        if not client_manager.wait_for(self.sites, timeout=int(PATIENCE)):
            raise ModelRefused(f"{client_manager.num_available()} hospitals of {self.sites} are there")
        return ndarrays_to_parameters([])

    def configure_fit(
        self, server_round: int, parameters: Parameters, client_manager: ClientManager
    ) -> list[tuple[ClientProxy, FitIns]]:
        """Ask each hospital the same."""
        sites = client_manager.all().values()
        if len(sites) != self.sites:
            raise ModelRefused(f"{len(sites)} hospitals are there, and {self.sites} were to be: nothing is added")
        config = {**self.asked(), "weights_digest": self.weights_digest}
        return [(site, FitIns(parameters, config)) for site in sites]

    def aggregate_fit(
        self, server_round: int, results: Answers, failures: list[Any]
    ) -> tuple[Parameters | None, dict[str, Scalar]]:
        """Take the sum, which stands in each of the results."""
        if failures or len(results) != self.sites:
            raise ModelRefused(f"{len(results)} hospitals of {self.sites} answered: begin anew with those that can")
        (mean,) = parameters_to_ndarrays(results[0][1].parameters)
        told = self.take(from_wire(mean, self.sites))
        self.taken += 1
        return ndarrays_to_parameters(told), {}

    def configure_evaluate(
        self, server_round: int, parameters: Parameters, client_manager: ClientManager
    ) -> list[tuple[ClientProxy, EvaluateIns]]:
        """Ask for nothing more."""
        return []

    def aggregate_evaluate(
        self, server_round: int, results: list[tuple[ClientProxy, EvaluateRes]], failures: list[Any]
    ) -> tuple[float | None, dict[str, Scalar]]:
        """Nothing was asked."""
        return None, {}

    def evaluate(self, server_round: int, parameters: Parameters) -> None:
        """Nothing is measured in this place: there are no films."""
