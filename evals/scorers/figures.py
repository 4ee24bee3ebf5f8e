"""Figures reach the reviewer as they were given, and none that nobody measured."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.records import Measurement
from overread.records import Score as Probability
from overread.settings import Settings


class Figures:
    """Looks for measurements and probabilities among the evidence of the case."""

    dimension: Dimension = "evidence"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on a measurement that is missing or must not be, and on a probability that was changed or lost."""
        if not (expect.measures or expect.scores):
            return NOTHING
        payloads = [item.payload for item in run.file.evidence] if run.file else []
        measured = {one.name for one in payloads if isinstance(one, Measurement)}
        for name, wanted in expect.measures.items():
            if (name in measured) != wanted:
                return Score(False, f"{name} was {'not ' if wanted else ''}measured")
        kept = {one.label: one.probability for one in payloads if isinstance(one, Probability)}
        for label, probability in expect.scores.items():
            if kept.get(label) != probability:
                return Score(False, f"{label}: the probability {probability} became {kept.get(label)}")
        return PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Figures()
