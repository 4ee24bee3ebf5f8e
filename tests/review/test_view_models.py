"""What the page shows, worked out from records alone."""

from datetime import UTC, datetime, timedelta

import pytest

from overread.reasoning.vocabulary import term
from overread.records import (
    Alert,
    Box,
    CaseFile,
    CaseStatus,
    Change,
    Conflict,
    DraftReport,
    Finding,
    Hanging,
    Locator,
    Manifest,
    Mask,
    Order,
    Prior,
    PriorRefused,
    Region,
    Statement,
)
from overread.review.access import Reader
from overread.review.case_page import case_page, viewer_model
from overread.review.formatting import certainty_words, date_words, span_words
from overread.review.forms import DecisionForm, read_form, review_of
from overread.review.overlays import drawn_for, overlays_of
from overread.review.rendering import render_case
from overread.review.worklist_page import worklist_page
from overread.store.cases import CaseRow
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_ratio, make_score

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


def test_the_worklist_puts_critical_results_first_and_hides_nothing() -> None:
    case = make_case(STUDY)
    alert = Alert(id="a", label="Pneumothorax", category=1, message="m", evidence_ids=(), raised_at=NOW)
    rows = [
        make_row("c-01", "routine", "signed"),
        make_row("c-02", "urgent", "awaiting_review"),
        make_row("c-03", "routine", "failed"),
        make_row("c-04", "routine", "awaiting_review"),
    ]
    listed = [(row, case, (alert,) if row.case_id == "c-04" else ()) for row in rows]
    page = worklist_page(listed, {"signed": 1, "awaiting_review": 2, "failed": 1}, NOW)
    assert [row.case_id for row in page.rows] == ["c-04", "c-02", "c-03", "c-01"]
    assert page.rows[0].alert == "m"
    assert page.rows[0].waiting == "1 h 30 min"
    assert page.rows[3].waiting == "done"


def make_row(case_id: str, priority: str, status: CaseStatus) -> CaseRow:
    born = NOW - timedelta(minutes=90)
    return CaseRow(case_id, status, "scripted", 1, priority, STUDY.uid, None, None, born, born)


def test_words_for_numbers() -> None:
    assert [certainty_words(p) for p in (1.0, 0.8, 0.5, 0.1, 0.0)] == [
        "almost certain",
        "likely",
        "as likely as not",
        "unlikely",
        "very unlikely",
    ]
    assert (date_words("20260102"), date_words(None), date_words("2026")) == ("2026-01-02", "not stated", "2026")
    assert span_words(NOW, NOW + timedelta(days=3)) == "3 d"


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
