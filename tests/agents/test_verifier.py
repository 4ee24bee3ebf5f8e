"""Hand-made evidence: each kind of objection, and its twin that may stand."""

from typing import get_args

import pytest

from overread.agents._sentences import MOST_TRUSTED
from overread.agents.verifier import verify, withhold
from overread.imaging.gate import notes
from overread.ports import EvidenceIndex
from overread.reasoning.merging import merge
from overread.reasoning.positioning import SENTENCES
from overread.records import (
    Box,
    Case,
    Change,
    Code,
    Course,
    DraftReport,
    Evidence,
    Finding,
    GateVerdict,
    Laterality,
    Locator,
    Mask,
    Measurement,
    OrderField,
    Payload,
    Prior,
    PriorSought,
    Region,
    Retrieved,
    Section,
    Statement,
    Status,
    Trust,
    Unassessed,
)
from overread.records.study import ASIDE
from overread.testing.doubles import make_case, make_evidence, make_image, make_study
from overread.testing.doubles.payloads import make_answer, make_claim, make_header, make_ratio, make_score

CASE = make_case(priors=(Prior(study=make_study(1, 2, date="20251201")),))
HEADER = make_evidence(make_header(), tool="header")
NOTE = make_evidence(GateVerdict(text="Made for the test."), tool="reading")
PROJECTION = make_evidence(GateVerdict(about="projection", text="Projection PA."), tool="reading")
GAP = make_evidence(Unassessed(label="Fracture", reason="Made for the test."), tool="reading")
PRIOR = make_evidence(PriorSought(), tool="reading")
ASKED = make_evidence(OrderField(field="question", text="Effusion?"), tool="reading")


def drafted(text: str, *ids: str, section: Section = "findings") -> DraftReport:
    said = Statement(id="s-1", text=text, citations=ids)
    return DraftReport(sections={section: (said,)}, drafter="test", banner="Draft")


def kinds(
    text: str,
    *items: Evidence,
    section: Section = "findings",
    findings: tuple[Finding, ...] = (),
    case: Case = CASE,
    more: tuple[Evidence, ...] = (),
) -> list[str]:
    draft = drafted(text, *(item.id for item in items), section=section)
    return [found.kind for found in verify(draft, case, findings, EvidenceIndex([*items, *more]))]


def compared(course: Course, label: str = "Pleural Effusion") -> Evidence:
    then = Locator(sop_instance_uid=CASE.priors[0].study.images[0].sop_instance_uid)
    return make_evidence(Change(label=label, course=course, prior=then, reason="made up"), tool="reading")


def finding(label: str, status: Status, side: Laterality | None = None) -> Finding:
    code = Code(scheme="99TEST", value=label, meaning=label)
    return Finding(id=f"f-{label}", code=code, label=label, status=status, laterality=side, reason="Made for the test.")


def scored(label: str, probability: float, band: tuple[float, float] | None = None) -> Evidence:
    return make_evidence(make_score(label, probability, band=band))


def test_citations_come_first() -> None:
    assert kinds("The heart is enlarged.") == ["uncited"]
    draft = drafted("The heart is enlarged.", "e-000000000000")
    assert [found.kind for found in verify(draft, CASE, (), EvidenceIndex([]))] == ["unknown_evidence"]
    assert kinds("Pleural effusion.", make_evidence(make_score("Pleural Effusion", 0.9), make_study(9, 9))) == [
        "foreign_evidence"
    ]


@pytest.mark.parametrize(
    ("text", "payload", "expected"),
    [
        ("Pleural effusion.", make_score("Pleural Effusion", 0.9), []),
        ("Pleural effusion.", make_score("Pleural Effusion", 0.1), ["contradicted"]),
        ("Pleural effusion.", make_score("Edema", 0.9), ["unsupported"]),
        ("No pleural effusion.", make_score("Pleural Effusion", 0.1), []),
        ("No pleural effusion.", make_score("Pleural Effusion", 0.9), ["contradicted"]),
        ("Possible pleural effusion.", make_score("Pleural Effusion", 0.5, band=(0.4, 0.6)), []),
        ("Pleural effusion.", make_score("Pleural Effusion", 0.5, band=(0.4, 0.6)), ["unsupported"]),
        ("No pleural effusion.", make_score("Pleural Effusion", 0.5, band=(0.4, 0.6)), ["unsupported"]),
        ("Possible pleural effusion.", make_score("Pleural Effusion", 0.1), ["unsupported"]),
        ("Pneumothorax.", make_answer("Pneumothorax", "present"), []),
        ("Pneumothorax.", make_answer("Pneumothorax", "absent"), ["contradicted"]),
        ("Pneumothorax.", make_answer("Pneumothorax", "uncertain"), ["unsupported"]),
        ("Fracture.", make_claim("A fracture.", "Fracture", "present"), []),
        ("Fracture.", make_claim("No fracture.", "Fracture", "absent"), ["contradicted"]),
        ("Fracture.", Box(label="Fracture", probability=0.8), []),
        ("Pneumothorax.", Box(label="Fracture", probability=0.8), ["unsupported"]),
        ("Pneumothorax.", Mask(structure="pneumothorax", png="a.png", digest="a", area_pixels=40), []),
        ("Pneumothorax.", Mask(structure="pneumothorax", png="a.png", digest="a", area_pixels=0), ["unsupported"]),
        ("The heart is enlarged.", make_ratio(0.57), []),
        ("The heart is enlarged.", make_ratio(0.44), ["contradicted"]),
        ("The heart size is normal.", make_ratio(0.44), []),
        ("The heart size is normal.", make_ratio(0.57), ["contradicted"]),
        ("Lung opacity.", make_score("Consolidation", 0.9), []),
        ("Consolidation.", make_score("Lung Opacity", 0.9), ["unsupported"]),
        ("No consolidation.", make_score("Lung Opacity", 0.1), []),
        ("No lung opacity.", make_score("Consolidation", 0.1), ["unsupported"]),
    ],
)
def test_what_a_sentence_asserts_must_follow_from_what_it_cites(
    text: str, payload: Payload, expected: list[str]
) -> None:
    assert kinds(text, make_evidence(payload)) == expected


def test_every_item_of_a_negated_list_needs_its_own_evidence() -> None:
    effusion, air = scored("Pleural Effusion", 0.1), scored("Pneumothorax", 0.2)
    text = "No pleural effusion or pneumothorax."
    assert kinds(text, effusion, air) == []
    assert kinds(text, effusion, HEADER) == ["unsupported"]
    assert kinds(text, effusion, air, HEADER) == ["irrelevant"]


@pytest.mark.parametrize(
    ("section", "text", "right", "wrong"),
    [
        ("indication", "Effusion?", ASKED, HEADER),
        ("technique", "Chest radiograph, PA view.", PROJECTION, make_evidence(make_header("PixelSpacing", "0.1"))),
        ("technique", "Chest radiograph, PA view.", PROJECTION, make_evidence(make_ratio(0.5))),
        ("technique", "Chest radiograph, PA view.", PROJECTION, ASKED),
        ("comparison", "None available.", PRIOR, HEADER),
        ("limitations", "Not assessed: fracture.", GAP, HEADER),
        ("limitations", "Made for the test.", NOTE, PRIOR),
        ("findings", "Pleural effusion.", scored("Pleural Effusion", 0.9), scored("Edema", 0.9)),
        ("findings", "Pleural effusion.", scored("Pleural Effusion", 0.9), HEADER),
        ("findings", "Pleural effusion.", scored("Pleural Effusion", 0.9), ASKED),
        ("impression", "Pleural effusion.", scored("Pleural Effusion", 0.9), GAP),
    ],
)
def test_a_citation_that_supports_nothing_fails_the_sentence(
    section: Section, text: str, right: Evidence, wrong: Evidence
) -> None:
    assert kinds(text, right, section=section) == []
    if section == "impression":
        assert kinds(text, wrong, section=section) == ["unsupported"]
        return
    assert kinds(text, right, wrong, section=section) == ["irrelevant"]


def test_evidence_that_is_not_cited_carries_nothing() -> None:
    assert kinds("Pleural effusion.", HEADER, more=(scored("Pleural Effusion", 0.9),)) == ["unsupported"]


@pytest.mark.parametrize(
    ("text", "side", "expected"),
    [
        ("Left pleural effusion.", "left", []),
        ("Left pleural effusion.", "bilateral", []),
        ("Left pleural effusion.", "right", ["contradicted"]),
        ("Left pleural effusion.", None, ["unsupported"]),
        ("Bilateral pleural effusions.", "left", ["contradicted"]),
        ("Bilateral pleural effusions.", "bilateral", []),
        ("Pleural effusion.", "left", []),
    ],
)
def test_a_side_needs_evidence_of_that_side(text: str, side: Laterality | None, expected: list[str]) -> None:
    assert kinds(text, make_evidence(make_answer("Pleural Effusion", "present", side))) == expected


def test_one_answer_a_side_makes_both_sides() -> None:
    left = make_evidence(make_answer("Pleural Effusion", "present", "left"))
    right = make_evidence(make_answer("Pleural Effusion", "present", "right"))
    assert kinds("Bilateral pleural effusions.", left, right) == []


def test_an_absence_on_one_side_is_not_an_absence() -> None:
    free_left = make_evidence(make_answer("Pneumothorax", "absent", "left"))
    assert kinds("No left pneumothorax.", free_left) == []
    assert kinds("No pneumothorax.", free_left) == ["unsupported"]


def test_a_box_has_the_side_of_the_lung_it_lies_in_though_the_lungs_are_not_cited() -> None:
    right = make_evidence(_lung("right_lung"), tool="segmentation", region=Region(x=10, y=10, width=40, height=90))
    left = make_evidence(_lung("left_lung"), tool="segmentation", region=Region(x=70, y=10, width=40, height=90))
    box = make_evidence(Box(label="Consolidation", probability=0.9), region=Region(x=75, y=60, width=20, height=20))
    assert kinds("Consolidation in the left lung.", box, more=(left, right)) == []
    assert kinds("Consolidation in the right lung.", box, more=(left, right)) == ["contradicted"]


@pytest.mark.parametrize(
    ("text", "merged", "expected"),
    [
        ("Pleural effusion.", finding("Pleural Effusion", "present"), []),
        ("Pleural effusion.", finding("Pleural Effusion", "absent"), ["contradicted"]),
        ("Pleural effusion.", finding("Pleural Effusion", "uncertain"), ["unsupported"]),
        ("Possible pleural effusion.", finding("Pleural Effusion", "uncertain"), []),
        ("Pleural effusion.", finding("Pleural Effusion", "not_assessed"), ["unsupported"]),
        ("Left pleural effusion.", finding("Pleural Effusion", "present", "left"), []),
        ("Left pleural effusion.", finding("Pleural Effusion", "present", "right"), ["contradicted"]),
        ("Left pleural effusion.", finding("Pleural Effusion", "present"), ["unsupported"]),
        ("Pleural effusion, the tools disagree.", finding("Pleural Effusion", "uncertain"), []),
        (f"Effusion{MOST_TRUSTED}; the tools disagree.", finding("Pleural Effusion", "present"), []),
        (f"Left effusion{MOST_TRUSTED}; the tools disagree on the side.", finding("Pleural Effusion", "present"), []),
        (f"Effusion{MOST_TRUSTED}; the tools disagree.", finding("Pleural Effusion", "absent"), ["contradicted"]),
    ],
)
def test_a_cited_voice_that_was_outweighed_carries_no_sentence_unless_it_says_so(
    text: str, merged: Finding, expected: list[str]
) -> None:
    voice = make_evidence(make_answer("Pleural Effusion", "present", "left"))
    assert kinds(text, voice, findings=(merged,)) == expected


def test_the_more_trusted_tool_wins_over_a_cited_claim() -> None:
    claim = make_evidence(make_claim("An effusion.", "Pleural Effusion"), tool="report")
    score = scored("Pleural Effusion", 0.1)
    trust = Trust.of_figures({"classification": {"Pleural Effusion": 0.97}, "report": {"Pleural Effusion": 0.9}})
    merged = merge(CASE, EvidenceIndex([claim, score]), (), trust)
    assert kinds("Pleural effusion.", claim, score, findings=merged) == ["contradicted"]
    assert kinds("No pleural effusion.", claim, score, findings=merged) == []


def test_nothing_is_there_only_when_nothing_cited_is() -> None:
    text = "No acute cardiopulmonary abnormality."
    assert kinds(text, scored("Edema", 0.1)) == []
    assert kinds(text, scored("Edema", 0.1), scored("Pneumothorax", 0.9)) == ["contradicted"]
    assert kinds(text, HEADER) == ["unsupported"]
    assert kinds(text, scored("Edema", 0.1), findings=(finding("Fracture", "present"),)) == ["contradicted"]


DENSITY = Measurement(name="left_lung_mean_density", value=-850.2, unit="[hnsf'U]", method="made")
BELOW = Measurement(name="left_lung_below_950", value=4.13, unit="%", method="made")


@pytest.mark.parametrize(
    ("text", "payload", "expected"),
    [
        ("The cardiothoracic ratio is 0.57.", make_ratio(0.5678), []),
        ("The cardiothoracic ratio is 0.56.", make_ratio(0.5678), ["unsupported"]),
        ("The cardiothoracic ratio is 0.6, above 0.50.", make_ratio(0.5678), []),
        ("The cardiothoracic ratio is 0.50.", make_ratio(0.5678), ["unsupported"]),
        ("The cardiothoracic ratio is 57%.", make_ratio(0.5678), []),
        ("The cardiothoracic ratio is 0.60.", make_score("No Finding", 0.6), ["unsupported"]),
        ("The score is above 0.50.", make_score("No Finding", 0.6), []),
        ("The score is above 0.40.", make_score("No Finding", 0.6), ["unsupported"]),
        ("The cardiothoracic ratio is 0.57.", make_header(), ["unsupported"]),
        ("The lung is 12 mm deep.", Measurement(name="depth", value=12.3, unit="mm", method="mask"), []),
        ("The lung is 12 cm deep.", Measurement(name="depth", value=12.3, unit="mm", method="mask"), ["unsupported"]),
        (
            "The lung is 10-12 mm deep.",
            Measurement(name="depth", value=12.3, unit="mm", method="mask"),
            ["unsupported"],
        ),
        ("The lung is 12-12.3 mm deep.", Measurement(name="depth", value=12.3, unit="mm", method="mask"), []),
        ("Mean attenuation -850 HU.", DENSITY, []),
        ("Mean attenuation \u2212850 HU.", DENSITY, []),
        ("Mean attenuation minus 850 HU.", DENSITY, []),
        ("Mean attenuation -700 HU.", DENSITY, ["unsupported"]),
        ("Mean attenuation 850 HU.", DENSITY, ["unsupported"]),
        ("Mean attenuation -850 mm.", DENSITY, ["unsupported"]),
        ("4.1 % of it below -950 HU.", BELOW, []),
        ("4.1 % of it below -850 HU.", BELOW, ["unsupported"]),
        ("4.1 % of it below 950 HU.", BELOW, ["unsupported"]),
        ("The lung is 12 deep.", Measurement(name="depth", value=12.3, unit="mm", method="mask"), ["unsupported"]),
        ("The score is 87 %.", make_score("No Finding", 0.871), []),
        ("The score is 88 %.", make_score("No Finding", 0.871), ["unsupported"]),
        ("This is a result of category 1.", make_score("No Finding", 0.6), []),
        ("There are 3 tools.", make_header(), ["unsupported"]),
    ],
)
def test_a_number_is_the_measured_one_as_printed_with_its_unit(
    text: str, payload: Payload, expected: list[str]
) -> None:
    assert kinds(text, make_evidence(payload)) == expected


def test_counts_and_dates_of_the_studies_may_be_named_beside_the_findings() -> None:
    assert kinds("2 tools did not run.", NOTE, section="limitations") == []
    assert kinds("An area of 2.5 cm was not read.", NOTE, section="limitations") == ["unsupported"]
    found = PriorSought(study_uid=CASE.priors[0].study.uid, study_date="20251201", same_patient=True)
    prior = make_evidence(found, tool="reading")
    assert kinds("Compared with the study of 2025-12-01.", prior, section="comparison") == []
    assert kinds("Compared with the study of 2024-12-01.", prior, section="comparison") == ["unsupported"]
    for same in ("1 December 2025", "December 1, 2025", "01.12.2025", "12/1/2025", "1-12-2025"):
        assert kinds(f"Compared with the study of {same}.", prior, section="comparison") == [], same
        assert kinds(f"Compared with the study of {same}.", prior, section="findings") == ["irrelevant"], same
    for other in ("2 December 2025", "December 2, 2025", "02.12.2025", "12/2/2025", "31-31-2025"):
        assert kinds(f"Compared with the study of {other}.", prior, section="comparison") == ["unsupported"], other


def test_a_comparison_needs_evidence_of_a_prior_of_the_same_patient() -> None:
    now = scored("Pleural Effusion", 0.9)
    then = make_evidence(make_score("Pleural Effusion", 0.9), CASE.priors[0].study)
    stranger = make_evidence(make_score("Pleural Effusion", 0.9), make_study(2, 2))
    case = CASE.model_copy(update={"priors": (*CASE.priors, Prior(study=make_study(2, 2)))})
    assert kinds("Unchanged pleural effusion.", now, compared("unchanged")) == []
    assert kinds("Unchanged pleural effusion.", now, then) == ["unsupported"]
    assert kinds("Pleural effusion, increased since 2025-12-01.", now, compared("unchanged")) == ["unsupported"]
    assert kinds("Unchanged pleural effusion.", now, compared("unchanged", label="Edema")) == ["unsupported"]
    assert set(kinds("Unchanged pleural effusion.", now)) == {"unsupported"}
    assert kinds("Unchanged pleural effusion.", now, stranger, case=case) == ["foreign_evidence"]
    assert set(kinds("Unchanged pleural effusion.", then)) == {"unsupported"}
    assert kinds("No prior study is available.", PRIOR, section="comparison") == []


def test_a_view_that_was_not_taken_may_not_be_described() -> None:
    both = make_case(make_study(1, 1, views=("PA", "LATERAL")))
    seen = scored("No Finding", 0.9)
    assert kinds("Seen on the lateral view.", seen, case=both) == []
    assert kinds("Seen on the lateral view.", seen) == ["unsupported"]
    assert kinds("Chest radiograph, AP view.", PROJECTION, section="technique") == ["unsupported"]
    assert kinds("There is no lateral view.", NOTE, section="limitations") == []


def test_the_order_is_quoted_not_claimed() -> None:
    assert kinds("Fall from 3 m, new effusion?", ASKED, section="indication") == []
    assert kinds("Fall from 3 m, new effusion?", section="indication") == ["uncited"]


def test_what_was_not_assessed_asserts_nothing() -> None:
    assert kinds("Not assessed: fracture and pneumothorax; no tool spoke of it.", GAP, section="limitations") == []


def test_every_limit_that_the_gate_can_name_may_stand() -> None:
    for views in (("PA",), ("AP",), (None,), ("PA", "LATERAL")):
        study = make_study(1, 1, views=views).model_copy(update={"age_years": 2.5, "source": "image"})
        case = make_case(study)
        inverted = make_evidence(
            Measurement(name="polarity", value=9.0, unit="1", method="made"), study, tool="quality"
        )
        clipped = make_evidence(
            Measurement(name="saturated_fraction", value=0.6, unit="1", method="made"), study, tool="quality"
        )
        for note in notes(study, [inverted, clipped]):
            assert kinds(note, inverted, section="limitations", case=case) == [], note


def test_what_headers_borders_and_the_lungs_outline_limit_may_stand() -> None:
    images = [make_image(rows=400, columns=900).model_copy(update={"aside": aside}) for aside in ASIDE]
    border = make_evidence(Measurement(name="border_fraction", value=0.8, unit="1", method="made"), tool="quality")
    pregnant = {"2.25.1": {"PregnancyStatus": "3"}}
    told = {note for image in images for note in notes(make_study(), [border], image, pregnant)}
    assert len([note for note in told if note.startswith("No better image")]) == len(ASIDE)
    for text in (*told, *SENTENCES.values()):
        assert kinds(text, border, section="limitations") == [], text


def test_withheld_statements_leave_the_report_and_stay_visible() -> None:
    good, bad = scored("Edema", 0.1), scored("Pneumothorax", 0.1)
    stands = Statement(id="s-1", text="No pulmonary edema.", citations=(good.id,))
    falls = Statement(id="s-2", text="Pneumothorax.", citations=(bad.id,))
    draft = DraftReport(sections={"findings": (stands, falls), "impression": (falls,)}, drafter="test", banner="Draft")
    objections = verify(draft, CASE, (), EvidenceIndex([good, bad]))
    kept = withhold(draft, objections)
    assert kept.statements == (stands,)
    assert [(item.section, item.statement) for item in kept.withheld] == [("findings", falls), ("impression", falls)]
    assert all(item.objections for item in kept.withheld)
    assert verify(kept, CASE, (), EvidenceIndex([good, bad])) == ()
    assert kept.digest != draft.digest


def _lung(structure: str) -> Mask:
    return Mask(structure=structure, png="a.png", digest="a", area_pixels=900, quality=0.95)


@pytest.mark.parametrize("section", get_args(Section))
def test_a_similar_case_supports_no_sentence(section: Section) -> None:
    similar = make_evidence(Retrieved(case_id="c-1", similarity=0.99), tool="retrieval")
    effusion = make_evidence(make_score("Pleural Effusion", 0.9), tool="classification")
    assert "irrelevant" in kinds("As in a similar case.", similar, section=section)
    if section == "findings":
        assert kinds("Pleural effusion.", effusion, similar, section=section) == ["irrelevant"]
