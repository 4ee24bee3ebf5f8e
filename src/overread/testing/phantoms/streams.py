"""Independent random streams, so that changing one thing in a recipe leaves everything else as it was."""

import hashlib

import numpy as np


def stream(*keys: str | int) -> np.random.Generator:
    """Return a generator that depends on the keys alone (the same on every platform and in every process)."""
    digest = hashlib.sha256("\x1f".join(str(key) for key in keys).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def spread(generator: np.random.Generator, low: float, high: float) -> float:
    """Draw one number uniformly from [low, high)."""
    return float(generator.uniform(low, high))
