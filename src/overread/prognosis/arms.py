"""Ways of telling an outcome, each a linear model: the record alone, the picture alone, and three fusions of both.

Early, or input-level: both are scaled and laid side by side under one penalty. Latent: the picture is first brought to
a few components of its own, which are laid beside the fields. Late: each has a model of its own, and their log odds are
averaged. Huang et al., npj Digital Medicine 2020. A field that is not known has the median of the films that taught.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.errors import Unavailable
from overread.prognosis.cox import Cox, held_out_likelihood
from overread.prognosis.features import Features
from overread.tools._outlook_heads import ARMS, Arm, Floats

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Inverse strengths to choose from, inside the films that teach."""
COMPONENTS = (2, 4, 8)
INNER = 3


class Linear(NamedTuple):
    """log odds = image . w + fields . v + bias; of an outcome with a time, what `cox.Cox` says in their place."""

    image: Floats
    """(d,)."""
    fields: Floats
    """(f,)."""
    bias: float
    medians: Floats
    """(f,): what stands for a field that is not known."""

    def log_odds(self, seen: Features) -> Floats:
        """Give the log odds (n,) of films."""
        fields = np.where(np.isnan(seen.fields), self.medians, seen.fields)
        return np.asarray(seen.image @ self.image + fields @ self.fields + self.bias, np.float64)


def arms_of(seen: Features) -> tuple[Arm, ...]:
    """Name the ways that the films have enough for: without a field there is the picture alone."""
    return ARMS if seen.names else ("image",)


def fit(arm: Arm, seen: Features, chosen: dict[str, Any] | None = None) -> tuple[Linear, dict[str, Any]]:
    """Fit a way to films, its penalty chosen within them unless it is given; give it, and what was chosen.

    Raises `Unavailable` without scikit-learn.
    """
    medians = np.nanmedian(seen.fields, 0) if len(seen.names) else np.zeros(0)
    if arm == "late":
        settings = chosen or {}
        (one, first), (other, second) = (fit(part, seen, settings.get(part)) for part in ("image", "record"))
        mean = Linear(one.image / 2, other.fields / 2, (one.bias + other.bias) / 2, medians)
        return mean, {"image": first, "record": second}
    table = np.concatenate([seen.image, np.where(np.isnan(seen.fields), medians, seen.fields)], 1)
    model = _model(arm, seen.image.shape[1], seen.fields.shape[1], seen)
    if chosen is None:
        model, chosen = _searched(model, arm, table, seen)
    else:
        model.set_params(**chosen).fit(table, _target(seen))
    # Every step is linear: its weights are its log odds at 0, and at 1 of each column.
    at_zero = float(model.decision_function(np.zeros((1, table.shape[1])))[0])
    slopes = model.decision_function(np.eye(table.shape[1])) - at_zero
    cut = seen.image.shape[1]
    return Linear(slopes[:cut], slopes[cut:], at_zero, medians), chosen


def _target(seen: Features) -> NDArray[Any]:
    """Give what is learnt: outcomes (n,), or days and outcomes (n, 2)."""
    return seen.outcome if seen.days is None else np.stack([seen.days, seen.outcome.astype(np.float64)], 1)


def _model(arm: Arm, image: int, fields: int, seen: Features) -> Any:
    sk = _sklearn()
    steps = [("scale", sk.StandardScaler())]
    if arm == "latent":
        steps += [("reduce", sk.PCA(COMPONENTS[0], random_state=0)), ("again", sk.StandardScaler())]
    else:  # all its columns together weigh no more than one field
        steps += [("weigh", sk.FunctionTransformer(_times, kw_args={"by": 1 / np.sqrt(image)}))]
    parts = [
        ("image", sk.Pipeline(steps), list(range(image))),
        ("fields", sk.StandardScaler(), list(range(image, image + fields))),
    ]
    used = [part for part in parts if part[0] != {"record": "image", "image": "fields"}.get(arm) and part[2]]
    last = sk.LogisticRegression(max_iter=2000) if seen.days is None else Cox(horizon=seen.horizon)
    return sk.Pipeline([("inputs", sk.ColumnTransformer(used)), ("model", last)])


def _searched(model: Any, arm: Arm, table: Floats, seen: Features) -> tuple[Any, dict[str, Any]]:
    sk = _sklearn()
    grid: dict[str, Any] = {"model__C": list(PENALTIES)}
    if arm == "latent":
        most = min(len(seen.outcome) * (INNER - 1) // INNER - 1, seen.image.shape[1])
        grid["inputs__image__reduce__n_components"] = [one for one in COMPONENTS if one <= most] or [1]
    folds = sk.StratifiedGroupKFold(n_splits=INNER, shuffle=True, random_state=0)
    splits = list(folds.split(table, seen.outcome, seen.patient))
    scoring = "neg_log_loss" if seen.days is None else held_out_likelihood
    search = sk.GridSearchCV(model, grid, scoring=scoring, cv=splits, error_score="raise")
    search.fit(table, _target(seen))
    return search.best_estimator_, dict(search.best_params_)


def _sklearn() -> Any:
    """Give what is used of scikit-learn, loaded at first use; raises `Unavailable` without it."""
    try:
        from sklearn.compose import ColumnTransformer
        from sklearn.decomposition import PCA
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
    except ImportError:
        raise Unavailable("outcomes need scikit-learn: pip install 'overread[prognosis]'") from None
    used = (ColumnTransformer, FunctionTransformer, GridSearchCV, LogisticRegression, PCA, Pipeline)
    return SimpleNamespace(**{one.__name__: one for one in (*used, StandardScaler, StratifiedGroupKFold)})


def _times(table: Floats, by: float) -> Floats:
    return table * by
