"""The part of the training that runs where hospitals meet, as a Flower ServerApp: two secure sums, and the heads."""

from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Context
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
from flwr.server import LegacyContext, ServerConfig
from flwr.server.client_manager import ClientManager
from flwr.server.client_proxy import ClientProxy
from flwr.server.strategy import Strategy
from flwr.server.workflow import DefaultWorkflow, SecAggPlusWorkflow
from flwr.serverapp import Grid, ServerApp

from overread.errors import ModelRefused
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.result import Result, write_result
from overread.federating.sums import CLIP, COUNTS, STEPS, Moments, from_wire, moments_from

PATIENCE = 3600.0
"""Seconds in which all hospitals have to be there."""
Answers = list[tuple[ClientProxy, FitRes]]


class TwoSums(Strategy):  # type: ignore[misc]  # Flower is not where types are checked
    """First the moments of all films, then the scores of the heads that came of them; all hospitals or none."""

    def __init__(self, sites: int, weights_digest: str) -> None:
        self.sites, self.weights_digest = sites, weights_digest
        self.moments: Moments | None = None
        self.counts: np.ndarray[Any, Any] | None = None

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
        ask = "moments" if self.moments is None else "counts"
        return [(site, FitIns(parameters, {"ask": ask, "weights_digest": self.weights_digest})) for site in sites]

    def aggregate_fit(
        self, server_round: int, results: Answers, failures: list[Any]
    ) -> tuple[Parameters | None, dict[str, Scalar]]:
        """Take the sum, which stands in each of the results."""
        if failures or len(results) != self.sites:
            raise ModelRefused(f"{len(results)} hospitals of {self.sites} answered: begin anew with those that can")
        (mean,) = parameters_to_ndarrays(results[0][1].parameters)
        total = from_wire(mean, self.sites)
        if self.moments is None:
            self.moments = moments_from(total)
            return ndarrays_to_parameters(list(fold_heads(self.moments))), {}
        self.counts = np.rint(total).astype(np.int64).reshape(COUNTS)
        return None, {}

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


def build() -> ServerApp:
    """Give the app."""
    app = ServerApp()
    app.main()(train)
    return app


def train(grid: Grid, context: Context) -> None:
    """Add, fit, add, and write the result; raises `ModelRefused` where a hospital drops out."""
    config = context.run_config
    sites = int(config["sites"])
    strategy = TwoSums(sites, str(config["weights-digest"]))
    # All shares of a key are needed to open it: whoever is not there takes the whole sum away with them.
    secure = SecAggPlusWorkflow(sites, 1.0, max_weight=1.0, clipping_range=CLIP, quantization_range=STEPS)
    DefaultWorkflow(fit_workflow=secure)(
        grid, LegacyContext(context, config=ServerConfig(num_rounds=2), strategy=strategy)
    )
    if strategy.moments is None or strategy.counts is None:
        raise ModelRefused("a hospital dropped out or refused: no heads were made; its log says why")
    result = Result(heads_of(strategy.moments), strategy.counts, sites, strategy.weights_digest)
    write_result(result, Path(str(config["out"])))
