"""Cox's proportional hazards with an L2 penalty, as a scikit-learn estimator: what a head of a time to an event is.

The partial likelihood (Cox 1972) with Breslow's ties and baseline (1974), by scipy's L-BFGS: scikit-learn has no model
of censored times, scikit-survival is GPL, and lifelines holds pandas below 3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from overread.tools._outlook_heads import Floats

Truths = NDArray[np.bool_]


class Cox:
    """log hazard = baseline + x . w; `y` is (n, 2): days to the event or the end of follow-up, and 1 for an event."""

    def __init__(self, C: float = 1.0, horizon: float = 1.0) -> None:  # noqa: N803 - as scikit-learn's models name it
        self.C = C
        """Inverse strength of the penalty |w|^2 / 2, against the sum over events."""
        self.horizon = horizon
        """Days by which a chance is said."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings, as scikit-learn asks for them."""
        return {"C": self.C, "horizon": self.horizon}

    def set_params(self, **changed: float) -> "Cox":
        """Change settings."""
        for name, value in changed.items():
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """Say what it is, as scikit-learn's pipelines and searches ask: neither classifier nor regressor."""
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=True))

    def fit(self, x: Floats, y: Floats) -> "Cox":
        """Fit weights and baseline; films (n, d), times and events (n, 2)."""
        days, event = y[:, 0], y[:, 1] == 1

        def loss(weight: Floats) -> tuple[float, Floats]:
            value, slope = partial_likelihood(x @ weight, days, event, x)
            return float(weight @ weight) / 2 - self.C * value, weight - self.C * slope

        done = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B")
        self.coef_: Floats = done.x
        self.intercept_ = float(np.log(max(baseline(x @ self.coef_, days, event, self.horizon), 1e-12)))
        return self

    def decision_function(self, x: Floats) -> Floats:
        """Give log(-log(chance of no event by the horizon)) (n,)."""
        return np.asarray(x @ self.coef_ + self.intercept_, np.float64)


def chance_of(said: Floats) -> Floats:
    """Give the chance of an event by the horizon (n,) of what `Cox.decision_function` says."""
    return np.asarray(-np.expm1(-np.exp(np.clip(said, -60.0, 6.0))), np.float64)


def partial_likelihood(risk: Floats, days: Floats, event: Truths, x: Floats) -> tuple[float, Floats]:
    """Give the log partial likelihood of log hazards (n,), and its slope (d,) by the weights of x (n, d)."""
    order = np.argsort(-days, kind="stable")
    days, event, risk, x = days[order], event[order], risk[order], x[order]
    top = float(risk.max())
    hazard = np.exp(risk - top)
    # Of films with the same time all are at risk: each looks at the sum as of the last of them.
    last = np.searchsorted(-days, -days, side="right") - 1
    sums, moments = np.cumsum(hazard)[last], np.cumsum(hazard[:, None] * x, 0)[last]
    value = float((risk - top - np.log(sums))[event].sum())
    return value, np.asarray((x - moments / sums[:, None])[event].sum(0), np.float64)


def baseline(risk: Floats, days: Floats, event: Truths, horizon: float) -> float:
    """Give the cumulative hazard by the horizon of a film with log hazard 0."""
    at_risk = [np.exp(risk[days >= day]).sum() for day in days[event & (days <= horizon)]]
    return float((1.0 / np.asarray(at_risk)).sum()) if at_risk else 0.0


def held_out_likelihood(model: Any, x: Floats, y: Floats) -> float:
    """Score a fitted model on films that it has not seen: log partial likelihood among them, an event."""
    said, event = model.decision_function(x), y[:, 1] == 1
    value, _ = partial_likelihood(said, y[:, 0], event, np.zeros((len(y), 0)))
    return value / max(int(event.sum()), 1)
