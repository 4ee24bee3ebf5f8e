"""What became of a finding is told only where both pictures were seen, and nothing clashes."""

import pytest

from overread.reasoning.change import LEAST_OVERLAP, SIGNED_REPORT, changes_in, contradicted, earlier_in, with_changes
from overread.reasoning.trust import BY
from overread.reasoning.vocabulary import TERMS
from overread.records import (
    Assertion,
    Case,
    Change,
    Claim,
    Course,
    Evidence,
    Finding,
    Growth,
    Laterality,
    Locator,
    Mask,
    Performance,
    Prevalence,
    Prior,
    Region,
    Registration,
    Status,
    Trust,
)
from overread.testing.doubles import make_case, make_evidence, make_provenance, make_study
from overread.testing.doubles.payloads import make_score

THEN = make_study(1, 2, date="20251201")
CASE = make_case(priors=(Prior(study=THEN),))
LABEL = "Pleural Effusion"
EARLIER = Locator(sop_instance_uid=THEN.images[0].sop_instance_uid)
HERE = Locator(sop_instance_uid=CASE.study.images[0].sop_instance_uid)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MEASURED = {("classification", label): Performance(0.99, 0.99, 0.99, 500, 500) for label in (LABEL, "Cardiomegaly")}
COMMON = Prevalence({LABEL: 0.5, "Cardiomegaly": 0.5})
TRUST = Trust(MEASURED, MEASURED, prevalence=COMMON, prevalence_of_phantoms=COMMON)


def laid(overlap: float = 0.97) -> Evidence:
    return make_evidence(Registration(prior=EARLIER, matrix=IDENTITY, overlap=overlap), tool="prior")


def then(probability: float, label: str = LABEL, region: Region | None = None) -> Evidence:
    where = EARLIER.model_copy(update={"region": region})
    return Evidence.of(
        make_score(label, probability), where, make_provenance("prior", parameters={BY: "classification"})
    )


def reported(status: Status, side: Laterality | None = None, label: str = LABEL) -> Evidence:
    assert status != "not_assessed"
    said = Assertion(label=label, status=status, laterality=side, start=0, end=4)
    claim = Claim(text="A sentence.", section="findings", assertions=(said,))
    return Evidence.of(claim, EARLIER, make_provenance("prior", parameters={BY: SIGNED_REPORT}))


def grown(ratio: float, course: Course | None) -> Evidence:
    assert course in ("increased", "unchanged", "decreased", None)
    return make_evidence(Growth(label=LABEL, prior=EARLIER, ratio=ratio, course=course), tool="prior")


def now(
    status: Status, side: Laterality | None = None, label: str = LABEL, evidence_ids: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        id="f-1",
        code=TERMS[label].code,
        label=label,
        status=status,
        laterality=side,
        evidence_ids=evidence_ids,
        reason="made up",
    )


def change(finding: Finding, *evidence: Evidence, case: Case = CASE, trust: Trust | None = TRUST) -> Change | None:
    told = changes_in(case, (finding,), evidence, trust)
    return told[0].change if told else None


def course(finding: Finding, *evidence: Evidence, case: Case = CASE) -> Course | None:
    told = change(finding, *evidence, case=case)
    return told.course if told else None


def test_a_finding_comes_and_goes() -> None:
    assert course(now("present"), laid(), then(0.01)) == "new"
    assert course(now("absent"), laid(), then(0.99)) == "resolved"
    assert course(now("absent"), laid(), then(0.01)) is None


@pytest.mark.parametrize("measured", ["increased", "unchanged", "decreased"])
def test_what_is_there_in_both_changed_as_its_extent_tells(measured: Course) -> None:
    assert course(now("present"), laid(), then(0.99), grown(2.0, measured)) == measured


def test_without_a_measured_extent_nobody_says_how_much() -> None:
    told = change(now("present"), laid(), then(0.99), grown(2.0, None))
    assert told is not None
    assert (told.course, told.then) == ("cannot_compare", "present")


@pytest.mark.parametrize("status", ["uncertain", "not_assessed"])
def test_a_doubt_now_is_no_change(status: Status) -> None:
    assert course(now(status), laid(), then(0.01)) is None


def test_a_doubt_then_is_no_change() -> None:
    assert course(now("present"), laid()) is None
    assert course(now("present"), laid(), reported("uncertain")) is None


def test_a_voter_that_was_not_measured_says_nothing_of_the_earlier_picture() -> None:
    assert change(now("present"), laid(), then(0.01), trust=Trust()) is None


def test_pictures_that_were_not_laid_over_each_other_are_not_compared() -> None:
    assert course(now("present"), then(0.01)) is None
    assert course(now("present"), laid(LEAST_OVERLAP - 0.01), then(0.01)) is None
    assert course(now("present"), laid(LEAST_OVERLAP), then(0.01)) == "new"


def test_a_prior_of_somebody_else_is_not_compared() -> None:
    stranger = CASE.model_copy(update={"priors": (Prior(study=THEN.model_copy(update={"patient_key": "another"})),)})
    assert earlier_in(stranger, (laid(), then(0.01)), TRUST) is None
    assert course(now("present"), laid(), then(0.01), case=stranger) is None


def test_as_much_in_both_pictures_is_neither_new_nor_gone() -> None:
    assert course(now("present"), laid(), then(0.01), grown(1.0, "unchanged")) == "cannot_compare"
    assert course(now("absent"), laid(), then(0.99), grown(1.0, "unchanged")) == "cannot_compare"
    assert course(now("present"), laid(), then(0.01), grown(9.0, "increased")) == "new"
    assert course(now("absent"), laid(), then(0.99), grown(0.1, "decreased")) == "resolved"


def test_the_signed_report_speaks_for_its_picture() -> None:
    assert course(now("present"), laid(), reported("absent")) == "new"
    assert course(now("absent"), laid(), reported("present", "left")) == "resolved"
    assert course(now("present"), laid(), reported("uncertain")) is None


def test_a_report_that_says_otherwise_than_the_picture_leaves_nothing_to_compare() -> None:
    items = (laid(), then(0.01), reported("present"))
    assert course(now("present"), *items) == "cannot_compare"
    earlier = earlier_in(CASE, items, TRUST)
    assert earlier is not None
    assert set(contradicted(earlier, LABEL)) == {items[1].id, items[2].id}


def test_a_report_that_says_both_says_nothing() -> None:
    assert course(now("present"), laid(), reported("present", "left"), reported("absent", "right")) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("left", "bilateral", "increased"),
        ("bilateral", "right", "decreased"),
        ("left", "right", "cannot_compare"),
        ("left", "left", "unchanged"),
    ],
)
def test_sides_that_differ_tell_more_than_the_extent(before: Laterality, after: Laterality, expected: Course) -> None:
    items = (laid(), reported("present", before), grown(1.0, "unchanged"))
    assert course(now("present", after), *items) == expected


def test_what_was_on_the_other_side_was_not_present_then_too() -> None:
    told = change(now("present", "left"), laid(), reported("present", "right"))
    assert told is not None
    assert (told.course, told.then, told.reason) == ("cannot_compare", None, "on the other side then by its report")


def test_a_report_that_names_another_side_than_the_picture_is_a_contradiction() -> None:
    sided = make_score(LABEL, 0.99)
    region = Region(x=100, y=20, width=20, height=80)
    boxes = (("right_lung", 10), ("left_lung", 70))
    lungs = [
        Evidence.of(
            Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=900, quality=0.95),
            EARLIER.model_copy(update={"region": Region(x=left, y=10, width=45, height=100)}),
            make_provenance("prior", parameters={BY: "segmentation"}),
        )
        for name, left in boxes
    ]
    seen = Evidence.of(
        sided,
        EARLIER.model_copy(update={"region": region}),
        make_provenance("prior", parameters={BY: "classification"}),
    )
    items = (laid(), seen, *lungs, reported("present", "right"))
    earlier = earlier_in(CASE, items, TRUST)
    assert earlier is not None
    assert earlier.seen[LABEL].laterality == "left"
    assert contradicted(earlier, LABEL)
    agreeing = earlier_in(CASE, (laid(), seen, *lungs, reported("present", "left")), TRUST)
    assert agreeing is not None
    assert not contradicted(agreeing, LABEL)


def test_a_heart_is_not_compared_across_projections() -> None:
    lying = make_study(1, 2, views=("AP",), date="20251201")
    case = make_case(priors=(Prior(study=lying),))
    assert (
        course(now("present", label="Cardiomegaly"), laid(), then(0.01, "Cardiomegaly"), case=case) == "cannot_compare"
    )
    assert course(now("present", label="Cardiomegaly"), laid(), then(0.01, "Cardiomegaly")) == "new"
    assert course(now("present"), laid(), then(0.01), case=case) == "new"


def test_a_change_lies_in_both_pictures() -> None:
    seen = Region(x=10, y=20, width=30, height=40)
    here = Evidence.of(make_score(LABEL, 0.9), HERE.model_copy(update={"region": seen}), make_provenance())
    moved = make_evidence(Registration(prior=EARLIER, matrix=(1, 0, 5, 0, 1, 0), overlap=0.97), tool="prior")
    told = changes_in(CASE, (now("present", evidence_ids=(here.id,)),), (moved, here, then(0.01)), TRUST)[0]
    assert told.where.region == seen
    assert told.change.prior.region == Region(x=5, y=20, width=30, height=40)
    gone = changes_in(CASE, (now("absent"),), (moved, then(0.99, region=seen)), TRUST)[0]
    assert gone.change.prior.region == seen
    assert gone.where.region == Region(x=15, y=20, width=30, height=40)


def test_findings_carry_their_course_and_lose_an_old_one() -> None:
    fresh = with_changes(CASE, (now("present"),), (laid(), then(0.01)), TRUST)
    assert [finding.change for finding in fresh] == ["new"]
    assert [finding.change for finding in with_changes(CASE, fresh, (), TRUST)] == [None]
