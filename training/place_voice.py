"""What the classifier's heads say and place of some trunks' looks: of all, or of the one new to the patient."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from overread.backends._activation import Look, MapHead, place_map
from overread.backends._classifier import CELLS
from training.classifier_features import TRUNKS

ACTIVATION, WEIGHED = "class activation", "class activation and map head"


class Voice:
    """The heads that say and place a label from some trunks' looks: of all trunks, or of one alone."""

    def __init__(self, arrays: Mapping[str, NDArray[np.float32]], row: int, network_row: int) -> None:
        self._weight = np.split(arrays["label_weight"][row], len(TRUNKS))
        own, shifts = arrays["network_weight"][:, network_row], arrays["network_bias"][:, network_row]
        slope = len(TRUNKS) * float(self._weight[0] @ own[0] / (own[0] @ own[0]))
        self._bias = float(arrays["label_bias"][row])
        self._alone = self._bias + slope * (shifts - shifts.mean())
        self._places = (arrays["place_weight"][row], arrays["place_bias"][row]) if "place_weight" in arrays else None
        self.by = WEIGHED if self._places is not None and self._places[0].any() else ACTIVATION

    def chance(self, looks: Sequence[Look], fold: int | None) -> float:
        """Give the calibrated probability; of one trunk it is as if all had said the same."""
        weight, bias = self._of(fold), self._bias if fold is None else float(self._alone[fold])
        logit = weight @ np.concatenate([look.features for look in looks]) + bias
        return float(1 / (1 + np.exp(-logit)))

    def map(self, looks: Sequence[Look], fold: int | None) -> NDArray[np.float32]:
        """Give the map as the backend does."""
        head = None
        if self._places is not None and self.by == WEIGHED:
            chosen = slice(None) if fold is None else slice(fold, fold + 1)
            head = MapHead(self._places[0][chosen], self._places[1][chosen])
        return place_map(looks, self._of(fold), head, CELLS)

    def _of(self, fold: int | None) -> NDArray[np.float32]:
        return np.concatenate(self._weight) if fold is None else self._weight[fold] * len(TRUNKS)
