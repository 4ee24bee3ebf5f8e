from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from overread import plugins
from overread.ports import EvidenceIndex
from overread.records import Case, Conflict, Evidence, Prior, Score
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_claim, make_ratio, make_score

EFFUSION = "Pleural Effusion"


def run(rule: str, *evidence: Evidence, case: Case | None = None) -> list[Conflict]:
    built = plugins.builder("rules", rule)(Settings())
    return list(built.check(case or make_case(), (), EvidenceIndex(evidence)))


def report(*args: Any, **kwargs: Any) -> Evidence:
    return make_evidence(make_claim(*args, **kwargs), tool="report")


@pytest.fixture(params=plugins.names("rules"))
def module(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"overread.rules.{request.param}")


def fired(module: ModuleType, example: Callable[[], Any]) -> list[Conflict]:
    case, findings, evidence = example()
    conflicts = list(module.build(Settings()).check(case, findings, evidence))
    assert all(conflict.evidence_ids for conflict in conflicts)
    assert all(identity in evidence for conflict in conflicts for identity in conflict.evidence_ids)
    return conflicts


def test_each_rule_fires_on_its_bad_example_and_is_silent_on_its_good_one(module: ModuleType) -> None:
    assert fired(module, module.bad_example)
    assert not fired(module, module.good_example)


def test_each_rule_is_silent_without_evidence_and_is_named_like_its_file(module: ModuleType) -> None:
    rule = module.build(Settings())
    assert rule.id == module.__name__.rsplit(".", 1)[1]
    assert not list(rule.check(make_case(), (), EvidenceIndex(())))


@pytest.mark.parametrize("rule", ["polarity", "laterality", "cardiothoracic_ratio", "unsupported_claim"])
def test_an_answer_fetched_to_settle_a_conflict_does_not_rename_it(rule: str) -> None:
    case, findings, evidence = import_module(f"overread.rules.{rule}").bad_example()
    built = plugins.builder("rules", rule)(Settings())
    (before,) = built.check(case, findings, evidence)
    answers = [make_answer(before.label or "", status, "left") for status in ("present", "uncertain")]
    more = EvidenceIndex([*evidence.all(), *(make_evidence(answer, tool="vqa") for answer in answers)])
    assert before.id in {conflict.id for conflict in built.check(case, findings, more)}


def test_polarity_asks_the_question_that_would_settle_it() -> None:
    score, claim = make_evidence(make_score(EFFUSION, 0.9)), report("No effusion.", EFFUSION, "absent")
    (conflict,) = run("polarity", score, claim)
    assert conflict.question is not None
    assert conflict.question.text == "Is there a pleural effusion?"
    assert set(conflict.evidence_ids) == {score.id, claim.id}


def test_an_absence_on_one_side_contradicts_nobody() -> None:
    score, claim = make_evidence(make_score(EFFUSION, 0.9)), report("No left effusion.", EFFUSION, "absent", "left")
    assert run("polarity", score, claim) == []


def test_an_unfitted_prompt_contradicts_nobody() -> None:
    zero = make_evidence(Score(label=EFFUSION, probability=0.9, threshold=0.5, method="zero_shot"))
    assert run("polarity", zero, report("No effusion.", EFFUSION, "absent")) == []


def test_effusions_on_both_sides_in_two_sentences_are_no_laterality_conflict() -> None:
    left, right = (report(f"There is a {s} effusion.", EFFUSION, "present", s) for s in ("left", "right"))
    assert run("laterality", left, right) == []


def test_two_tools_that_name_opposite_sides_conflict() -> None:
    left = report("Left effusion.", EFFUSION, "present", "left")
    right = make_evidence(make_answer(EFFUSION, "present", "right"), tool="vqa")
    (conflict,) = run("laterality", left, right)
    assert conflict.severity == "block"
    assert conflict.question is not None
    assert conflict.question.laterality == "left"


def test_a_ratio_that_says_nothing_contradicts_nothing() -> None:
    child = make_study().model_copy(update={"age_years": 1.0})
    ratio, claim = (
        make_evidence(make_ratio(0.6), tool="segmentation"),
        report("Normal heart.", "Cardiomegaly", "absent"),
    )
    assert run("cardiothoracic_ratio", ratio, claim)
    assert run("cardiothoracic_ratio", ratio, claim, case=make_case(child)) == []


def test_an_answer_does_not_support_a_claim_because_it_may_be_the_same_model() -> None:
    answer = make_evidence(make_answer("Fracture", "present"), tool="vqa")
    assert run("unsupported_claim", report("Rib fracture.", "Fracture"), answer)


def test_a_normal_impression_contradicts_disease_in_the_findings_and_not_a_device() -> None:
    normal = report("No acute abnormality.", "No Finding", section="impression")
    assert run("impression_vs_findings", report("Left effusion.", EFFUSION), normal)
    assert run("impression_vs_findings", report("A port is seen.", "Support Devices"), normal) == []
    assert run("impression_vs_findings", report("No effusion.", EFFUSION, "absent"), normal) == []


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("PA and lateral views of the chest.", True),
        ("The effusion blunts the angle on the lateral projection.", True),
        ("Two views of the chest.", True),
        ("Right lateral decubitus film shows layering.", True),
        ("PA view of the chest.", False),
        ("Fracture of the left lateral seventh rib.", False),
        ("Opacity laterally at the right base.", False),
    ],
)
def test_a_view_must_have_been_acquired(text: str, fires: bool) -> None:
    assert bool(run("view_never_acquired", report(text))) is fires


def test_a_lateral_that_is_there_may_be_described() -> None:
    case = make_case(make_study(views=("PA", "LATERAL")))
    assert run("view_never_acquired", report("PA and lateral views of the chest."), case=case) == []


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("A 12 mm nodule.", True),
        ("Tube tip 4.5 cm above the carina.", True),
        ("Cardiothoracic ratio is 54%.", False),
        ("The CTR measures 0.54.", False),
        ("The 7th rib is fractured, 2 fragments.", False),
    ],
)
def test_a_number_needs_a_measurement(text: str, fires: bool) -> None:
    ratio = make_evidence(make_ratio(0.541), tool="segmentation")
    assert bool(run("measurement_without_source", ratio, report(text))) is fires


def test_a_number_sets_off_one_rule_whether_it_was_measured_otherwise_or_not_at_all() -> None:
    ratio, claim = make_evidence(make_ratio(0.541), tool="segmentation"), report("Cardiothoracic ratio is 0.61.")
    rules = ("measurement_without_source", "hallucinated_measurement")
    assert [bool(run(rule, claim)) for rule in rules] == [True, False]
    assert [bool(run(rule, claim, ratio)) for rule in rules] == [False, True]


def test_evidence_of_a_prior_is_not_foreign() -> None:
    prior = make_study(1, 2)
    item = make_evidence(make_score("Edema", 0.9), prior)
    assert run("foreign_evidence", item)
    assert run("foreign_evidence", item, case=make_case(priors=(Prior(study=prior),))) == []


def test_an_impression_against_findings_of_both_kinds_names_what_the_findings_say_as_a_whole() -> None:
    left = report("No left effusion.", EFFUSION, "absent", "left")
    right = report("Right effusion.", EFFUSION, "present", "right")
    denied = report("No pleural effusion.", EFFUSION, "absent", section="impression")
    (conflict,) = run("impression_vs_findings", left, right, denied)
    assert conflict.message == "Pleural Effusion: the report says present in its findings and absent in its impression."
