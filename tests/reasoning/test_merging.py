from datetime import UTC, datetime

import pytest

from overread.ports import EvidenceIndex
from overread.reasoning.merging import CORE, merge
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Box,
    Case,
    Evidence,
    Finding,
    Mask,
    Measurement,
    Prevalence,
    Region,
    Score,
    Study,
    ToolFailure,
    Trust,
)
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.makers import make_provenance
from overread.testing.doubles.payloads import make_answer, make_claim, make_ratio, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TRUSTED = Trust.of_figures(
    {
        "classification": dict.fromkeys(LABELS, 0.97),
        "segmentation": {"Cardiomegaly": 0.96},
        "report": dict.fromkeys(LABELS, 0.96),
        "vqa": dict.fromkeys(LABELS, 0.98),
    }
)


def finding(label: str, *evidence: Evidence, trust: Trust = TRUSTED, case: Case | None = None) -> Finding:
    findings = merge(case or make_case(), EvidenceIndex(evidence), (), trust)
    return next(found for found in findings if found.label == label)


def claim(text: str, label: str, status: str = "present", side: str | None = None) -> Evidence:
    return make_evidence(make_claim(text, label, status, side), tool="report")  # type: ignore[arg-type]


def study_of(view: str | None, age: float | None = None) -> Study:
    return make_study(views=(view,)).model_copy(update={"age_years": age})  # type: ignore[arg-type]


def test_there_is_one_finding_per_label_and_nothing_is_assessed_without_evidence() -> None:
    findings = merge(make_case(), EvidenceIndex(()), (), TRUSTED)
    assert tuple(found.label for found in findings) == LABELS
    assert {found.status for found in findings} == {"not_assessed"}
    assert len({found.id for found in findings}) == len(LABELS)


def test_a_crash_is_never_a_finding_and_is_named() -> None:
    failure = ToolFailure(tool="classification", kind="timeout", message="late", started=NOW, ended=NOW)
    edema = next(f for f in merge(make_case(), EvidenceIndex(()), (failure,), TRUSTED) if f.label == "Edema")
    assert edema.status == "not_assessed"
    assert "classification timeout" in edema.reason


WORTHLESS = Trust.of_figures({"report": {"Edema": 0.7}, "classification": {"Edema": 0.74}})
"""Measured, and so badly that nothing they say moves the odds three times."""


@pytest.mark.parametrize(("probability", "status"), [(0.9, "present"), (0.5, "uncertain"), (0.1, "absent")])
def test_a_score_is_read_at_its_operating_point_and_abstains_in_its_band(probability: float, status: str) -> None:
    found = finding("Edema", make_evidence(make_score("Edema", probability, band=(0.4, 0.6))))
    assert found.status == status
    assert found.probability == probability


def test_a_score_without_an_operating_point_says_nothing() -> None:
    bare = Score(label="Edema", probability=0.99, method="head")
    assert finding("Edema", make_evidence(bare)).status == "not_assessed"


def test_the_most_trusted_voice_decides_and_the_dissenters_are_kept() -> None:
    absent = make_evidence(make_score("Edema", 0.1))
    first, second = claim("Edema.", "Edema"), claim("There is edema.", "Edema")
    found = finding("Edema", first, second, absent)
    assert found.status == "absent"
    assert found.evidence_ids == (absent.id,)
    assert set(found.against_ids) == {first.id, second.id}


@pytest.mark.parametrize("known", [Trust(), WORTHLESS])
@pytest.mark.parametrize("status", ["present", "absent"])
def test_who_was_not_measured_to_be_worth_hearing_has_no_vote_and_is_kept(known: Trust, status: str) -> None:
    said = claim("Of edema.", "Edema", status)
    score = make_evidence(make_score("Edema", 0.9 if status == "present" else 0.1))
    found = finding("Edema", said, score, trust=known)
    assert (found.status, found.laterality, found.evidence_ids, found.against_ids) == ("not_assessed", None, (), ())
    assert set(found.silent_ids) == {said.id, score.id}
    assert "report" in found.reason
    assert "classification" in found.reason


def test_the_reason_says_what_the_word_is_worth_and_at_which_prevalence() -> None:
    common = finding("Edema", make_evidence(make_score("Edema", 0.9)))
    assert common.reason.endswith("present, and there in 97% of such studies, where 50% of all have it.")
    rare = Trust(on_phantoms=TRUSTED.on_phantoms, prevalence_of_phantoms=Prevalence({"Edema": 0.02}))
    denied = finding("Edema", make_evidence(make_score("Edema", 0.1)), trust=rare)
    assert denied.reason.endswith("absent, and so in 100% of such studies, where 2% of all have it.")


def test_silence_beside_a_vote_changes_nothing() -> None:
    score, said = make_evidence(make_score("Edema", 0.9)), claim("No edema.", "Edema", "absent")
    known = Trust.of_figures({"classification": {"Edema": 0.97}})
    found = finding("Edema", score, said, trust=known)
    assert (found.status, found.evidence_ids, found.against_ids) == ("present", (score.id,), ())
    assert found.silent_ids == (said.id,)


def test_figures_of_phantoms_give_no_vote_on_a_patient_nor_the_other_way_round() -> None:
    table = Trust.of_figures({"classification": {"Edema": 0.97}}).measured
    patient = make_case(make_study().model_copy(update={"synthetic": False}))
    phantom = make_case(make_study().model_copy(update={"synthetic": True}))
    score = make_evidence(make_score("Edema", 0.9))
    for case, right, wrong in (
        (patient, Trust(measured=table), Trust(on_phantoms=table)),
        (phantom, Trust(on_phantoms=table), Trust(measured=table)),
    ):
        assert finding("Edema", score, case=case, trust=right).status == "present"
        assert finding("Edema", score, case=case, trust=wrong).status == "not_assessed"


def test_equally_trusted_voices_that_contradict_leave_it_uncertain() -> None:
    found = finding("Edema", claim("Edema.", "Edema"), claim("No edema.", "Edema", "absent"))
    assert found.status == "uncertain"
    assert len(found.evidence_ids) == len(found.against_ids) == 1


def test_an_unmeasured_zero_shot_score_decides_nothing() -> None:
    zero = Score(label="Edema", probability=0.99, threshold=0.5, method="zero_shot")
    assert finding("Edema", make_evidence(zero)).status == "not_assessed"


@pytest.mark.parametrize(
    ("view", "age", "ratio", "status"),
    [
        ("PA", 50, 0.58, "present"),
        ("PA", 50, 0.48, "absent"),
        ("AP", 50, 0.58, "not_assessed"),
        ("AP", 50, 0.48, "not_assessed"),
        (None, 50, 0.58, "not_assessed"),
        ("PA", 1, 0.58, "not_assessed"),
        ("LATERAL", 50, 0.58, "not_assessed"),
    ],
)
def test_the_cardiothoracic_ratio_is_read_by_view_and_age(
    view: str | None, age: float, ratio: float, status: str
) -> None:
    study = study_of(view, age)
    item = make_evidence(make_ratio(ratio), tool="segmentation", image=study.images[0])
    assert finding("Cardiomegaly", item, case=make_case(study)).status == status


def test_a_ratio_from_a_poor_mask_does_not_decide() -> None:
    heart = Mask(structure="heart", png="h.png", digest="0", area_pixels=9, quality=0.5)
    items = (make_evidence(make_ratio(0.6), tool="segmentation"), make_evidence(heart, tool="segmentation"))
    assert finding("Cardiomegaly", *items).status == "not_assessed"


@pytest.mark.parametrize(
    ("view", "share", "status"), [("pa", 0.9, "present"), ("pa", 0.5, "not_assessed"), ("ap", 0.9, "not_assessed")]
)
def test_the_view_head_states_the_projection_where_the_header_does_not(view: str, share: float, status: str) -> None:
    study = study_of(None, 50)
    ratio = make_evidence(make_ratio(0.58), tool="segmentation", image=study.images[0])
    seen = make_evidence(
        Measurement(name=f"view_{view}_probability", value=share, unit="1", method="head"),
        image=study.images[0],
        provenance=make_provenance("classification").model_copy(update={"parameters": {"abstain_below": 0.6}}),
    )
    assert finding("Cardiomegaly", ratio, seen, case=make_case(study)).status == status


def test_a_side_comes_from_sided_evidence_only() -> None:
    score = make_evidence(make_score("Pleural Effusion", 0.9))
    assert finding("Pleural Effusion", score).laterality is None
    sided = claim("Left effusion.", "Pleural Effusion", "present", "left")
    assert finding("Pleural Effusion", score, sided).laterality == "left"


def test_the_more_trusted_side_stands_and_equal_ones_leave_none() -> None:
    left = claim("Left effusion.", "Pleural Effusion", "present", "left")
    right = make_evidence(make_answer("Pleural Effusion", "present", "right"), tool="vqa")
    assert finding("Pleural Effusion", left, right).laterality == "right"
    assert finding("Pleural Effusion", left, right, trust=Trust()).laterality is None


def test_a_doubtful_voice_gives_no_side_to_what_is_present() -> None:
    score = make_evidence(make_score("Pleural Effusion", 0.9))
    doubtful = claim("Possible left effusion.", "Pleural Effusion", "uncertain", "left")
    found = finding("Pleural Effusion", score, doubtful)
    assert (found.status, found.laterality) == ("present", None)


def test_an_absence_on_one_side_does_not_deny_the_other() -> None:
    score = make_evidence(make_score("Pleural Effusion", 0.9))
    no_left = make_evidence(make_answer("Pleural Effusion", "absent", "left"), tool="vqa")
    right = claim("Right effusion.", "Pleural Effusion", "present", "right")
    found = finding("Pleural Effusion", score, no_left, right)
    assert (found.status, found.laterality) == ("present", "right")


def test_a_region_is_placed_by_the_lungs_and_not_by_the_middle_of_the_picture() -> None:
    def lung(side: str, x: int) -> Evidence:
        mask = Mask(structure=f"{side}_lung", png=f"{side}.png", digest=side, area_pixels=9)
        return make_evidence(mask, tool="segmentation", region=Region(x=x, y=0, width=30, height=90))

    box = make_evidence(Box(label="Pneumothorax"), tool="report", region=Region(x=12, y=5, width=10, height=10))
    assert finding("Pneumothorax", box).laterality is None
    assert finding("Pneumothorax", box, lung("right", 10), lung("left", 70)).laterality == "right"
    flipped = finding("Pneumothorax", box, lung("left", 10), lung("right", 70))
    assert flipped.laterality == "left"


def test_evidence_of_another_study_has_no_vote() -> None:
    foreign = make_evidence(make_score("Edema", 0.9), make_study(2, 9))
    assert finding("Edema", foreign).status == "not_assessed"


def test_no_finding_needs_every_core_label_assessed_and_absent() -> None:
    normal = [make_evidence(make_score(label, 0.1)) for label in CORE]
    assert finding("No Finding", *normal).status == "present"
    assert finding("No Finding", *normal[1:]).status == "not_assessed"
    assert finding("No Finding", *normal, make_evidence(make_score("Fracture", 0.9))).status == "absent"


def test_a_support_device_is_no_disease() -> None:
    normal = [make_evidence(make_score(label, 0.1)) for label in CORE]
    assert finding("No Finding", *normal, make_evidence(make_score("Support Devices", 0.9))).status == "present"


def test_the_order_of_the_evidence_does_not_matter() -> None:
    items = [
        claim("Left effusion.", "Pleural Effusion", "present", "left"),
        make_evidence(make_score("Pleural Effusion", 0.9)),
        make_evidence(make_answer("Pleural Effusion", "absent"), tool="vqa"),
    ]
    case = make_case()
    forward = merge(case, EvidenceIndex(items), (), TRUSTED)
    assert forward == merge(case, EvidenceIndex(reversed(items)), (), TRUSTED)


def test_a_score_under_even_odds_is_possible_however_low_its_operating_point() -> None:
    def scored(probability: float) -> Evidence:
        return make_evidence(
            Score(label="Edema", probability=probability, threshold=0.02, calibrated=True, method="head")
        )

    assert finding("Edema", scored(0.08)).status == "uncertain"
    assert finding("Edema", scored(0.6)).status == "present"
    assert finding("Edema", scored(0.01)).status == "absent"
