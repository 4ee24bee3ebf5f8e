"""What the page shows, worked out from records alone."""

from datetime import UTC, datetime

import pytest

from overread.reasoning.vocabulary import term
from overread.records import (
    Box,
    CaseFile,
    CaseStatus,
    Change,
    Conflict,
    DraftReport,
    Finding,
    GateResult,
    Hanging,
    Locator,
    Manifest,
    Mask,
    Order,
    Plan,
    Prior,
    PriorRefused,
    Region,
    Statement,
)
from overread.review.access import Reader
from overread.review.case_page import case_page, viewer_model
from overread.review.edges import edges_of
from overread.review.formatting import certainty_words, date_words
from overread.review.forms import DecisionForm, read_form, review_of
from overread.review.overlays import drawn_for, overlays_of
from overread.review.rendering import render_case, whole_days
from overread.testing.doubles import make_case, make_evidence, make_image, make_study
from overread.testing.doubles.payloads import make_answer, make_ratio, make_score

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
STUDY = make_study()
MASK = make_evidence(Mask(structure="heart", png="aa/aa.png", digest="aa", area_pixels=4), STUDY, tool="segmentation")
RATIO = make_evidence(make_ratio(0.55), STUDY, tool="segmentation")
SCORE = make_evidence(make_score("Cardiomegaly", 0.9), STUDY)
BOX = make_evidence(Box(label="Cardiomegaly"), STUDY, region=Region(x=1, y=2, width=3, height=4))


def make_file(status: CaseStatus = "awaiting_review", **fields: object) -> CaseFile:
    draft = DraftReport(
        sections={"findings": (Statement(id="s-1", text="The heart is large.", citations=(RATIO.id, SCORE.id)),)},
        drafter="double@1",
        banner="AI DRAFT",
    )
    given: dict[str, object] = {
        "case_id": "c-000000000001",
        "status": status,
        "case": make_case(STUDY, order=Order(accession_number="A1")),
        "evidence": (MASK, RATIO, SCORE, BOX),
        "draft": draft,
        "draft_digest": draft.digest,
        "manifest": Manifest(overread_version="0", graph_version=1, profile="scripted"),
    }
    return CaseFile.model_validate({**given, **fields})


def make_finding(**fields: object) -> Finding:
    label = str(fields.get("label", "Cardiomegaly"))
    given = {"id": "f-" + label, "code": term(label).code, "label": label, "status": "present", "reason": "r."}
    return Finding.model_validate({**given, **fields})


def test_a_measurement_is_shown_by_the_masks_it_was_taken_from() -> None:
    assert drawn_for(RATIO, (MASK, RATIO, SCORE)) == (MASK.id,)
    assert drawn_for(SCORE, (MASK, RATIO, SCORE)) == ()
    assert drawn_for(BOX, (BOX,)) == (BOX.id,)
    placed = make_evidence(make_ratio(0.5), STUDY, tool="segmentation", region=Region(x=1, y=1, width=2, height=2))
    assert drawn_for(placed, (MASK, placed)) == (placed.id, MASK.id)


def test_evidence_knows_the_sentences_that_cite_it() -> None:
    page = case_page(make_file(), None, {}, ())
    assert {view.id: view.cited_by for view in page.evidence} == {
        MASK.id: (),
        RATIO.id: ("s-1",),
        SCORE.id: ("s-1",),
        BOX.id: (),
    }


def test_a_score_that_is_not_calibrated_has_no_words() -> None:
    raw = make_evidence(make_score("Cardiomegaly", 0.9).model_copy(update={"calibrated": False}), STUDY)
    for item, words in ((SCORE, "likely"), (raw, None)):
        finding = make_finding(probability=0.9, evidence_ids=(item.id,))
        page = case_page(make_file(evidence=(item,), findings=(finding,)), None, {}, ())
        assert page.findings[0].certainty == words


def test_present_findings_come_first_and_a_disputed_one_is_marked() -> None:
    findings = (
        make_finding(label="Edema", status="absent"),
        make_finding(label="Pneumothorax", status="not_assessed"),
        make_finding(label="Cardiomegaly"),
    )
    conflict = Conflict.of("rule", "warn", "says both", label="Edema")
    page = case_page(make_file(findings=findings, conflicts=(conflict,)), None, {}, ())
    assert [(row.label, row.conflict) for row in page.findings] == [
        ("Cardiomegaly", False),
        ("Edema", True),
        ("Pneumothorax", False),
    ]


def test_the_gravest_open_conflict_comes_first() -> None:
    conflicts = [Conflict.of("rule", severity, severity) for severity in ("note", "warn", "block")]
    page = case_page(make_file(conflicts=tuple(conflicts)), None, {}, ())
    assert [one.severity for one in page.open_conflicts] == ["block", "warn", "note"]


def test_unmeasured_output_about_a_critical_finding_is_a_hint_apart_from_the_findings() -> None:
    seen = make_evidence(make_score("Pneumothorax", 0.9), STUDY)
    denied = make_evidence(make_score("Tuberculosis", 0.1), STUDY)
    other = make_evidence(make_score("Edema", 0.9), STUDY)
    labels = {"Pneumothorax": seen, "Tuberculosis": denied, "Edema": other}
    findings = tuple(
        make_finding(label=label, status="not_assessed", silent_ids=(item.id,)) for label, item in labels.items()
    )
    page = case_page(make_file(findings=findings, evidence=tuple(labels.values())), None, {}, ())
    assert page.hints == (seen.id,)
    html = render_case(page, viewer_model(page), None, Reader("r"))
    assert "1 unmeasured hint about critical findings" in html
    assert case_page(make_file(), None, {}, ()).hints == ()


def test_only_what_waits_for_a_decision_is_counted_and_the_rest_says_why_not() -> None:
    cited = (RATIO.id,)
    sections = {
        "findings": (
            Statement(id="s-1", text="The heart is large.", citations=cited, finding_ids=("f-Cardiomegaly",)),
        ),
        "impression": (
            Statement(id="s-2", text="Large.", citations=cited, finding_ids=("f-Cardiomegaly",), needs_decision=False),
        ),
        "limitations": (Statement(id="s-3", text="No lateral view.", citations=cited, needs_decision=False),),
    }
    draft = DraftReport.model_validate({"sections": sections, "drafter": "double@1", "banner": "AI DRAFT"})
    page = case_page(make_file(draft=draft, draft_digest=draft.digest, findings=(make_finding(),)), None, {}, ())
    assert page.statement_count == 1
    html = render_case(page, viewer_model(page), "token", Reader("r"))
    assert html.count('data-waits="no"') == 2
    assert html.count("decided with its finding") == 1
    assert html.count("signed with the report") == 1


@pytest.mark.parametrize(
    ("orientation", "marks"),
    [
        ("L\\F", ("R", "L", False)),
        ("R\\F", ("L", "R", False)),
        ("A\\F", (None, None, False)),
        (None, ("R", "L", True)),
    ],
)
def test_side_marks_follow_the_header_and_say_when_they_only_follow_convention(
    orientation: str | None, marks: tuple[str | None, str | None, bool]
) -> None:
    uid = STUDY.images[0].sop_instance_uid
    headers = {uid: {"PatientOrientation": orientation}} if orientation else {}
    picture = case_page(make_file(), None, headers, ()).pictures[0]
    assert (picture.edges.left, picture.edges.right, picture.marks_assumed) == marks


@pytest.mark.parametrize(
    ("hanging", "marks"),
    [
        (Hanging(stated="R\\F", mirrored=True, sides="stated"), ("R", "L", False)),
        (Hanging(sides="assumed"), ("R", "L", True)),
        (Hanging(stated="A\\F", sides="withheld"), (None, None, False)),
    ],
)
def test_side_marks_are_those_of_the_picture_as_it_was_hung(
    hanging: Hanging, marks: tuple[str | None, str | None, bool]
) -> None:
    study = make_study(hanging=hanging)
    headers = {study.images[0].sop_instance_uid: {"PatientOrientation": hanging.stated or ""}}
    picture = case_page(make_file(case=make_case(study), evidence=()), None, headers, ()).pictures[0]
    assert (picture.edges.left, picture.edges.right, picture.marks_assumed) == marks
    assert (picture.note is not None) is (hanging.mirrored or hanging.sides == "withheld")


def test_a_lateral_has_no_side_marks() -> None:
    file = make_file(case=make_case(make_study(views=("PA", "LATERAL"))), evidence=())
    lateral = case_page(file, None, {}, ()).pictures[1]
    assert (lateral.edges.left, lateral.edges.right) == (None, None)


def test_the_identity_stands_in_the_safety_header_and_nowhere_in_the_viewer() -> None:
    who = {"name": "CANARY^ANNA^M", "patient_id": "ID7", "birth_date": "19700203", "sex": "F"}
    page = case_page(make_file(), who, {}, ())
    header = page.safety
    assert (header.patient_name, header.patient_id, header.birth_date, header.sex) == (
        "CANARY, ANNA M",
        "ID7",
        "1970-02-03",
        "female",
    )
    assert "CANARY" not in str(viewer_model(page))
    assert STUDY.uid not in str(viewer_model(page))


def test_an_input_without_a_patient_says_so() -> None:
    header = case_page(make_file(), None, {}, ()).safety
    assert not header.known
    assert header.patient_name == "No patient named in the input"
    assert header.patient_id == "not stated"


@pytest.mark.parametrize("status", ["received", "running", "refused", "failed", "signed", "rejected"])
def test_only_a_draft_that_waits_can_be_decided(status: CaseStatus) -> None:
    page = case_page(make_file(status), None, {}, ())
    assert not page.decidable
    html = render_case(page, viewer_model(page), None, Reader("k"))
    assert "data-act" not in html
    assert 'id="sign"' not in html


def test_nothing_is_decided_before_the_reader_decides() -> None:
    page = case_page(make_file(), None, {}, ())
    html = render_case(page, viewer_model(page), "seal", Reader("k"))
    assert 'aria-pressed="true" title="Accept' not in html
    assert "data-decision" not in html
    assert "0 of 1 decided" in html


def test_what_a_sender_wrote_is_escaped() -> None:
    file = make_file(case=make_case(STUDY, order=Order(indication="<b>&\"'</b>")))
    page = case_page(file, {"name": "<i>X"}, {}, ())
    html = render_case(page, viewer_model(page), None, Reader("k"))
    assert "<b>&" not in html
    assert "<i>" not in html.lower()
    assert "&lt;b&gt;&amp;&#34;&#39;" in html


def test_the_login_that_knows_the_person_overrules_the_form() -> None:
    sent = {"token": "t", "decision": "reject", "reviewer": "Mallory", "role": "radiologist", "comment": "no"}
    form = read_form(DecisionForm, sent)
    review = review_of(form, Reader("k", name="Dr Known", role="registrar"), make_case(), "d" * 64, NOW)
    assert (review.reviewer, review.role, review.at, review.draft_digest) == ("Dr Known", "registrar", NOW, "d" * 64)


def test_words_for_numbers() -> None:
    assert [certainty_words(p) for p in (1.0, 0.8, 0.5, 0.1, 0.0)] == [
        "almost certain",
        "likely",
        "as likely as not",
        "unlikely",
        "very unlikely",
    ]
    assert (date_words("20260102"), date_words(None), date_words("2026")) == ("2026-01-02", "not stated", "2026")


def test_a_change_is_drawn_in_both_pictures_under_one_id() -> None:
    then = make_study(1, 2, date="20251201")
    case = make_case(STUDY, priors=(Prior(study=then),))
    where = Locator(sop_instance_uid=then.images[0].sop_instance_uid, region=Region(x=5, y=6, width=7, height=8))
    change = Change(label="Cardiomegaly", course="increased", prior=where, reason="made up")
    item = make_evidence(change, STUDY, tool="reading", region=Region(x=1, y=2, width=3, height=4))
    drawn = overlays_of(case, (item,))
    assert {overlay.evidence_id for overlay in drawn} == {item.id}
    assert [(overlay.picture, overlay.name) for overlay in drawn] == [
        (0, "Cardiomegaly increased"),
        (1, "Cardiomegaly then"),
    ]
    nowhere = item.payload.model_copy(update={"prior": where.model_copy(update={"region": None})})
    assert len(overlays_of(case, (make_evidence(nowhere, STUDY, region=Region(x=1, y=2, width=3, height=4)),))) == 1


def test_each_thing_over_a_picture_has_a_colour_and_a_name_of_its_own() -> None:
    masks = [
        make_evidence(Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=4), STUDY, tool="segmentation")
        for name in ("left_lung", "right_lung", "heart")
    ]
    where = [Region(x=1, y=2, width=3, height=number) for number in range(4, 9)]
    boxes = [make_evidence(Box(label="Cardiomegaly"), STUDY, region=region) for region in where[1:]]
    answer = make_evidence(make_answer("Pneumothorax", "present"), STUDY, tool="vqa", region=where[0])
    drawn = overlays_of(make_case(STUDY), (*masks, answer, *boxes))
    assert len({overlay.colour for overlay in drawn}) == len(drawn)
    assert drawn[3].name == "Pneumothorax (vqa)"


def test_a_limit_is_told_once() -> None:
    file = make_file(
        gate=GateResult(passed=True, notes=("No spacing.",)),
        plan=Plan(image_sop_instance_uid="1.2", tools=(), notes=("No spacing.", "One image of two is read.")),
    )
    page = case_page(file, None, {}, ())
    html = render_case(page, viewer_model(page), None, Reader("r"))
    assert [html.count(f"<li>{note}") + html.count(f'<li lang="en">{note}') for note in file.plan.notes] == [1, 1]  # type: ignore[union-attr]


def test_a_tool_without_a_model_is_named_alone() -> None:
    made = SCORE.provenance.model_copy(update={"model": "none"})
    alone = make_evidence(make_score("Edema", 0.2), STUDY, provenance=made)
    page = case_page(make_file(evidence=(SCORE, alone)), None, {}, ())
    assert [view.maker for view in page.evidence] == [f"{SCORE.tool} · {SCORE.provenance.model}", alone.tool]


def test_a_day_is_not_broken_and_what_stands_around_it_is_escaped() -> None:
    assert whole_days("New since 2024-01-02 <b>") == 'New since <span class="whole">2024-01-02</span> &lt;b&gt;'


def test_the_report_of_a_prior_is_shown_with_its_origin_and_cannot_become_markup() -> None:
    study = make_study(2).model_copy(update={"study_date": "20240203"})
    prior = Prior(study=study, report="No effusion.\n<b>Bold</b>", report_origin="folder")
    page = case_page(make_file(case=make_case(STUDY, priors=(prior, Prior(study=study)))), None, {}, ())
    assert len(page.prior_reports) == 1
    html = render_case(page, viewer_model(page), None, Reader("r"))
    assert "Report of the prior of 2024-02-03" in html
    assert "from its folder" in html
    assert "&lt;b&gt;Bold&lt;/b&gt;" in html
    assert "No effusion" not in str(viewer_model(page))


def test_a_prior_of_another_patient_is_an_alert_at_the_top_of_the_page() -> None:
    alert = "Identity alert: a prior of another patient (another name) was sent and was not used."
    refused = (
        PriorRefused(number=1, reason="another_patient", message=alert),
        PriorRefused(reason="later", message="L."),
    )
    case = make_case(STUDY).model_copy(update={"priors_refused": refused})
    page = case_page(make_file(case=case), None, {}, ())
    html = render_case(page, viewer_model(page), None, Reader("r"))
    assert html.index(alert) < html.index("The heart is large.")
    assert html.count('aria-label="Identity"') == 1
    assert 'aria-label="Identity"' not in render_case(case_page(make_file(), None, {}, ()), {}, None, Reader("r"))


def test_a_study_is_linked_to_the_pacs_viewer_only_where_one_is_configured() -> None:
    plain = make_file(case=make_case(STUDY.model_copy(update={"source": "image"})), evidence=())
    linked = case_page(make_file(), None, {}, (), "https://pacs.example/viewer")
    assert linked.pacs_link == f"https://pacs.example/viewer?StudyInstanceUIDs={STUDY.uid}"
    assert case_page(make_file(), None, {}, ()).pacs_link is None
    assert case_page(plain, None, {}, (), "https://pacs.example/viewer").pacs_link is None
    html = render_case(linked, viewer_model(linked), None, Reader("r"))
    assert 'rel="noopener noreferrer"' in html
    assert STUDY.uid not in render_case(case_page(make_file(), None, {}, ()), {}, None, Reader("r"))


def test_two_images_of_one_view_have_names_of_their_own_and_both_can_be_chosen() -> None:
    study = make_study(views=("PA", "PA"))
    page = case_page(make_file(case=make_case(study), evidence=()), None, {}, ())
    assert len(page.pictures) == 2
    titles = [picture.title for picture in page.pictures]
    assert len(set(titles)) == 2, titles
    assert [picture.number for picture in page.beside] == [1 - page.first_picture]


@pytest.mark.parametrize(
    ("stated", "turns", "edges"),
    [
        ("L\\F", {}, ("R", "L", "H", "F")),
        ("R\\F", {"mirrored": True}, ("R", "L", "H", "F")),
        ("F\\L", {"transposed": True}, ("R", "L", "H", "F")),
        ("A\\F", {}, ("P", "A", "H", "F")),
        ("P\\H", {"upended": True}, ("A", "P", "H", "F")),
        (None, {}, ("R", "L", "H", "F")),
    ],
)
def test_all_four_edges_are_marked_as_the_header_states(
    stated: str | None, turns: dict[str, bool], edges: tuple[str, ...]
) -> None:
    image = make_image(hanging=Hanging(stated=stated, sides="stated", **turns))
    marks = edges_of(image, None)
    assert (marks.left, marks.right, marks.top, marks.bottom) == edges
    assert not marks.assumed
