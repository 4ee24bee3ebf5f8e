"""Noise under which a sum tells little of any one patient, and how much it tells: both by OpenDP (MIT).

Noise is discrete Gaussian on whole numbers, drawn exactly from the operating system's random source (Canonne, Kamath
and Steinke, NeurIPS 2020): what floating-point noise leaves in the last digits gives away what it hides (Mironov, CCS
2012). What is told is counted as rho of zero-concentrated privacy (Bun and Steinke, TCC 2016), which adds up over
releases that each know those before, and is said as epsilon at a delta. The sum of several hospitals' discrete
Gaussians hides as one of the summed variance does: at these widths the difference is below exp(-1e9) (Kairouz, Liu and
Steinke, ICML 2021, theorem 1).
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.errors import ModelRefused

WIDEST = 1e5
"""Standard deviation, in patients, beyond which a sum says nothing and the wire has no room."""
Whole = NDArray[np.int64]


@cache
def _library() -> Any:
    try:
        import opendp.prelude as opendp
    except ImportError:
        raise ModelRefused("noise is OpenDP's: pip install 'overread[federated]'") from None
    opendp.enable_features("contrib")  # what its own review has not finished with: all that is used here
    return opendp


def _gaussian(scale: float) -> Any:
    opendp = _library()
    space = opendp.vector_domain(opendp.atom_domain(T=int)), opendp.l2_distance(T=float)
    return opendp.m.make_gaussian(*space, scale=scale)


def noised(sums: Whole, scale: float) -> Whole:
    """Add noise of a standard deviation to each of whole numbers (n,)."""
    return np.asarray(_gaussian(scale)(sums.tolist()), np.int64)


@cache
def epsilon_of(rho: float, delta: float) -> float:
    """Say what rho means at a delta: 0 for 0."""
    if rho <= 0:
        return 0.0
    one = _gaussian((2.0 * rho) ** -0.5)  # whose rho is that for what moves a sum by 1
    return float(_library().c.make_zCDP_to_approxDP(one).map(1.0).epsilon(delta))


@cache
def rho_for(epsilon: float, delta: float) -> float:
    """Give the largest rho that means at most epsilon at a delta; raises `ModelRefused` where there is none."""
    if not 0.0 < epsilon < 1e4 or not 0.0 < delta < 1.0:
        raise ModelRefused("epsilon is above 0, and delta between 0 and 1")
    if epsilon_of(0.5 / WIDEST**2, delta) > epsilon:
        raise ModelRefused(f"epsilon {epsilon:g} takes more noise than a sum has room for")
    few, many = 0.5 / WIDEST**2, epsilon  # rho is below epsilon wherever delta is below a half
    while many / few > 1 + 1e-9:
        middle = (few * many) ** 0.5
        few, many = (middle, many) if epsilon_of(middle, delta) <= epsilon else (few, middle)
    return few
