"""Tools are called as planned, on images of this case, with questions of the case, and every run has its true times."""

from overread.evals._expect import Expect
from overread.evals._run import Run
from overread.evals.scorers._score import NOTHING, PASSED, Dimension, Kind, Score, Scorer
from overread.records import Answer, CaseFile
from overread.settings import Settings

GATE = frozenset({"header", "quality"})
ADJUDICATING = frozenset({"vqa"})
"""Asked beyond the plan, where a conflict is to be settled."""
FACTS = frozenset({"reading", "reviewer"})
"""In whose name the graph tells what is no picture: the order, a verdict, a failure; and what a person decided."""


class Calls:
    """Looks at the record of each run, at where each piece of evidence was seen and at what was asked."""

    dimension: Dimension = "call validity"
    kind: Kind = "gate"

    def score(self, expect: Expect, run: Run) -> Score:
        """Fail on evidence of an image or by a tool that the case does not have, and on an answer to no question asked.

        Also on a tool that ran though the plan left it out, and on a run that ended before it began.
        """
        if run.file is None:
            return NOTHING
        fault = _of_tools(run.file) or _of_times(run.file, expect) or _of_images(run.file) or _of_questions(run.file)
        return Score(False, fault) if fault else PASSED


def build(settings: Settings) -> Scorer:
    """Give the scorer; it takes nothing from the settings."""
    return Calls()


def _of_tools(file: CaseFile) -> str | None:
    ran = {each.tool for each in file.manifest.tool_runs}
    late = sorted(each.tool for each in file.manifest.tool_runs if each.ended < each.started)
    if late:
        return f"ended before they began: {late}"
    planned = {*GATE, *ADJUDICATING, *(file.plan.tools if file.plan else ())}
    if unplanned := sorted(ran - planned):
        return f"ran without being planned: {unplanned}"
    strange = sorted({item.tool for item in file.evidence} - ran - FACTS)
    return f"evidence of tools that did not run: {strange}" if strange else None


def _of_times(file: CaseFile, expect: Expect) -> str | None:
    """Hold the record of each run to how long it really took."""
    told = {each.tool: (each.ended - each.started).total_seconds() for each in file.manifest.tool_runs}
    short = {name: told.get(name) for name, least in expect.lasts.items() if told.get(name, 0.0) < least}
    return f"shorter than they were: {short}" if short else None


def _of_images(file: CaseFile) -> str | None:
    studies = (file.case.study, *(prior.study for prior in file.case.priors))
    known = {image.sop_instance_uid for study in studies for image in study.images}
    strange = sorted({item.tool for item in file.evidence if item.locator.sop_instance_uid not in known})
    return f"evidence of an image that is not in the case, by {strange}" if strange else None


def _of_questions(file: CaseFile) -> str | None:
    asked = {question.text for question in file.questions_asked}
    answers = [item.payload.question for item in file.evidence if isinstance(item.payload, Answer)]
    strange = [text for text in answers if text not in asked]
    return f"answers to what was not asked: {strange[:2]}" if strange else None
