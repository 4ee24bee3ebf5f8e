"""Safety gate: every statement of a draft cites evidence, and every id resolves to a SOP Instance of this case."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.ports import EvidenceIndex
from overread.reasoning.citations import objections
from overread.settings import Settings


class Citations:
    """Follows every citation of the draft to an image of the study, or of a prior of the same patient."""

    dimension: Dimension = "evidence"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail at the first statement that cites nothing, an unknown id, or a place outside those images.

        Withheld statements are not looked at; without a draft there is nothing to check.
        """
        if run.file is None or run.file.draft is None:
            return NOTHING
        index = EvidenceIndex(run.file.evidence)
        for statement in run.file.draft.statements:
            if found := objections(statement, index, run.file.case):
                return Score(False, f"'{statement.text}': {found[0].message}")
        return PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Citations()
