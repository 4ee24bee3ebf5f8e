"""Random readings: the draft of each stands, and no mutation of a sentence of it does."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from overread.agents.drafter import draft
from overread.agents.verifier import verify
from overread.plugins import builder, names
from overread.ports import EvidenceIndex
from overread.reasoning.citations import coverage
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Case,
    DraftReport,
    Evidence,
    Finding,
    Laterality,
    Plan,
    Section,
    Statement,
    Status,
    Trust,
)
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_header, make_ratio, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STATUSES: tuple[Status, ...] = ("present", "absent", "uncertain")
SIDES: tuple[Laterality | None, ...] = (None, "left", "right")
OPPOSITE = {"left": "right", "right": "left"}
DraftInputs = tuple[Case, EvidenceIndex, tuple[Finding, ...], DraftReport, Trust]


@pytest.fixture(scope="module")
def readings() -> list[DraftInputs]:
    return [_read(random.Random(seed), seed) for seed in range(1, 9)]


def test_every_drafted_sentence_is_cited_and_stands(readings: list[DraftInputs]) -> None:
    for case, evidence, findings, written, trust in readings:
        assert coverage(written, evidence, case).complete
        assert verify(written, case, findings, evidence, trust) == ()


def test_no_mutated_sentence_stands(readings: list[DraftInputs]) -> None:
    tried = set()
    for case, evidence, findings, written, trust in readings:
        header = evidence.of_tool("header")[0].id
        sections: tuple[Section, ...] = ("findings", "impression")
        for section in sections:
            for statement in written.sections[section]:
                for kind, mutant in _mutants(statement, header):
                    tried.add(kind)
                    alone = written.model_copy(update={"sections": {section: (mutant,)}})
                    assert verify(alone, case, findings, evidence, trust), f"{kind}: {mutant.text}"
    assert tried == {"comparison", "view", "unknown id", "other side", "denied", "other number", "other evidence"}


def _read(chance: random.Random, seed: int) -> DraftInputs:
    case = make_case(make_study(seed, 1))
    evidence = EvidenceIndex(random_evidence(chance, case))
    figures = {
        tool: {label: chance.uniform(0.7, 0.99) for label in LABELS[1:]}
        for tool in ("classification", "vqa", "segmentation")
    }
    trust = Trust.of_figures(figures)
    findings = merge(case, evidence, (), trust)
    rules = [builder("rules", name)(Settings()) for name in names("rules")]
    conflicts = [conflict for rule in rules for conflict in rule.check(case, findings, evidence, trust)]
    plan = Plan(image_sop_instance_uid=case.study.images[0].sop_instance_uid, tools=("header",))
    known = context_evidence(Reading(case, plan, findings, (), conflicts, evidence.all()), NOW)
    index = EvidenceIndex([*evidence.all(), *known])
    return case, index, findings, draft(case, plan, findings, index, (), conflicts, (), trust=trust), trust


def random_evidence(chance: random.Random, case: Case) -> Iterator[Evidence]:
    yield make_evidence(make_header(), case.study, tool="header")
    yield make_evidence(make_ratio(chance.uniform(0.35, 0.65)), case.study, tool="segmentation")
    for label in LABELS[1:]:
        if chance.random() < 0.6:
            yield make_evidence(make_score(label, chance.random(), band=(0.4, 0.6)), case.study)
        if chance.random() < 0.5:
            answer = make_answer(label, chance.choice(STATUSES), chance.choice(SIDES))
            yield make_evidence(answer, case.study, tool="vqa")


def _mutants(statement: Statement, header: str) -> Iterator[tuple[str, Statement]]:
    text = statement.text
    texts = {
        "comparison": f"{text[:-1]}, unchanged from the prior study.",
        "view": f"{text[:-1]}, seen on the lateral view.",
        "other side": re.sub(r"\b(left|right)\b", lambda found: OPPOSITE[found[0]], text),
        "denied": re.sub(r"^There is an? ", "No ", text),
        "other number": re.sub(r"ratio 0\.(\d)", lambda found: f"ratio 0.{(int(found[1]) + 1) % 10}", text),
    }
    yield from ((kind, statement.model_copy(update={"text": said})) for kind, said in texts.items() if said != text)
    yield "unknown id", statement.model_copy(update={"citations": (*statement.citations, "e-123456789abc")})
    if statement.finding_ids:
        yield "other evidence", statement.model_copy(update={"citations": (header,)})
