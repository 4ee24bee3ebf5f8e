"""Say how good a mask probably is from how sure the model was, whatever the size of the organ."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.errors import Unavailable
from overread.ports import BackendCard
from overread.precision import settled

UNTOUCHED = 0.05
"""Below this probability a pixel is plain background: it would make every small organ look certain."""


@dataclass(frozen=True)
class MaskQuality:
    """Expected Dice as a line in certainty, per structure, fitted on held-out radiographs."""

    lines: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def of(self, structure: str, probability: NDArray[np.float32]) -> float | None:
        """Give the expected Dice, 0 to 1, of a structure from its probability map, or None when it cannot be known."""
        line, certainty = self.lines.get(structure), certainty_of(probability)
        if line is None or certainty is None:
            return None
        return settled(np.clip(line[0] + line[1] * certainty, 0.0, 1.0))


def certainty_of(probability: NDArray[np.float32]) -> float | None:
    """Average |2p - 1|, 0 to 1, over the pixels of a map that may belong to the organ; None when there is none."""
    touched = probability[probability > UNTOUCHED]
    return float(np.mean(np.abs(2.0 * touched - 1.0))) if touched.size else None


def quality_beside(model: BackendCard) -> MaskQuality:
    """Read a model's `quality.json`; a model without one gives no quality."""
    try:
        described = weights.beside(weights.folder_of(model), "quality.json")
    except Unavailable:
        return MaskQuality()
    if described is None:
        return MaskQuality()
    lines = {name: (float(line["intercept"]), float(line["slope"])) for name, line in described["channels"].items()}
    return MaskQuality(lines)
