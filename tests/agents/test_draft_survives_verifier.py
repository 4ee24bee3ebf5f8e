"""Whatever the tools say, the draft made of it stands before the verifier."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overread import plugins
from overread.agents._impression import MOST_LINES
from overread.agents.adjudicator import settle
from overread.agents.drafter import draft
from overread.agents.planner import plan
from overread.agents.verifier import verify
from overread.imaging import gate
from overread.labeler import assertions
from overread.ports import EvidenceIndex
from overread.reasoning.alerts import alerts_in
from overread.reasoning.citations import coverage
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS, TERMS
from overread.records import (
    Assertion,
    Case,
    Claim,
    Evidence,
    Order,
    Payload,
    Prior,
    Region,
    Score,
    ToolFailure,
    Trust,
)
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_header, make_ratio, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RULES = [plugins.builder("rules", name)(Settings()) for name in plugins.names("rules")]

OFTEN = ("Pneumothorax", "Pleural Effusion", "Cardiomegaly", "Edema")
labels = st.sampled_from((*LABELS, *OFTEN, *OFTEN, *OFTEN, *OFTEN))
sides = st.sampled_from([None, "left", "right", "bilateral"])
statuses = st.sampled_from(["present", "absent", "uncertain"])


def said(label: str, status: Any, side: Any) -> Assertion:
    return Assertion(label=label, status=status, laterality=side if TERMS[label].sided else None, start=0, end=1)


scores = st.builds(make_score, labels, st.floats(0, 1), band=st.sampled_from([None, (0.4, 0.6)]))
zero_shot = st.builds(
    lambda label, p, calibrated: Score(
        label=label, probability=p, threshold=0.5, calibrated=calibrated, method="zero_shot"
    ),
    labels,
    st.floats(0, 1),
    st.booleans(),
)
answers = st.builds(make_answer, labels, st.one_of(statuses, st.just("not_assessed")), sides)
made_claims = st.builds(
    lambda section, found, number: Claim(text=f"Sentence {number}.", section=section, assertions=tuple(found)),
    st.sampled_from(["findings", "impression"]),
    st.lists(st.builds(said, labels, statuses, sides), max_size=3),
    st.integers(0, 9),
)
SENTENCES = (
    "Unchanged left pleural effusion since the prior study.",
    "No pneumothorax, effusion or consolidation.",
    "Right lower lobe opacity may represent pneumonia or atelectasis.",
    "PA and lateral views show a 2.3 cm nodule.",
    "No acute cardiopulmonary abnormality.",
    "Mild cardiomegaly with fracture and without edema.",
    "Endotracheal tube 4 cm above the carina.",
)
read_claims = st.builds(
    lambda text, section: Claim(text=text, section=section, assertions=assertions(text)),
    st.sampled_from(SENTENCES),
    st.sampled_from(["findings", "impression"]),
)
regions = st.one_of(
    st.none(), st.builds(Region, x=st.integers(0, 80), y=st.just(3), width=st.just(40), height=st.just(9))
)
payloads = st.one_of(
    st.tuples(st.just("classification"), scores),
    st.tuples(st.just("classification"), zero_shot),
    st.tuples(st.just("vqa"), answers),
    st.tuples(st.just("report"), st.one_of(made_claims, read_claims)),
    st.tuples(st.just("segmentation"), st.builds(make_ratio, st.floats(0.3, 0.8))),
)
figures = st.dictionaries(
    st.sampled_from(["classification", "classification.zero_shot", "segmentation", "report", "vqa"]),
    st.sampled_from([0.5, 0.7, 0.8, 0.9, 0.96, 0.99]),
)
cases = st.builds(
    lambda view, age, more, order, priors, date: make_case(
        make_study(views=(view, *more), date=date).model_copy(update={"age_years": age}), order=order, priors=priors
    ),
    st.sampled_from(["PA", "AP", None]),
    st.sampled_from([None, 1.0, 5.0, 60.0]),
    st.sampled_from([(), ("LATERAL",)]),
    st.sampled_from([Order(), Order(indication="Worse cough since 2 days, rule out effusion.", question="Bone age?")]),
    st.sampled_from([(), (Prior(study=make_study(1, 2)),), (Prior(study=make_study(7, 2)),)]),
    st.sampled_from([None, "20260102"]),
)
failures = st.lists(
    st.builds(
        ToolFailure,
        tool=st.sampled_from(["segmentation", "report"]),
        kind=st.sampled_from(["timeout", "error", "invalid_output", "unavailable", "not_applicable"]),
        message=st.just("x"),
        started=st.just(NOW),
        ended=st.just(NOW),
    ),
    max_size=2,
)


def located(case: Case, found: list[tuple[str, Payload]], region: Region | None) -> list[Evidence]:
    header = make_evidence(make_header(), case.study, tool="header")
    return [header, *(make_evidence(payload, case.study, tool=tool, region=region) for tool, payload in found)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases, st.lists(payloads, max_size=16), figures, failures, regions, st.booleans())
def test_every_sentence_of_every_draft_is_cited_resolves_and_is_entailed(
    case: Case,
    found: list[tuple[str, Payload]],
    figures: dict[str, float],
    failed: list[ToolFailure],
    region: Region | None,
    adjudicated: bool,
) -> None:
    trust = Trust.of_figures({tool: dict.fromkeys(LABELS, figure) for tool, figure in figures.items()})
    evidence = located(case, found, region)
    index = EvidenceIndex(evidence)
    findings = merge(case, index, failed, trust)
    conflicts = tuple(conflict for rule in RULES for conflict in rule.check(case, findings, index, trust))
    if adjudicated:
        conflicts = settle(case, conflicts, findings, index, trust)
    planned = plan(case, {}, gate.notes(case.study, evidence))
    known = context_evidence(Reading(case, planned, findings, failed, conflicts, evidence), NOW)
    index = EvidenceIndex([*evidence, *known])
    alerts = alerts_in(case, evidence, NOW, trust)
    written = draft(case, planned, findings, index, failed, conflicts, alerts, trust=trust)

    assert [objection.message for objection in verify(written, case, findings, index, trust)] == []
    assert len(written.sections["impression"]) <= MOST_LINES
    assert coverage(written, index, case).complete
    assert {"technique", "comparison", "impression", "limitations"} <= {s for s, v in written.sections.items() if v}
    assert len({statement.id for statement in written.statements}) == len(written.statements)
