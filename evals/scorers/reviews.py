"""A person's steps are taken or refused as they must be, and what is signed says what they made of it."""

import re

from overread.evals._expect import Expect
from overread.evals._run import Reviewed, Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.settings import Settings


class Reviews:
    """Compares what came of each step of the scripted reviewer with what the scenario expects."""

    dimension: Dimension = "end state"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail at the first step that was taken or refused otherwise than expected, or left another report."""
        if not run.reviewed:
            return NOTHING
        faults = (
            f"step {place} ({each.step.do}): {fault}"
            for place, each in enumerate(run.reviewed, 1)
            if (fault := _fault(each))
        )
        fault = next(faults, None)
        return Score(False, fault) if fault else PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Reviews()


def _fault(done: Reviewed) -> str | None:
    step = done.step
    if done.refused != step.refused:
        return f"expected {step.refused or 'to be taken'}, got {done.refused or 'taken'} {done.message}".rstrip()
    if step.because and not re.search(step.because, done.message, re.IGNORECASE):
        return f"refused with '{done.message}', not /{step.because}/"
    if step.status and done.file.status != step.status:
        return f"expected the case {step.status}, got {done.file.status}"
    missing = next((words for words in step.must_say if not _says(words, done.text)), None)
    if missing:
        return f"the report does not say /{missing}/"
    wrong = next((words for words in step.must_not_say if _says(words, done.text)), None)
    return f"the report says /{wrong}/" if wrong else None


def _says(words: str, text: str) -> bool:
    return re.search(words, text, re.IGNORECASE | re.MULTILINE) is not None
