"""What a voter may say of a label: from how it was measured and how common the label is, not from a score's height.

A statement is worth what it predicts. With sensitivity and specificity of a voter at the point where it speaks, and the
prevalence p of the label, the odds after it has spoken are the odds before times a likelihood ratio (Bayes):
positive LR = sensitivity / (1 - specificity), negative LR = (1 - sensitivity) / specificity. The ratios that count here
are those that move a reader's mind (Jaeschke, Guyatt, Sackett, JAMA 1994: 5 to 10 and 0.1 to 0.2 moderately, 2 to 5
slightly). Shares are those of Laplace's rule of succession, so that ten of ten is not certainty.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from overread.records import Performance

Opinion = Literal["present", "absent", "uncertain"]

PRESENT = 0.70
"""Positive predictive value from which a finding is stated as present."""
EVEN = 0.5
"""Calibrated probability under which one score states nothing, however good such scores are together."""
WORTH_A_LOOK = 3.0
"""Positive likelihood ratio from which a finding is possible at all; below it nothing was learnt."""
POSSIBLE = 1 / 3
"""Probability from which it is said: one in three that are called possible is there. From one in five, a reader took
out two of three on held-out films and phantoms, and a false pneumothorax stood on every fifth film."""
ABSENT = 0.95
"""Negative predictive value from which a finding is denied."""
RULED_OUT = 0.20
"""Negative likelihood ratio up to which: a rare label is not denied because it is rare."""
FEWEST_HEARD = 10
"""Films of which it must have been said when it was measured: what was never said was not measured."""
FOUND = {None: 0.90, 3: 0.90, 2: 0.95, 1: 0.95}
"""Sensitivity from which it may be denied, by critical category: one in twenty pneumothoraces may be missed."""


class Voice(NamedTuple):
    """What is said, and how likely the label is once it has been said."""

    status: Opinion
    chance: float | None
    """Probability that the label is there, 0 to 1: the predictive value of what was said; None of a doubt."""


@dataclass(frozen=True)
class Cuts:
    """Where a score speaks, as calibrated probabilities: absent below, possible from, present from; None = never."""

    absent_below: float | None
    possible_from: float | None
    present_from: float | None


def of_word(said: Opinion, measured: Performance, prevalence: float, category: int | None) -> Voice | None:
    """Weigh what a voter with one operating point says; None where that tells too little to be repeated."""
    sensitivity, specificity = measured.found, measured.spared
    if sensitivity is None or specificity is None or _heard(said, measured) < FEWEST_HEARD:
        return None
    if said == "absent":
        return _denied(sensitivity, specificity, prevalence, category)
    ratio = sensitivity / (1 - specificity)
    chance = after(prevalence, ratio)
    if ratio < WORTH_A_LOOK or chance < POSSIBLE:
        return None
    if said == "uncertain":
        return Voice("uncertain", None)
    return Voice("present" if chance >= PRESENT else "uncertain", chance)


def of_score(probability: float, measured: Performance, prevalence: float, category: int | None) -> Voice | None:
    """Weigh a score that was measured at many points, by where it lies between them; None in between."""
    cuts = cuts_of(measured, prevalence, category)
    if cuts.present_from is not None and probability >= cuts.present_from:
        return Voice("present", _chance_from(cuts.present_from, None, measured, prevalence))
    if cuts.possible_from is not None and probability >= cuts.possible_from:
        return Voice("uncertain", _chance_from(cuts.possible_from, cuts.present_from, measured, prevalence))
    if cuts.absent_below is not None and probability < cuts.absent_below:
        sensitivity, specificity = measured.at(cuts.absent_below)
        return _denied(sensitivity, specificity, prevalence, category)
    return None


def may_say(measured: Performance, prevalence: float, category: int | None) -> tuple[Opinion, ...]:
    """List what a voter may say of a label at all, at a prevalence: present, uncertain (possible), absent."""
    if not measured.curve:
        words: tuple[Opinion, ...] = ("present", "absent")
        said = (of_word(word, measured, prevalence, category) for word in words)
        return tuple(voice.status for voice in said if voice is not None)
    cuts = cuts_of(measured, prevalence, category)
    points: tuple[tuple[Opinion, float | None], ...] = (
        ("present", cuts.present_from),
        ("uncertain", cuts.possible_from),
        ("absent", cuts.absent_below),
    )
    return tuple(status for status, point in points if point is not None)


@lru_cache(maxsize=1024)
def cuts_of(measured: Performance, prevalence: float, category: int | None) -> Cuts:
    """Choose where a score speaks: each statement as often as it keeps what it promises, and no more often."""
    points = [point.threshold for point in measured.curve]
    present = next((t for t in points if _states(t, None, measured, prevalence) >= PRESENT), None)
    below = [t for t in points if present is None or t < present]
    possible = next((t for t in below if _states(t, present, measured, prevalence) >= POSSIBLE), None)
    denied = [t for t in points if _denied(*measured.at(t), prevalence, category) is not None]
    first = min((t for t in (possible, present) if t is not None), default=None)
    absent = max(denied, default=None)
    if absent is not None and first is not None:
        absent = min(absent, first)
    return Cuts(absent, possible, present)


def shifted(chance: float, measured: float | None, prevalence: float) -> float:
    """Move a calibrated probability from the prevalence it was calibrated at to another (Saerens et al. 2002)."""
    if measured is None or not 0 < chance < 1:
        return chance
    return after(prevalence, chance / (1 - chance) * (1 - measured) / measured)


def after(prevalence: float, ratio: float) -> float:
    """Give the probability after evidence of a likelihood ratio: odds times ratio."""
    odds = prevalence / (1 - prevalence) * ratio
    return odds / (1 + odds)


def _denied(sensitivity: float, specificity: float, prevalence: float, category: int | None) -> Voice | None:
    ratio = (1 - sensitivity) / specificity
    chance = after(prevalence, ratio)
    if sensitivity < FOUND[category] or ratio > RULED_OUT or 1 - chance < ABSENT:
        return None
    return Voice("absent", chance)


def _heard(said: Opinion, measured: Performance) -> float:
    """Give the number of films that were called so when a voter with one operating point was measured."""
    called = measured.called(measured.sensitivity or 0.0, measured.specificity or 0.0)
    return measured.positive + measured.negative - called if said == "absent" else called


def _states(low: float, high: float | None, measured: Performance, prevalence: float) -> float:
    """Give the probability of the label among scores from `low` up to `high`; 0 where nothing or too few is known."""
    ratio = _ratio(low, high, measured)
    if ratio < WORTH_A_LOOK or measured.between(low, high) < FEWEST_HEARD:
        return 0.0
    return after(prevalence, ratio)


def _chance_from(low: float, high: float | None, measured: Performance, prevalence: float) -> float:
    return after(prevalence, _ratio(low, high, measured))


def _ratio(low: float, high: float | None, measured: Performance) -> float:
    """Give the likelihood ratio of a score from `low` (included) up to `high` (excluded; None = no upper end)."""
    found, spared = measured.at(low)
    if high is None:
        return found / (1 - spared)
    above, kept = measured.at(high)
    return max(found - above, 0.0) / max(kept - spared, 1e-9)
