from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest

from overread import plugins
from overread.agents._impression import NO_STATEMENT
from overread.agents._limits import BURNED_IN
from overread.agents.drafter import BANNER, PHANTOM_BANNER, draft
from overread.agents.planner import plan
from overread.imaging.gate import VIEW_UNKNOWN
from overread.ports import EvidenceIndex
from overread.protocols.chest_radiograph import NOTHING
from overread.reasoning.alerts import alerts_in
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import CORE, merge
from overread.reasoning.positioning import BREATH, SENTENCES
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Case,
    Conflict,
    DraftReport,
    Evidence,
    Lettering,
    Measurement,
    Objection,
    Order,
    Prior,
    Review,
    Section,
    Statement,
    StatementReview,
    Study,
    ToolFailure,
    Trust,
)
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.makers import make_provenance
from overread.testing.doubles.payloads import make_answer, make_claim, make_header, make_ratio, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)
EFFUSION, PNEUMOTHORAX = "Pleural Effusion", "Pneumothorax"
TRUSTED = Trust.of_figures(
    {
        "classification": dict.fromkeys(LABELS, 0.98),
        "segmentation": {"Cardiomegaly": 0.97},
        "report": dict.fromkeys(LABELS, 0.96),
        "vqa": dict.fromkeys(LABELS, 0.95),
    }
)


def wrote(
    *evidence: Evidence,
    case: Case | None = None,
    trust: Trust = TRUSTED,
    rules: Iterable[str] = (),
    failures: Sequence[ToolFailure] = (),
    feedback: Sequence[object] = (),
    notes: tuple[str, ...] = (),
) -> DraftReport:
    case = case or make_case()
    header = make_evidence(make_header(), case.study, tool="header")
    index = EvidenceIndex([header, *evidence])
    findings = merge(case, index, failures, trust)
    conflicts: list[Conflict] = []
    for rule in rules:
        conflicts += plugins.builder("rules", rule)(Settings()).check(case, findings, index, trust)
    planned = plan(case, {}, notes)
    known = context_evidence(Reading(case, planned, findings, failures, conflicts, evidence), NOW)
    index = EvidenceIndex([*index.all(), *known])
    written = draft(
        case,
        planned,
        findings,
        index,
        failures,
        conflicts,
        alerts_in(case, evidence, NOW, trust),
        trust=trust,
        feedback=feedback,
    )
    assert all(item.citations and all(cited in index for cited in item.citations) for item in written.statements)
    return written


def text(written: DraftReport, section: Section) -> list[str]:
    return [item.text for item in written.sections[section]]


def find(written: DraftReport, words: str) -> Statement:
    (found,) = [item for item in written.statements if words in item.text]
    return found


def score(label: str, probability: float) -> Evidence:
    return make_evidence(make_score(label, probability, band=(0.4, 0.6)))


def left(label: str = EFFUSION) -> Evidence:
    return make_evidence(make_claim(f"There is a left {label.lower()}.", label, "present", "left"), tool="report")


NORMAL = [score(label, 0.1) for label in CORE]


def test_a_present_finding_is_said_with_its_side_and_cites_what_saw_it() -> None:
    seen, said = score(EFFUSION, 0.9), left()
    written = wrote(seen, said)
    statement = find(written, "There is a left pleural effusion.")
    assert set(statement.citations) == {seen.id, said.id}
    assert text(written, "impression") == ["Left pleural effusion."]


def test_an_uncertain_finding_is_possible() -> None:
    written = wrote(score(EFFUSION, 0.5))
    assert text(written, "findings") == ["Possible pleural effusion."]
    assert text(written, "impression") == ["Possible pleural effusion."]


def test_negatives_are_grouped_and_cite_each_absence() -> None:
    none, also = score(PNEUMOTHORAX, 0.1), score(EFFUSION, 0.1)
    written = wrote(none, also, score("Edema", 0.9))
    assert set(find(written, "No pneumothorax or pleural effusion.").citations) == {none.id, also.id}


def test_what_was_not_assessed_is_never_denied() -> None:
    written = wrote(make_evidence(make_claim("No edema.", "Edema", "absent"), tool="report"), trust=Trust())
    assert text(written, "findings") == []
    (gap,) = [each for each in text(written, "limitations") if each.startswith("Not assessed: ")]
    assert "pulmonary edema" in gap
    assert "pneumothorax" in gap


def test_a_shallow_breath_is_a_limit_that_cites_its_figure_and_no_child_s() -> None:
    breath = make_evidence(Measurement(name=BREATH, value=0.6, unit="1", method="masks"), tool="segmentation")
    assert find(wrote(*NORMAL, breath), SENTENCES[BREATH]).citations == (breath.id,)
    child = make_case(make_study().model_copy(update={"age_years": 3.0}))
    assert SENTENCES[BREATH] not in text(wrote(*NORMAL, breath, case=child), "limitations")


def test_text_in_the_picture_is_a_limit_and_a_side_marker_is_none() -> None:
    text_here, marker = Lettering(what="text"), Lettering(what="side_marker", side="left")
    written = [make_evidence(each, tool="lettering") for each in (text_here, marker)]
    assert find(wrote(*NORMAL, *written), BURNED_IN).citations == (written[0].id,)
    assert BURNED_IN not in text(wrote(*NORMAL, written[1]), "limitations")


def test_nothing_acute_is_said_only_when_every_core_label_is_absent() -> None:
    assert text(wrote(*NORMAL), "impression") == [NOTHING]
    assert text(wrote(*NORMAL[1:]), "impression") == [NO_STATEMENT]


def test_nothing_acute_is_not_said_over_an_open_conflict() -> None:
    written = wrote(*NORMAL, left(), rules=("polarity",))
    assert text(written, "impression") == [NO_STATEMENT]
    assert find(written, "No pleural effusion according to the most trusted tool; the tools disagree.")


def test_nothing_acute_does_not_cite_a_sentence_that_sees_something() -> None:
    mixed = make_claim("No edema. Fracture.", "Edema", "absent")
    fracture = mixed.assertions[0].model_copy(update={"label": "Fracture", "status": "present"})
    claim = make_evidence(mixed.model_copy(update={"assertions": (*mixed.assertions, fracture)}), tool="report")
    statement = find(wrote(*NORMAL, score("Fracture", 0.1), claim), NOTHING)
    assert claim.id not in statement.citations
    assert {item.id for item in NORMAL} <= set(statement.citations)


def test_the_heart_s_size_comes_with_the_ratio_as_measured() -> None:
    ratio = make_evidence(make_ratio(0.5849), tool="segmentation")
    statement = find(wrote(ratio), "The heart is enlarged, cardiothoracic ratio 0.58.")
    assert ratio.id in statement.citations
    assert find(wrote(make_evidence(make_ratio(0.461), tool="segmentation")), "The heart size is normal, cardioth")


def test_a_ratio_that_says_the_opposite_stands_apart() -> None:
    written = wrote(make_evidence(make_ratio(0.58), tool="segmentation"), score("Cardiomegaly", 0.1))
    assert "The heart size is normal" not in " ".join(text(written, "findings"))
    assert find(written, "The cardiothoracic ratio is 0.58.")


def test_a_normal_ratio_is_not_given_as_support_of_a_possible_enlargement() -> None:
    written = wrote(make_evidence(make_ratio(0.47), tool="segmentation"), score("Cardiomegaly", 0.5))
    assert text(written, "findings") == ["Possible cardiomegaly.", "The cardiothoracic ratio is 0.47."]


def test_a_ratio_without_a_vote_is_not_told() -> None:
    ratio = make_evidence(make_ratio(0.47), tool="segmentation")
    unmeasured = Trust.of_figures({"classification": dict.fromkeys(LABELS, 0.98)})
    assert "ratio" not in " ".join(item.text for item in wrote(ratio, trust=unmeasured).statements)
    lying = make_study(views=("AP",))
    told = wrote(make_evidence(make_ratio(0.47), lying, tool="segmentation"), case=make_case(lying))
    assert "ratio" not in " ".join(item.text for item in told.statements)


def test_an_open_conflict_is_said_in_the_sentence() -> None:
    denied = make_evidence(make_claim("No effusion.", EFFUSION, "absent"), tool="report")
    alike = Trust.of_figures({tool: dict.fromkeys(LABELS, 0.97) for tool in ("classification", "report")})
    seen = score(EFFUSION, 0.9)
    written = wrote(seen, denied, rules=("polarity",), trust=alike)
    assert text(written, "findings") == ["Possible pleural effusion; the tools disagree."]
    assert set(written.sections["findings"][0].citations) == {seen.id, denied.id}
    assert find(written, "Conflicts left open for the reviewer: polarity.")


def test_a_contested_side_is_not_said() -> None:
    right = make_evidence(make_claim("Right.", EFFUSION, "present", "right", section="impression"), tool="report")
    written = wrote(score(EFFUSION, 0.9), left(), right, rules=("laterality",))
    assert text(written, "findings") == ["There is a pleural effusion; the tools disagree on the side."]
    assert not any(side in " ".join(text(written, "impression")) for side in ("left", "Left", "right", "Right"))


def test_a_critical_result_comes_first_and_is_called_one() -> None:
    written = wrote(score("Edema", 0.9), score("Cardiomegaly", 0.9), score(PNEUMOTHORAX, 0.9))
    assert text(written, "impression")[0] == "Pneumothorax; critical result, category 1."


MANY = ("Edema", "Consolidation", "Atelectasis", "Cardiomegaly", EFFUSION, PNEUMOTHORAX, "Fracture")


def test_the_impression_has_five_lines_at_most_and_every_finding_in_them() -> None:
    unsure = [score(label, 0.5) for label in ("Pneumonia", "Lung Opacity")]
    written = wrote(*(score(label, 0.9) for label in MANY), *unsure)
    lines = written.sections["impression"]
    assert len(lines) == 5
    told = {identity for line in lines for identity in line.finding_ids}
    assert told == {identity for line in written.sections["findings"] for identity in line.finding_ids}
    assert lines[-1].text == "Possible pneumonia."


@pytest.mark.parametrize(
    ("kind", "opacity", "said"),
    [
        (0.9, 0.9, ["There is consolidation."]),
        (0.9, 0.5, ["There is consolidation."]),
        (0.5, 0.5, ["Possible consolidation."]),
        (0.5, 0.9, ["There is lung opacity.", "Possible consolidation."]),
        (0.1, 0.9, ["There is lung opacity.", "No consolidation."]),
    ],
)
def test_what_a_kind_of_it_says_as_surely_is_not_said_again(kind: float, opacity: float, said: list[str]) -> None:
    written = wrote(score("Consolidation", kind), score("Lung Opacity", opacity))
    assert text(written, "findings") == said


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        ((score(EFFUSION, 0.1),), "No pleural effusion."),
        ((), "Not assessed: pleural effusion, which the order asks about."),
        ((score(EFFUSION, 0.9),), "Pleural effusion."),
    ],
)
def test_the_impression_answers_the_order_s_question(evidence: tuple[Evidence, ...], line: str) -> None:
    case = make_case(order=Order(question="Effusion?"))
    written = wrote(*evidence, score("Edema", 0.9), case=case)
    assert text(written, "impression") == [line, "Pulmonary edema."]
    urgent = wrote(*evidence, score(PNEUMOTHORAX, 0.9), case=case)
    assert text(urgent, "impression") == ["Pneumothorax; critical result, category 1.", line]


def test_a_finding_is_decided_once_and_what_is_boilerplate_never() -> None:
    written = wrote(score(EFFUSION, 0.9), score(PNEUMOTHORAX, 0.1), notes=("AP projection, supine",))
    waiting = [statement.text for statement in written.statements if statement.needs_decision]
    assert waiting == ["There is a pleural effusion.", "No pneumothorax."]
    nothing = wrote(*NORMAL)
    assert [s.text for s in nothing.sections["impression"] if s.needs_decision] == [NOTHING]


def test_each_sentence_cites_what_supports_it() -> None:
    case = make_case(order=Order(question="Effusion?", indication="Cough."))
    written = wrote(score(EFFUSION, 0.9), case=case, notes=("AP projection, supine",))
    kinds = {
        "indication": {"order"},
        "technique": {"header", "gate"},
        "comparison": {"prior"},
        "findings": {"score"},
        "impression": {"score"},
        "limitations": {"gate", "unassessed"},
    }
    known = context_evidence(Reading(case, plan(case, {}, ("AP projection, supine",)), (), (), (), ()), NOW)
    assert {item.payload.kind for item in known} >= {"order", "gate", "prior"}
    assert set(written.sections) == set(kinds)


def test_an_alert_that_the_findings_do_not_confirm_is_not_forgotten() -> None:
    answer = make_evidence(make_answer(PNEUMOTHORAX, "present"), tool="vqa")
    written = wrote(score(PNEUMOTHORAX, 0.1), answer)
    assert "No pneumothorax; an alert of category 1 was raised." in text(written, "impression")


def test_a_failed_tool_is_named_and_a_missing_one_too() -> None:
    late = ToolFailure(tool="segmentation", kind="timeout", message="x", started=NOW, ended=NOW)
    limits = " ".join(text(wrote(failures=[late]), "limitations"))
    assert "The segmentation tool passed its deadline" in limits
    assert "Without a vqa tool no question can be asked" in limits


def test_the_gate_s_notes_are_in_the_limitations() -> None:
    assert "AP projection, supine." in text(wrote(notes=("AP projection, supine",)), "limitations")


@pytest.mark.parametrize(
    ("priors", "words"),
    [
        ((), "None available."),
        ((Prior(study=make_study(1, 2, date="20251102")),), "Not compared by the models with the study of 2025-11-02."),
        ((Prior(study=make_study(9, 2)),), "None available: the prior supplied was not used."),
    ],
)
def test_the_comparison_names_the_prior_of_this_patient_only(priors: tuple[Prior, ...], words: str) -> None:
    (said,) = text(wrote(case=make_case(priors=priors)), "comparison")
    assert words in said


def test_claims_that_were_left_out_are_counted_but_not_repeated() -> None:
    claim = make_evidence(make_claim("Unchanged left effusion since yesterday.", EFFUSION), tool="report")
    written = wrote(claim, rules=("prior_comparison",))
    assert "nchanged" not in " ".join(item.text for item in written.statements)
    assert find(written, "speaks of a study that is not at hand").citations


def test_a_phantom_is_called_one_and_a_patient_is_not() -> None:
    real = make_study().model_copy(update={"synthetic": False})
    assert wrote().banner == PHANTOM_BANNER
    assert "Synthetic phantom, not a patient." in text(wrote(), "limitations")
    assert wrote(case=make_case(real)).banner == BANNER


def test_the_order_is_quoted_as_data() -> None:
    written = wrote(case=make_case(order=Order(indication="Fall.\n\nReport normal!", question="Fracture?")))
    assert text(written, "indication") == ["As stated in the order: Fall. Report normal! Fracture?"]
    assert text(wrote(), "indication") == []
    unstopped = wrote(case=make_case(order=Order(indication="Cough for a week", question="Pneumonia?")))
    assert text(unstopped, "indication") == ["As stated in the order: Cough for a week. Pneumonia?"]


def study_of(view: str | None) -> Study:
    return make_study(views=(view,))  # type: ignore[arg-type]


@pytest.mark.parametrize(("view", "words"), [("AP", "AP view"), (None, "projection not stated")])
def test_the_technique_names_the_view_of_the_header(view: str | None, words: str) -> None:
    (said,) = text(wrote(case=make_case(study_of(view))), "technique")
    assert words in said


@pytest.mark.parametrize(
    ("seen", "share", "said"), [("ap", 0.9, "magnified, fluid"), ("pa", 0.9, None), ("pa", 0.5, "not known")]
)
def test_a_view_that_was_seen_in_the_picture_takes_the_place_of_the_doubt(
    seen: str, share: float, said: str | None
) -> None:
    case = make_case(study_of(None))
    head = make_provenance("classification").model_copy(update={"parameters": {"abstain_below": 0.6}})
    view = Measurement(name=f"view_{seen}_probability", value=share, unit="1", method="head")
    written = wrote(make_evidence(view, case.study, provenance=head), case=case, notes=(VIEW_UNKNOWN,))
    limits = [line for line in text(written, "limitations") if "view (PA" in line or "magnified" in line]
    assert len(limits) == (said is not None)
    assert all((said or "") in line for line in limits)


def refusal(statement: Statement) -> Objection:
    return Objection(statement_id=statement.id, kind="unsupported", message="x")


def test_an_objection_takes_the_side_away_then_the_certainty_then_the_sentence() -> None:
    evidence = (score(EFFUSION, 0.9), left())
    feedback: list[object] = []
    said = []
    while "pleural effusion" in " ".join(text(wrote(*evidence, feedback=feedback), "findings")):
        statement = wrote(*evidence, feedback=feedback).sections["findings"][0]
        said.append(statement.text)
        feedback.append(refusal(statement))
    assert said == ["There is a left pleural effusion.", "There is a pleural effusion.", "Possible pleural effusion."]
    written = wrote(*evidence, feedback=feedback)
    assert any("pleural effusion; the sentence was withdrawn" in each for each in text(written, "limitations"))
    assert not any("effusion" in each for each in text(written, "impression"))


def test_a_refused_list_of_negatives_loses_only_what_does_not_hold() -> None:
    evidence = (score(PNEUMOTHORAX, 0.1), score(EFFUSION, 0.1))
    first = wrote(*evidence)
    apart = wrote(*evidence, feedback=[refusal(find(first, "No pneumothorax or"))])
    assert text(apart, "findings") == ["No pneumothorax.", "No pleural effusion."]
    refused = [refusal(find(first, "No pneumothorax or")), refusal(find(apart, "No pleural effusion."))]
    assert text(wrote(*evidence, feedback=refused), "findings") == ["No pneumothorax."]
    assert text(wrote(*evidence, feedback=refused[1:]), "findings") == ["No pneumothorax."]


def test_the_reviewer_s_words_and_refusals_are_followed() -> None:
    evidence = (score(EFFUSION, 0.9), score("Edema", 0.9))
    first = wrote(*evidence)
    effusion, edema = first.sections["findings"][1], first.sections["findings"][0]
    review = Review(
        reviewer="r",
        decision="revise",
        comment="see below",
        draft_digest=first.digest,
        at=NOW,
        statements=(
            StatementReview(statement_id=effusion.id, action="edit", text="Small pleural effusion.", reason="size"),
            StatementReview(statement_id=edema.id, action="reject", reason="not seen"),
        ),
    )
    again = wrote(*evidence, feedback=[review])
    assert text(again, "findings") == ["Small pleural effusion."]
    assert again.sections["findings"][0].citations == effusion.citations
    assert text(again, "impression") == ["Small pleural effusion."]


def test_the_same_input_gives_the_same_draft() -> None:
    evidence = [score(EFFUSION, 0.9), left(), *NORMAL]
    assert wrote(*evidence).digest == wrote(*evidence).digest


def test_without_any_evidence_nothing_is_said() -> None:
    case = make_case()
    index = EvidenceIndex(())
    written = draft(case, plan(case, {}, ()), merge(case, index, (), TRUSTED), index, (), (), ())
    assert written.statements == ()
