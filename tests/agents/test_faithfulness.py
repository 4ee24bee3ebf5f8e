"""Take away or turn round one piece of cited evidence, draft again: the sentence that cited it changes or goes."""

import random

import pytest

from overread.agents.drafter import draft
from overread.plugins import builder, names
from overread.ports import EvidenceIndex
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Case, DraftReport, Evidence, Measurement, Plan, Score, Trust
from overread.settings import Settings
from overread.testing.doubles import make_case, make_study
from tests.agents.test_verifier_mutations import NOW, random_evidence

RULES = [builder("rules", name)(Settings()) for name in names("rules")]
TOOLS = ("classification", "vqa", "segmentation")
OPPOSITE = {"present": "absent", "absent": "present", "uncertain": "absent"}


def written(case: Case, evidence: list[Evidence], trust: Trust) -> DraftReport:
    index = EvidenceIndex(evidence)
    findings = merge(case, index, (), trust)
    conflicts = [conflict for rule in RULES for conflict in rule.check(case, findings, index, trust)]
    plan = Plan(image_sop_instance_uid=case.study.images[0].sop_instance_uid, tools=("header",))
    known = context_evidence(Reading(case, plan, findings, (), conflicts, evidence), NOW)
    return draft(case, plan, findings, EvidenceIndex([*evidence, *known]), (), conflicts, (), trust=trust)


def turned(item: Evidence) -> Evidence | None:
    """Give evidence that says the opposite; None for what has none."""
    match item.payload:
        case Score() as score:
            payload = score.model_copy(update={"probability": round(1 - score.probability, 6)})
        case Answer(status=("present" | "absent" | "uncertain") as status) as answer:
            payload = answer.model_copy(update={"status": OPPOSITE[status], "answer": "turned"})
        case Measurement() as ratio:
            payload = ratio.model_copy(update={"value": 1 - ratio.value})
        case _:
            return None
    return Evidence.of(payload, item.locator, item.provenance)


@pytest.mark.parametrize("seed", range(1, 13))
def test_a_sentence_about_the_image_lives_by_each_thing_that_it_cites(seed: int) -> None:
    chance = random.Random(seed)
    case = make_case(make_study(seed, 1))
    evidence = list(random_evidence(chance, case))
    figures = {tool: {label: chance.uniform(0.85, 0.99) for label in LABELS[1:]} for tool in TOOLS}
    trust = Trust.of_figures(figures)
    first = written(case, evidence, trust)
    by_id = {item.id: item for item in evidence}
    tried = 0
    for section in ("findings", "impression"):
        for statement in first.sections[section]:
            for identity in statement.citations:
                if identity not in by_id:
                    continue  # of the reading itself: it follows from the rest
                for instead in (None, turned(by_id[identity])):
                    rest = [item for item in evidence if item.id != identity] + ([instead] if instead else [])
                    again = written(case, rest, trust)
                    assert statement not in again.sections[section], statement.text
                    tried += 1
    assert tried > 10
