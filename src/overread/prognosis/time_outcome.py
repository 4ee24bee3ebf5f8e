"""Measure a time to an outcome, where some were followed for less: the card says what it is worth, and no head speaks.

Each way of `arms` is a Cox model with an L2 penalty; what is said of a film is the chance by the horizon, by
models that never saw one of the patient's films.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from overread._version import __version__
from overread.errors import ModelRefused, UsageError
from overread.evals._intervals import drawn
from overread.prognosis.censored import Pairs, brier, calibration, concordance, survival
from overread.prognosis.features import Features, features_of
from overread.prognosis.measure import DRAWS, LEVEL, REPEATS, Said, cross_validated
from overread.prognosis.outcome import Tell, field_of
from overread.prognosis.table import Table
from overread.reasoning.trust import FEWEST
from overread.records import Record
from overread.settings import Profile, Settings
from overread.store.files import write_whole
from overread.tools._evidence_builder import model_name
from overread.tools._outlook_heads import FOLDER, Arm, FieldOf, Floats, Interval

CARD = "time.json"
"""Beside the card of the same outcome without a time, which alone a tool may read."""
DAYS = re.compile(r"^([0-9]{1,5}) days?$")


class TimeFigures(Record):
    """One way of telling the time, of patients that each fit had not seen."""

    arm: Arm
    harrell: Interval
    """Share of comparable pairs of patients in the right order (C-index), of events up to the horizon."""
    uno: Interval
    """The same, as if nobody had been lost; the weights are those of all films, not drawn anew."""
    brier: Interval
    """At the horizon, by the inverse chance of being seen."""
    calibration_error: float
    """At the horizon: mean over five bins of chance said less share that had the event (Kaplan and Meier)."""
    gain: Interval | None = None
    """Harrell's figure less that of the record alone, on the same draws; None where there is no record to compare."""
    corrected_gain: float | None = None
    """Lower end of that difference, corrected for five ways (Bonferroni)."""


class TimeCard(Record):
    """What was measured, and on whom."""

    outcome: str
    time: str
    horizon_days: int
    made_by: str
    made: str
    model: str
    weights_digest: str
    films: int
    patients: int
    with_outcome: int
    """Patients with the outcome at any time."""
    by_horizon: int
    """Patients with it by the horizon."""
    beyond_horizon: int
    """Patients that were followed beyond the horizon without it."""
    median_follow_up: float
    """Days, of the films without the outcome."""
    left_out: Mapping[str, int]
    fields: tuple[FieldOf, ...]
    measured: tuple[TimeFigures, ...]
    brier_of_share: float
    """Of saying everybody's share (Kaplan and Meier) of every film."""


def days_of(horizon: str | None) -> int:
    """Read a horizon such as `30 days`; raises `UsageError` for anything else."""
    match = DAYS.match(horizon or "")
    if match is None or int(match[1]) == 0:
        raise UsageError("--time needs --horizon in days, as --horizon '30 days': the chance is said by then")
    return int(match[1])


def measure_time(
    table: Table, time: str, horizon: int, profile: Profile, settings: Settings, tell: Tell, repeats: int = REPEATS
) -> TimeCard:
    """Look at the films and measure every way; nothing is written.

    Raises `ModelRefused` for fewer than ten patients with the outcome by the horizon, or followed beyond it without,
    before any film is read and after, and what `features_of` and `cross_validated` raise.
    """
    rows = table.rows
    ill = {row.film.patient for row in rows if row.outcome and (row.days or 0.0) <= horizon}
    _require_enough(len(ill), len({row.film.patient for row in rows if (row.days or 0.0) > horizon} - ill))
    seen = features_of(table, profile, settings, lambda at, total: tell("Reading films", at, total))
    seen = replace(seen, horizon=float(horizon))
    days = _days(seen)
    early = np.unique(seen.patient[seen.outcome & (days <= horizon)])
    beyond = np.setdiff1d(seen.patient[days > horizon], early)
    _require_enough(early.size, beyond.size)
    said = cross_validated(seen, lambda at, total: tell("Cross-validating", at, total), repeats)
    share = 1.0 - survival(days, seen.outcome, np.array([seen.horizon]))
    censored = days[~seen.outcome]
    return TimeCard(
        outcome=table.outcome,
        time=time,
        horizon_days=horizon,
        made_by=f"overread {__version__} prognosis --time",
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        model=model_name(seen.model) or "none",
        weights_digest=seen.model.weights_digest,
        films=len(days),
        patients=np.unique(seen.patient).size,
        with_outcome=np.unique(seen.patient[seen.outcome]).size,
        by_horizon=early.size,
        beyond_horizon=beyond.size,
        median_follow_up=round(float(np.median(censored)), 1),
        left_out={"no outcome, or no image": table.left_out, **seen.not_read},
        fields=tuple(field_of(seen, place) for place in range(len(seen.names))),
        measured=time_figures(said, seen),
        brier_of_share=round(float(brier(days, seen.outcome, np.full(days.size, share[0]), seen.horizon).mean()), 4),
    )


def time_figures(said: Said, seen: Features) -> tuple[TimeFigures, ...]:
    """Count what the ways said, all of them on the same draws of patients."""
    days, horizon = _days(seen), seen.horizon
    weights = [np.ones(days.size), *drawn(seen.patient, draws=DRAWS)]
    pairs = Pairs.of(days, seen.outcome, seen.patient, horizon)

    orders = {arm: pairs.right(chance) for arm, chance in said.items()}
    harrell = {arm: np.asarray([concordance(pairs.known, one, w) for w in weights]) for arm, one in orders.items()}
    figures = []
    for arm, chance in said.items():
        wrong = brier(days, seen.outcome, chance, horizon)
        bins = calibration(days, seen.outcome, chance, horizon)
        less = harrell[arm] - harrell["record"] if "record" in harrell and arm != "record" else None
        figures.append(
            TimeFigures(
                arm=arm,
                harrell=_interval(harrell[arm]),
                uno=_interval(np.asarray([concordance(pairs.uno, orders[arm], w) for w in weights])),
                brier=_interval(np.asarray([np.average(wrong, weights=w) for w in weights])),
                calibration_error=round(sum(abs(told - came) * n for told, came, n in bins) / days.size, 4),
                gain=None if less is None else _interval(less),
                corrected_gain=None if less is None else round(float(np.nanquantile(less[1:], LEVEL / 2)), 4),
            )
        )
    return tuple(figures)


def write_time(card: TimeCard, home: Path) -> Path:
    """Write the card into the outcome's folder; give the folder."""
    folder = home / FOLDER / hashlib.sha256(card.outcome.encode()).hexdigest()[:12]
    write_whole(folder / CARD, (card.model_dump_json(indent=1) + "\n").encode())
    return folder


def _days(seen: Features) -> Floats:
    if seen.days is None:
        raise ModelRefused("without times nothing is measured of them")
    return seen.days


def _require_enough(early: int, beyond: int) -> None:
    if min(early, beyond) < FEWEST:
        raise ModelRefused(
            f"there are {early} patients with the outcome by the horizon and {beyond} followed beyond it without; "
            f"{FEWEST} of each are the least"
        )


def _interval(values: Floats) -> Interval:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return Interval(value=round(float(values[0]), 4), low=round(float(low), 4), high=round(float(high), 4))
