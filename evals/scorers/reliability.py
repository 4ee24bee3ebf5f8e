"""The same comes of the same: read again, on another body, or told and taken otherwise within the clinical range."""

from overread.evals._expect import Expect
from overread.evals._run import Fingerprint, Run, fingerprint
from overread.evals.scorers._score import NOTHING, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Reliability:
    """Compares findings, alerts and outcome of every repeat and variant with those of the first run."""

    dimension: Dimension = "reliability"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail at the first repeat or variant in which a finding flips; the value is the share in which none does.

        Nothing to check where the scenario is run once (`k`, `seeds` and `variants`).
        """
        if not run.again:
            return NOTHING
        first = fingerprint(run)
        apart = {name: other for name, other in run.again.items() if other != first}
        share = 1 - len(apart) / len(run.again)
        if not apart:
            return Score(True, value=share)
        name, other = next(iter(apart.items()))
        return Score(False, f"{name}: {_difference(first, other)}", share)


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Reliability()


def _difference(first: Fingerprint, other: Fingerprint) -> str:
    if first.status != other.status:
        return f"{first.status} became {other.status}"
    if first.alerts != other.alerts:
        return f"alerts {list(first.alerts)} became {list(other.alerts)}"
    flipped = [f"{one} became {two[1]}" for one, two in zip(first.findings, other.findings, strict=True) if one != two]
    return "; ".join(flipped[:3])
