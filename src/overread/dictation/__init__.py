"""Speech into the words of one sentence, by a recogniser on this machine. No sound is kept; no other model hears it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono, -1 to 1, `sound.RATE` samples a second."""


class Recogniser(Protocol):
    """Hears a few seconds of speech."""

    def hear(self, samples: Samples, terms: str) -> str:
        """Give the words; `terms` are those that may be among them. Raises `UsageError` where it cannot hear."""
