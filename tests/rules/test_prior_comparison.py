"""What is said of an earlier study must be what two pictures of the same patient show."""

from typing import Any

import pytest

from overread import plugins
from overread.ports import EvidenceIndex
from overread.reasoning.change import SIGNED_REPORT
from overread.reasoning.trust import BY
from overread.reasoning.vocabulary import TERMS
from overread.records import Case, Conflict, Course, Evidence, Finding, Locator, Prior, Registration
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_provenance, make_study
from overread.testing.doubles.payloads import make_claim, make_header, make_score

EFFUSION = "Pleural Effusion"
OWN = Prior(study=make_study(1, 2))
CASE = make_case(priors=(OWN,))
THEN = Locator(sop_instance_uid=OWN.study.images[0].sop_instance_uid)
LAID = make_evidence(Registration(prior=THEN, matrix=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), overlap=0.97), tool="prior")


def run(*evidence: Evidence, case: Case = CASE) -> list[Conflict]:
    built = plugins.builder("rules", "prior_comparison")(Settings())
    return list(built.check(case, (), EvidenceIndex(evidence)))


def report(*args: Any, **kwargs: Any) -> Evidence:
    return make_evidence(make_claim(*args, **kwargs), tool="report")


def test_comparison_words_are_allowed_with_a_prior_of_the_same_patient_only() -> None:
    claim, header = report("Unchanged effusion.", EFFUSION), make_evidence(make_header(), tool="header")
    foreign = Prior(study=make_study(2, 1))
    assert run(claim, LAID) == []
    (unseen,) = run(claim)
    assert "was not laid under this one" in unseen.message
    found = run(claim, header, case=make_case(priors=(foreign,)))
    assert [conflict.severity for conflict in found] == ["block", "warn"]


@pytest.mark.parametrize(
    ("text", "course", "fires"),
    [
        ("Unchanged effusion.", "unchanged", False),
        ("Unchanged effusion.", "increased", True),
        ("The effusion has increased since the prior study.", "increased", False),
        ("The effusion has resolved.", "new", True),
        ("Unchanged effusion.", "cannot_compare", False),
        ("Left effusion.", "increased", False),
    ],
)
def test_a_sentence_may_not_tell_another_course_than_the_pictures(text: str, course: Course, fires: bool) -> None:
    found = Finding(
        id="f-1", code=TERMS[EFFUSION].code, label=EFFUSION, status="present", change=course, reason="made up"
    )
    rule = plugins.builder("rules", "prior_comparison")(Settings())
    conflicts = list(rule.check(CASE, (found,), EvidenceIndex([LAID, report(text, EFFUSION)])))
    assert [conflict.label for conflict in conflicts] == ([EFFUSION] if fires else [])


def test_a_prior_report_that_says_otherwise_than_its_picture_is_a_conflict_that_cites_both() -> None:
    seen = Evidence.of(make_score(EFFUSION, 0.01), THEN, make_provenance("prior", parameters={BY: "classification"}))
    said = Evidence.of(
        make_claim("Left effusion.", EFFUSION), THEN, make_provenance("prior", parameters={BY: SIGNED_REPORT})
    )
    found = Finding(id="f-1", code=TERMS[EFFUSION].code, label=EFFUSION, status="present", reason="made up")
    rule = plugins.builder("rules", "prior_comparison")(Settings())
    (conflict,) = rule.check(CASE, (found,), EvidenceIndex([LAID, seen, said]))
    assert set(conflict.evidence_ids) == {seen.id, said.id}
