"""A linear probe on a frozen network's map: what the classifier is compared with.

Features of a film are the 112 channels at stride 16, each as mean, maximum and a 5 x 5 grid of means, as the product's
classifier backend pools them. Logistic regression on all of them; the penalty was chosen by cross-validation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

PENALTY = 2e-3

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """logit = weight . features + bias."""

    weight: Matrix
    bias: float

    def logit(self, features: Matrix) -> Matrix:
        """Give (n,) logits of (n, d) features."""
        return np.asarray(features @ self.weight + self.bias, np.float32)


@dataclass(frozen=True)
class Basis:
    """Standardised features in their principal directions: the same fit, far fewer numbers."""

    mean: Matrix
    scale: Matrix
    directions: Matrix

    @classmethod
    def of(cls, features: Matrix) -> "Basis":
        """Find the principal directions, min(n, d) of them, of (n, d) features.

        1e-3 is added to each deviation, so that a constant feature stays finite.
        """
        mean, scale = features.mean(0), features.std(0) + 1e-3
        _, _, directions = np.linalg.svd((features - mean) / scale, full_matrices=False)
        return cls(mean, scale, directions)

    def project(self, features: Matrix) -> Matrix:
        """Give (n, k) coordinates of (n, d) features along the k directions."""
        return np.asarray(((features - self.mean) / self.scale) @ self.directions.T, np.float32)

    def fit(self, projected: Matrix, truth: Matrix, weights: Any = None, penalty: float = PENALTY) -> Linear:
        """Fit one label on projected rows (n, k) and express it on the features; `truth` (n,) is 0 or 1."""
        model = LogisticRegression(C=penalty, max_iter=200).fit(projected, truth, sample_weight=weights)
        weight = (model.coef_[0] @ self.directions) / self.scale
        return Linear(weight.astype(np.float32), float(model.intercept_[0] - weight @ self.mean))
