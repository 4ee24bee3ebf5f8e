"""Nested cross-validation by patient: what is said of a patient is said by models that never saw one of their films."""

from collections.abc import Callable, Mapping

import numpy as np

from overread.evals._calibration import calibration_error
from overread.evals._intervals import drawn
from overread.evals._ranking import auroc
from overread.measuring.statistics import FOLDS, folds
from overread.prognosis.arms import arms_of, fit
from overread.prognosis.cox import chance_of
from overread.prognosis.features import Features
from overread.tools._outlook_heads import ARMS, Arm, ArmFigures, Floats, Interval

REPEATS = 5
"""How often the folds are drawn anew; what is said of a film is the mean."""
DRAWS = 2000
LEVEL = 0.05 / len(ARMS)
Progress = Callable[[int, int], None]
Said = Mapping[Arm, Floats]


def cross_validated(seen: Features, progress: Progress, repeats: int = REPEATS) -> Said:
    """Give what each way says (n,) of each film out of fold; raises `Unavailable` without scikit-learn."""
    arms = arms_of(seen)
    said = {arm: np.zeros(len(seen.outcome)) for arm in arms}
    turns = [(repeat, held) for repeat in range(repeats) for held in range(FOLDS)]
    for done, (repeat, held) in enumerate(turns):
        progress(done, len(turns))
        inside = folds(seen.outcome == 1, seen.patient, repeat) == held
        odds: dict[Arm, Floats] = {}
        for arm in arms:
            if arm == "late":  # as `fit` does, of models that are fitted already
                odds[arm] = (odds["image"] + odds["record"]) / 2
            else:
                odds[arm] = fit(arm, seen.rows(~inside))[0].log_odds(seen.rows(inside))
            said[arm][inside] += chances(odds[arm], seen) / repeats
    return said


def chances(odds: Floats, seen: Features) -> Floats:
    """Give the chance (n,) that a way's linear model says, of an outcome with a time by its horizon."""
    return 1 / (1 + np.exp(-np.clip(odds, -60, 60))) if seen.days is None else chance_of(odds)


def figures_of(said: Said, seen: Features) -> tuple[ArmFigures, ...]:
    """Count what the ways said, all of them on the same draws of patients."""
    weights = [np.ones(seen.outcome.size), *drawn(seen.patient, draws=DRAWS)]
    areas = {arm: np.asarray([auroc(seen.outcome, one, weight) for weight in weights]) for arm, one in said.items()}
    return tuple(
        ArmFigures(
            arm=arm,
            auroc=_interval(areas[arm]),
            corrected_low=_low(areas[arm]),
            brier=_interval(np.asarray([np.average((chance - seen.outcome) ** 2, weights=w) for w in weights])),
            calibration_error=round(calibration_error(seen.outcome, chance), 4),
            gain=None if (less := _less_record(arm, areas)) is None else _interval(less),
            corrected_gain=None if less is None else _low(less),
        )
        for arm, chance in said.items()
    )


def best(figures: tuple[ArmFigures, ...]) -> Arm:
    """Name the way to use: the record alone, unless a way with the picture is better beyond its corrected interval."""
    better = [one for one in figures if one.corrected_gain is not None and one.corrected_gain > 0]
    record = [one for one in figures if one.arm == "record"]
    return max(better or record or list(figures), key=lambda one: one.auroc.value).arm


def _less_record(arm: Arm, areas: Mapping[Arm, Floats]) -> Floats | None:
    return areas[arm] - areas["record"] if "record" in areas and arm != "record" else None


def _low(values: Floats) -> float:
    return round(float(np.nanquantile(values[1:], LEVEL / 2)), 4)


def _interval(values: Floats) -> Interval:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return Interval(value=round(float(values[0]), 4), low=round(float(low), 4), high=round(float(high), 4))
