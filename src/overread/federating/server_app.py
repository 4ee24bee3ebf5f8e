"""The part of the training that runs where hospitals meet, as a Flower ServerApp: secure sums, and the heads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Context
from flwr.common import Scalar
from flwr.server import LegacyContext, ServerConfig
from flwr.server.workflow import DefaultWorkflow, SecAggPlusWorkflow
from flwr.serverapp import Grid, ServerApp
from numpy.typing import NDArray

from overread.errors import ModelRefused
from overread.federating.descent import Descent
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.plan import Plan
from overread.federating.result import Result, write_result
from overread.federating.secure_sums import SecureSums
from overread.federating.sums import CLIP, COUNTS, STEPS, Floats, Moments, moments_from


class TwoSums(SecureSums):
    """First the moments of all films, then the scores of the heads that came of them; exact."""

    sums = 2

    def __init__(self, sites: int, weights_digest: str) -> None:
        super().__init__(sites, weights_digest)
        self.moments: Moments | None = None
        self.counts = np.zeros(COUNTS, np.int64)

    def asked(self) -> dict[str, Scalar]:
        """Say what the next sum is of."""
        return {"ask": "moments" if self.moments is None else "counts"}

    def take(self, total: Floats) -> list[NDArray[Any]]:
        """Take the moments, then the counts."""
        if self.moments is None:
            self.moments = moments_from(total)
            return list(fold_heads(self.moments))
        self.counts = np.rint(total).astype(np.int64).reshape(COUNTS)
        return []

    def result(self) -> Result:
        """Give the heads of all folds."""
        if self.moments is None:
            raise ModelRefused("no sum was taken")
        return Result(heads_of(self.moments), self.counts, self.sites, self.weights_digest)


class NoisedSums(SecureSums):
    """The sums of a plan with noise."""

    def __init__(self, sites: int, weights_digest: str, plan: Plan) -> None:
        super().__init__(sites, weights_digest)
        self.descent = Descent(plan)
        self.sums = len(plan.releases())

    def asked(self) -> dict[str, Scalar]:
        """Say what the next sum is of; the hospital works out by itself what that tells."""
        plan = self.descent.plan
        return {"ask": plan.releases()[self.taken].ask, "number": self.taken, "plan": plan.model_dump_json()}

    def take(self, total: Floats) -> list[NDArray[Any]]:
        """Take means, gradients, counts, in the plan's order."""
        return self.descent.take(total)

    def result(self) -> Result:
        """Give the heads that the gradients led to."""
        return self.descent.result(self.sites, self.weights_digest)


def build() -> ServerApp:
    """Give the app."""
    app = ServerApp()
    app.main()(train)
    return app


def train(grid: Grid, context: Context) -> None:
    """Add, fit, add, and write the result; raises `ModelRefused` where a hospital drops out."""
    config = context.run_config
    strategy = strategy_of(config)
    # All shares of a key are needed to open it: whoever is not there takes the whole sum away with them.
    secure = SecAggPlusWorkflow(strategy.sites, 1.0, max_weight=1.0, clipping_range=CLIP, quantization_range=STEPS)
    DefaultWorkflow(fit_workflow=secure)(
        grid, LegacyContext(context, config=ServerConfig(num_rounds=strategy.sums), strategy=strategy)
    )
    if strategy.taken != strategy.sums:
        raise ModelRefused("a hospital dropped out or refused: no heads were made; its log says why")
    write_result(strategy.result(), Path(str(config["out"])))


def strategy_of(config: Mapping[str, Any]) -> SecureSums:
    """Read what the app was written for: exact sums, or those of a plan with noise."""
    sites, digest = int(config["sites"]), str(config["weights-digest"])
    if "plan" not in config:
        return TwoSums(sites, digest)
    return NoisedSums(sites, digest, Plan.model_validate_json(str(config["plan"])))
