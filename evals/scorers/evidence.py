"""Every positive sentence rests on what a tool saw, and the earlier picture is cited where it must be."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, Dimension, Kind, Score, Scorer
from overread.records import CaseFile
from overread.settings import Settings

SEEN = frozenset({"score", "mask", "box", "measurement", "answer", "claim", "change"})
"""Kinds of evidence that a tool saw in a picture."""


class Positives:
    """Follows each sentence that calls a finding present to the evidence of a tool."""

    dimension: Dimension = "evidence"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail where a sentence calls a finding present and cites nothing seen; the value is the share that does.

        `cites_prior` asks that some sentence rests on the earlier picture, or that none does.
        """
        file = run.file
        if file is None or file.draft is None:
            return NOTHING
        present = {finding.id for finding in file.findings if finding.status == "present"}
        seen = {item.id for item in file.evidence if item.payload.kind in SEEN}
        said = [s for s in file.draft.statements if present.intersection(s.finding_ids)]
        bare = [s.text for s in said if not seen.intersection(s.citations)]
        share = 1 - len(bare) / len(said) if said else None
        if bare:
            return Score(False, f"rests on nothing seen: '{bare[0]}'", share)
        if expect.cites_prior is not None and _cites_prior(file) != expect.cites_prior:
            return Score(False, f"the earlier picture is {'not ' if expect.cites_prior else ''}cited", share)
        return Score(True, value=share)


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Positives()


def _cites_prior(file: CaseFile) -> bool:
    """Say whether a sentence of findings or impression cites a comparison of the two pictures."""
    compared = {item.id for item in file.evidence if item.payload.kind == "change"}
    sections = file.draft.sections if file.draft else {}
    said = (s for name in ("findings", "impression") for s in sections.get(name, ()))
    return any(compared.intersection(s.citations) for s in said)
