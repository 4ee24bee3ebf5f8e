"""How far readers agree beyond chance: kappa of two (Cohen 1960) and of several (Fleiss 1971), items weighted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def coded(answers: Sequence[Sequence[str]]) -> Codes:
    """Give each answer (items, readers) as a number from 0."""
    table = np.asarray(answers)
    return np.asarray(np.unique(table, return_inverse=True)[1], np.intp).reshape(table.shape)


def cohen(codes: Codes, weight: Floats) -> float:
    """Give Cohen's kappa of two readers, codes (items, 2); NaN where both always say the same one thing."""
    kinds = int(codes.max()) + 1 if codes.size else 0
    total = weight.sum()
    if not total:
        return float("nan")
    table = np.zeros((kinds, kinds))
    np.add.at(table, (codes[:, 0], codes[:, 1]), weight)
    table /= total
    return _beyond_chance(float(np.trace(table)), float(table.sum(1) @ table.sum(0)))


def fleiss(codes: Codes, weight: Floats) -> float:
    """Give Fleiss' kappa of the readers, codes (items, readers), each of whom rated each item."""
    readers = codes.shape[1]
    counts = np.stack([(codes == kind).sum(1) for kind in range(int(codes.max()) + 1)], axis=1)
    total = weight.sum()
    if not total:
        return float("nan")
    alike = (counts * (counts - 1)).sum(1) / (readers * (readers - 1))
    shares = weight @ counts / (total * readers)
    return _beyond_chance(float(weight @ alike / total), float(shares @ shares))


def _beyond_chance(seen: float, expected: float) -> float:
    return (seen - expected) / (1 - expected) if expected < 1 - 1e-12 else float("nan")
