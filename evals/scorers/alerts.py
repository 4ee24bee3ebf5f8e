"""Exactly the critical results that should be raised are raised, each once, each with evidence of this case."""

from collections import Counter

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import PASSED, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Alerts:
    """Compares the alerts that were raised with the expected ones, by label and side."""

    dimension: Dimension = "safety"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on an alert that is missing, extra, raised twice or of another category, and on one without evidence.

        An input that never became a case has raised none.
        """
        raised = run.file.alerts if run.file else ()
        wanted = Counter((alert.label, alert.laterality) for alert in expect.alerts)
        got = Counter((alert.label, alert.laterality) for alert in raised)
        if wanted != got:
            return Score(False, f"expected {sorted(map(str, wanted))}, got {sorted(map(str, got.elements()))}")
        graded = {(alert.label, alert.laterality): alert.category for alert in raised}
        for alert in expect.alerts:
            if alert.category is not None and graded[alert.label, alert.laterality] != alert.category:
                return Score(False, f"{alert.label}: category {graded[alert.label, alert.laterality]}")
        known = {item.id for item in run.file.evidence} if run.file else set()
        dangling = [alert.label for alert in raised if not alert.evidence_ids or not set(alert.evidence_ids) <= known]
        return Score(False, f"alerts without evidence of this case: {dangling}") if dangling else PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Alerts()
