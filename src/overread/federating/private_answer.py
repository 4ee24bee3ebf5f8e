"""What a hospital answers to a training with noise: a sum that its own limit allows, with its part of the noise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from overread.errors import ModelRefused
from overread.federating.noise import noised
from overread.federating.patient_sums import ONE, Frame, counts_apart, gradients_of, means_of
from overread.federating.plan import Ask, Plan, scale_of
from overread.federating.site_films import SiteFilms
from overread.federating.sums import Floats
from overread.federating.told import charge, ledger_of, limit_of

LARGEST = 1e6
"""Of what a coordinator may send: heads beyond it are none."""


def answer_to(
    asked: Mapping[str, Any],
    parameters: list[NDArray[Any]],
    site: SiteFilms,
    node: Mapping[str, Any],
    run: str,
    others: int,
) -> Floats:
    """Give the sum that is asked, over patients' norm, noise in it.

    `others` is how many hospitals it is added with at least. Raises `ModelRefused` beyond what `node` allows.
    """
    limit = limit_of(node)
    if limit is None:
        raise ModelRefused("this hospital gives no sums with noise; 'epsilon=…' in --node-config says up to where")
    try:
        plan, number = Plan.model_validate_json(str(asked["plan"])), int(asked["number"])
        ask = plan.releases()[number].ask
    except (ValidationError, KeyError, IndexError, ValueError):
        raise ModelRefused("the coordinator's plan cannot be read: nothing is given") from None
    sums = _sums(ask, site, [np.asarray(one, np.float64) for one in parameters])
    release = charge(ledger_of(Path(str(node["films"]))), run, plan, number, limit)
    honest = max(1, min(plan.honest, int(node.get("honest", plan.honest)), others))
    return np.asarray(noised(sums, scale_of(release.rho, honest) * ONE) / ONE, np.float64)


def _sums(ask: Ask, site: SiteFilms, parameters: list[Floats]) -> NDArray[np.int64]:
    if any(not np.isfinite(one).all() or np.abs(one).max(initial=0.0) > LARGEST for one in parameters):
        raise ModelRefused("the coordinator's heads are no numbers: nothing is given")
    if ask == "means":
        return means_of(site)
    first, second = parameters
    return gradients_of(site, Frame.about(first), second) if ask == "gradient" else counts_apart(site, first, second)
