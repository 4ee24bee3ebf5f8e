"""Figures of a label in a group, and their gap to all films: one set of draws of patients serves both.

Arrays are of films (n,); `weights` (draws, n) says how often each film counts in each draw, its first row once each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from overread.evals._calibration import calibration_error
from overread.evals._intervals import drawn, wilson
from overread.evals._ranking import auroc
from overread.fairness.records import ANY_ALERT, Figure, Gap, Measure
from overread.fairness.seen import Seen
from overread.reasoning.trust import FEWEST

DRAWS = 1000
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
LESS_IS_WORSE: dict[Measure, float] = {"auroc": 1.0, "sensitivity": 1.0, "false_positive": -1.0, "abstained": -1.0}
"""Measure to the sign of what is better. To over-call and to under-call are both wrong: `over_called` has none."""
UNTESTED: frozenset[Measure] = frozenset({"calibration_error"})
"""The fewer films, the larger it is by chance alone: a gap between groups of unlike size says nothing."""


@dataclass(frozen=True)
class Column:
    """What was said of one label, of the films that it was said of."""

    truth: Marks
    known: Marks
    """Where the truth is known."""
    healthy: Marks
    chance: Floats
    called: Marks
    voted: Marks
    patient: NDArray[np.intp]
    weights: Floats
    scored: bool = True
    """False of alerts, which have no probability."""

    @classmethod
    def of(cls, label: str, films: Sequence[Seen]) -> "Column":
        """Gather a label, or `ANY_ALERT`, of films that were all told of it."""
        numbers = {name: place for place, name in enumerate(dict.fromkeys(film.patient for film in films))}
        patient = np.asarray([numbers[film.patient] for film in films], np.intp)
        scored = label != ANY_ALERT
        told = [film.told.get(label) for film in films]
        return cls(
            truth=np.asarray([film.truth.get(label, False) for film in films], np.bool_),
            known=np.asarray([label in film.truth for film in films], np.bool_),
            healthy=np.asarray([film.healthy for film in films], np.bool_),
            chance=np.asarray([one.chance if one else nan for one in told]),
            called=np.asarray(
                [one.called if one else bool(film.alerts) for one, film in zip(told, films, strict=True)], np.bool_
            ),
            voted=np.asarray([one is not None and one.voted for one in told], np.bool_),
            patient=patient,
            weights=np.stack([np.ones(len(films)), *drawn(patient, draws=DRAWS)]),
            scored=scored,
        )


class Part(NamedTuple):
    """A measure: which films it counts, and its value in every draw, of those films that are marked."""

    counts: Marks
    values: Callable[[Marks], Floats]
    share_of: Marks | None = None
    """What it is the share of, where it is one."""
    whole: Floats = np.empty(0)
    """Its values for all films, in every draw."""


def measures_of(column: Column, label: str) -> dict[Measure, "Part"]:
    """Give the measures of a label with what each makes of all films."""
    return {measure: part._replace(whole=part.values(part.counts)) for measure, part in _parts(column, label).items()}


def figures_of(column: Column, measures: Mapping[Measure, "Part"], inside: Marks, *, whole: bool) -> Iterator[Figure]:
    """Give each measure among the films `inside`; p of its gap is not yet corrected."""
    for measure, part in measures.items():
        chosen = inside & part.counts
        patients = len(set(column.patient[chosen].tolist()))
        figure = Figure(measure=measure, films=int(chosen.sum()), patients=patients, value=None)
        if not _enough(measure, column, chosen):
            yield figure
            continue
        values = part.whole if whole else part.values(chosen)
        low, high = _interval(values, part, chosen, patients)
        gap = None if whole or measure in UNTESTED else _gap(measure, values, part, chosen, patients)
        update = {"value": _rounded(values[0]), "low": _rounded(low), "high": _rounded(high), "gap": gap}
        yield figure.model_copy(update=update)


def _parts(column: Column, label: str) -> dict[Measure, Part]:
    called = column.called
    healthy = Part(column.healthy, lambda of: _share(column, called, of), called)
    if not column.scored:
        return {"false_positive": healthy}
    positive = column.known & column.truth
    parts: dict[Measure, Part] = {
        "auroc": Part(column.known, lambda of: _areas(column, of)),
        "sensitivity": Part(positive, lambda of: _share(column, called, of), called),
        "abstained": Part(np.ones_like(called), lambda of: _share(column, ~column.voted, of), ~column.voted),
        "over_called": Part(column.known, lambda of: _share(column, column.chance - column.truth, of)),
        "calibration_error": Part(column.known, lambda of: _errors(column, of)),
    }
    # To call the healthy healthy is right.
    return parts if label == "No Finding" else {**parts, "false_positive": healthy}


def _enough(measure: Measure, column: Column, chosen: Marks) -> bool:
    """Ask for ten films of two patients, of a measure that ranks or calibrates ten of both kinds."""
    kinds = [chosen]
    if measure in ("auroc", "over_called", "calibration_error"):
        kinds = [chosen & column.truth, chosen & ~column.truth]
    return all(one.sum() >= FEWEST and np.unique(column.patient[one]).size >= 2 for one in kinds)


def _share(column: Column, values: NDArray[np.generic], of: Marks) -> Floats:
    weights = column.weights[:, of]
    total = weights.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, weights @ values[of].astype(np.float64) / total, np.nan), np.float64)


def _areas(column: Column, of: Marks) -> Floats:
    truth, chance = column.truth[of], column.chance[of]
    return np.asarray([auroc(truth, chance, weight) for weight in column.weights[:, of]])


def _errors(column: Column, of: Marks) -> Floats:
    truth, chance = column.truth[of], column.chance[of]
    return np.asarray([calibration_error(truth, chance, w) if w.sum() else nan for w in column.weights[:, of]])


def _interval(values: Floats, part: Part, chosen: Marks, patients: int) -> tuple[float, float]:
    """Give the percentiles of the draws; of a share that is 0 or 1 Wilson's, with patients for films."""
    if part.share_of is not None and values[0] in (0.0, 1.0):
        return wilson(patients if values[0] else 0, patients)
    known = values[1:][~np.isnan(values[1:])]
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _gap(measure: Measure, values: Floats, part: Part, chosen: Marks, patients: int) -> Gap | None:
    differences = values - part.whole
    known = differences[1:][~np.isnan(differences[1:])]
    if np.isnan(differences[0]) or chosen.sum() == part.counts.sum() or known.size < 2:
        return None
    spread = float(known.std(ddof=1))
    low, high = (float(edge) for edge in np.quantile(known, [0.025, 0.975]))
    if part.share_of is not None and values[0] in (0.0, 1.0):
        spread = max(spread, _spread_of_none(patients))
        low, high = differences[0] - 1.96 * spread, differences[0] + 1.96 * spread
    p = float(2 * norm.sf(abs(differences[0]) / spread)) if spread else 1.0
    sign = LESS_IS_WORSE.get(measure)
    worse = None if sign is None else max(0.0, _rounded(-sign * differences[0]))
    return Gap(
        value=_rounded(differences[0]), low=_rounded(low), high=_rounded(high), p=p, holm=p, worse_by=worse
    )  # fmt: skip


def _spread_of_none(patients: int) -> float:
    """Give the standard error of a share of none or all, whose draws do not vary (Agresti and Coull 1998)."""
    share = 2 / (patients + 4)
    return sqrt(share * (1 - share) / (patients + 4))


def holm(chances: Sequence[float]) -> list[float]:
    """Correct p values (n,) for being n: each times the number of those not smaller, never falling (Holm 1979)."""
    order = np.argsort(chances, kind="stable")
    found = [0.0] * len(chances)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, chances[index] * (len(chances) - place)))
        found[int(index)] = highest
    return found


def _rounded(value: float) -> float:
    return round(float(value), 4)
