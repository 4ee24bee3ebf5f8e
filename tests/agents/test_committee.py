"""How committees go wrong, and that this one does not: majorities, silent minorities, voices that nobody measured."""

import random
import re

import pytest

from overread.ports import EvidenceIndex
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS
from overread.reasoning.votes import votes_in
from overread.records import Case, Evidence, Finding, Locator, Provenance, Trust
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_claim, make_score
from tests.agents.test_faithfulness import TOOLS, written
from tests.agents.test_verifier_mutations import NOW, random_evidence

TOLD = re.compile(r"disagree|according to|not confirmed|does not support|speaks? against", re.IGNORECASE)
LABEL = "Pleural Effusion"


def reading(seed: int) -> tuple[Case, list[Evidence], Trust]:
    chance = random.Random(seed)
    case = make_case(make_study(seed, 1))
    evidence = list(random_evidence(chance, case))
    figures = {tool: {label: chance.uniform(0.85, 0.99) for label in LABELS[1:]} for tool in TOOLS}
    return case, evidence, Trust.of_figures(figures)


def merged(case: Case, evidence: list[Evidence], trust: Trust) -> dict[str, Finding]:
    return {finding.label: finding for finding in merge(case, EvidenceIndex(evidence), (), trust)}


def test_no_voice_that_says_the_opposite_of_a_stated_finding_is_dropped_in_silence() -> None:
    """An undecided voice contradicts nothing; it stays with the finding."""
    tried = 0
    for seed in range(1, 60):
        case, evidence, trust = reading(seed)
        findings = merged(case, evidence, trust).values()
        statements = written(case, evidence, trust).statements
        votes = votes_in(case, evidence, trust)
        for finding in findings:
            heard = {vote.status for vote in votes if vote.label == finding.label and vote.whole}
            if finding.status in heard and heard >= {"present", "absent"}:
                about = [one for one in statements if finding.id in one.finding_ids]
                kept = any(TOLD.search(one.text) or set(one.citations) & set(finding.against_ids) for one in about)
                assert kept, f"{seed}: {finding.label}, {[one.text for one in about]}"
                tried += 1
    assert tried > 10


@pytest.mark.parametrize("voices", [1, 3, 9])
def test_many_weak_voices_do_not_outvote_one_that_was_measured_better(voices: int) -> None:
    case = make_case()
    trust = Trust.of_figures({"classification": {LABEL: 0.99}, "report": {LABEL: 0.9}, "vqa": {LABEL: 0.9}})
    alone = make_evidence(make_score(LABEL, 0.02), tool="classification")
    crowd = [make_evidence(make_claim(f"Effusion {n}.", LABEL), tool="report") for n in range(voices)]
    found = merged(case, [alone, *crowd, make_evidence(make_answer(LABEL, "present"), tool="vqa")], trust)[LABEL]
    assert found.status != "present"
    assert alone.id in found.evidence_ids


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_voice_that_nobody_measured_moves_no_finding_whatever_it_is_called(seed: int) -> None:
    case, evidence, trust = reading(seed)
    before = merged(case, evidence, trust)
    where = Locator(sop_instance_uid=case.study.images[0].sop_instance_uid)
    senior = Provenance(tool="senior", tool_version="1", model="senior radiologist model", started=NOW, ended=NOW)
    opposite = {"present": "absent", "absent": "present"}
    said = [
        Evidence.of(make_answer(label, opposite.get(finding.status, "present")), where, senior)  # type: ignore[arg-type]
        for label, finding in before.items()
    ]
    after = merged(case, [*evidence, *said], trust)
    assert {label: (one.status, one.laterality) for label, one in before.items() if one.status != "not_assessed"} == {
        label: (one.status, one.laterality) for label, one in after.items() if one.status != "not_assessed"
    }


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_order_in_which_voices_speak_changes_no_word(seed: int) -> None:
    case, evidence, trust = reading(seed)
    first = written(case, evidence, trust)
    again = written(case, list(reversed(evidence)), trust)
    assert [one.text for one in again.statements] == [one.text for one in first.statements]
