"""What is told is counted as the books have it, and noise is what was counted."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from overread.errors import ModelRefused
from overread.federating.noise import epsilon_of, noised, rho_for
from overread.federating.plan import MEANS_SHARE, Plan, scale_of
from tests.needs import require

require("federated")

import opendp.prelude as opendp


def exact(scale: float, delta: float) -> float:
    """Give epsilon of continuous Gaussian noise in one dimension (Balle and Wang, ICML 2018, theorem 8)."""
    half = 1 / (2 * scale)
    return float(
        brentq(
            lambda e: norm.cdf(half - e / (2 * half)) - np.exp(e) * norm.cdf(-half - e / (2 * half)) - delta, 1e-6, 500
        )
    )


@pytest.mark.parametrize(("scale", "known"), [(1.0, 4.7285), (2.0, 2.1657), (5.0 / 20**0.5, 4.1616)])
def test_epsilon_is_what_another_accountant_says_and_not_below_the_exact_one(scale: float, known: float) -> None:
    """`known`: the Renyi accountant of Google's dp-accounting 0.6.0, delta 1e-5; the last is 20 releases of scale 5."""
    told = epsilon_of(0.5 / scale**2, 1e-5)
    assert told == pytest.approx(known, abs=1e-3)
    assert exact(scale, 1e-5) < told < 1.1 * exact(scale, 1e-5)
    rho = 0.5 / scale**2
    assert told < rho + 2 * (rho * np.log(1e5)) ** 0.5  # Bun and Steinke 2016, proposition 1.3


def test_a_plan_tells_of_a_patient_what_its_noise_composes_to() -> None:
    plan = Plan(epsilon=4.0, delta=1e-5, rounds=7, honest=3)
    releases = plan.releases()
    assert [one.ask for one in releases] == ["means", *["gradient"] * 7, "counts"]
    assert [plan.told(answered) for answered in (0, 1, 9)] == pytest.approx([0, MEANS_SHARE * plan.rho, plan.rho])
    assert 4.0 - 1e-3 < epsilon_of(plan.rho, 1e-5) <= 4.0
    space = opendp.vector_domain(opendp.atom_domain(T=int)), opendp.l2_distance(T=float)
    each = [opendp.m.make_gaussian(*space, scale=scale_of(one.rho, 1)) for one in releases]
    together = opendp.c.make_zCDP_to_approxDP(opendp.c.make_composition(each))
    assert together.map(1.0).epsilon(1e-5) == pytest.approx(4.0, abs=1e-3)


def test_the_noise_of_as_many_hospitals_as_are_relied_on_is_what_was_counted() -> None:
    scale = scale_of(0.02, 3)
    assert scale_of(0.02, 1) == pytest.approx(5.0)
    drawn = np.stack([noised(np.zeros(20_000, np.int64), scale * 2**20) for _ in range(3)])
    assert drawn.sum(0).std() == pytest.approx(5.0 * 2**20, rel=0.03)
    assert abs(drawn.mean()) < 0.05 * 5 * 2**20
    assert np.unique(drawn).size > 55_000


def test_more_patients_or_fewer_rounds_are_told_for_what_they_are() -> None:
    assert rho_for(1.0, 1e-5) < rho_for(4.0, 1e-5) < rho_for(4.0, 1e-3)
    assert epsilon_of(0.0, 1e-5) == 0.0
    with pytest.raises(ModelRefused, match="above 0"):
        rho_for(0.0, 1e-5)
    with pytest.raises(ModelRefused, match="room"):
        rho_for(1e-7, 1e-9)
    with pytest.raises(ModelRefused, match="room"):
        scale_of(1e-12, 3)
