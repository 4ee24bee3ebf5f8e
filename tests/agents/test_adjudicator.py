import pytest

from overread import plugins
from overread.agents.adjudicator import questions, settle
from overread.ports import EvidenceIndex
from overread.reasoning.merging import merge
from overread.reasoning.questions import ask_about
from overread.records import (
    Conflict,
    Evidence,
    Laterality,
    Status,
    Trust,
)
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence
from overread.testing.doubles.payloads import make_answer, make_claim, make_ratio, make_score

EFFUSION, PNEUMOTHORAX = "Pleural Effusion", "Pneumothorax"


def trust(**figures: float) -> Trust:
    labels = (EFFUSION, PNEUMOTHORAX, "Cardiomegaly", "Fracture")
    return Trust.of_figures({tool: dict.fromkeys(labels, figure) for tool, figure in figures.items()})


def score(label: str, probability: float) -> Evidence:
    return make_evidence(make_score(label, probability))


def claim(label: str, status: Status, side: Laterality | None = None) -> Evidence:
    return make_evidence(make_claim(f"{label} {status} {side}", label, status, side), tool="report")  # type: ignore[arg-type]


def answer(label: str, status: Status, side: Laterality | None = None) -> Evidence:
    return make_evidence(make_answer(label, status, side), tool="vqa")


def outcome(rule: str, known: Trust, before: list[Evidence], after: tuple[Evidence, ...] = ()) -> Conflict:
    """Fire the rule on `before`, then settle with `after` merged in."""
    case = make_case()
    (conflict,) = plugins.builder("rules", rule)(Settings()).check(case, (), EvidenceIndex(before))
    index = EvidenceIndex([*before, *after])
    (settled,) = settle(case, [conflict], merge(case, index, (), known), index, known)
    return settled


def test_a_clearly_better_measured_tool_settles_and_is_named() -> None:
    seen = score(EFFUSION, 0.9)
    settled = outcome("polarity", trust(classification=0.99, report=0.8), [seen, claim(EFFUSION, "absent")])
    assert settled.resolution == "resolved"
    assert settled.resolved_by == (seen.id,)
    assert settled.resolution_note == ("Settled as present: classification was measured at 0.99 for Pleural Effusion.")


def test_a_dissenter_with_a_vote_is_named_beside_the_one_who_settles() -> None:
    known = trust(classification=0.99, report=0.8)
    settled = outcome("polarity", known, [score(EFFUSION, 0.1), claim(EFFUSION, "present")])
    assert settled.resolution_note == (
        "Settled as absent: classification was measured at 0.99 for Pleural Effusion; against report (0.80)."
    )


def test_tools_measured_alike_settle_nothing() -> None:
    known = trust(classification=0.98, report=0.96)
    assert outcome("polarity", known, [score(EFFUSION, 0.9), claim(EFFUSION, "absent")]).resolution == "open"


def test_without_measured_trust_nothing_is_settled_however_many_agree() -> None:
    many = [score(EFFUSION, 0.9), claim(EFFUSION, "absent"), claim(EFFUSION, "absent", "bilateral")]
    assert outcome("polarity", Trust(), many, (answer(EFFUSION, "absent"),)).resolution == "open"


def test_a_targeted_answer_settles_only_with_measured_trust() -> None:
    conflict = [score(EFFUSION, 0.9), claim(EFFUSION, "absent")]
    yes = answer(EFFUSION, "present")
    assert outcome("polarity", trust(vqa=0.9), conflict, (yes,)).resolved_by == (yes.id,)
    assert outcome("polarity", trust(vqa=0.6), conflict, (yes,)).resolution == "open"


def test_an_urgent_label_is_not_called_absent_without_a_targeted_answer() -> None:
    known = trust(report=0.97, classification=0.8, vqa=0.99)
    conflict = [score(PNEUMOTHORAX, 0.9), claim(PNEUMOTHORAX, "absent")]
    assert outcome("polarity", known, conflict).resolution == "open"
    assert outcome("polarity", known, conflict, (answer(PNEUMOTHORAX, "absent"),)).resolution == "resolved"


def test_a_claim_does_not_support_itself() -> None:
    known = trust(report=0.9, vqa=0.95)
    assert outcome("unsupported_claim", known, [claim("Fracture", "present")]).resolution == "open"
    yes = answer("Fracture", "present")
    assert outcome("unsupported_claim", known, [claim("Fracture", "present")], (yes,)).resolved_by == (yes.id,)


@pytest.mark.parametrize(("figure", "resolution"), [(0.97, "resolved"), (0.88, "open"), (0.6, "open")])
def test_a_side_is_settled_by_a_clearly_better_sided_answer(figure: float, resolution: str) -> None:
    sides = [claim(EFFUSION, "present", "left"), make_evidence(make_score(EFFUSION, 0.9))]
    right = make_evidence(
        make_claim("Right effusion.", EFFUSION, "present", "right", section="impression"), tool="report"
    )
    known = trust(report=0.86, vqa=figure)
    settled = outcome("laterality", known, [*sides, right], (answer(EFFUSION, "present", "right"),))
    assert settled.resolution == resolution


def test_the_ratio_settles_against_an_unmeasured_sentence() -> None:
    ratio = make_evidence(make_ratio(0.6), tool="segmentation")
    settled = outcome("cardiothoracic_ratio", trust(segmentation=0.8), [ratio, claim("Cardiomegaly", "absent")])
    assert settled.resolved_by == (ratio.id,)


def test_a_conflict_about_a_sentence_stays_open_for_the_reviewer() -> None:
    item = make_evidence(make_claim("Unchanged effusion.", EFFUSION), tool="report")
    assert outcome("prior_comparison", trust(report=0.9), [item]).resolution == "open"


def test_a_settled_conflict_is_left_as_it_is() -> None:
    done = Conflict.of("polarity", "warn", "x", label=EFFUSION).model_copy(update={"resolution": "resolved"})
    index = EvidenceIndex(())
    assert settle(make_case(), [done], merge(make_case(), index, (), Trust()), index, Trust()) == (done,)


def test_urgent_labels_are_asked_first_each_question_once_within_the_limit() -> None:
    conflicts = [
        Conflict.of("unsupported_claim", "warn", "a", label="Fracture", question=ask_about("Fracture")),
        Conflict.of("polarity", "warn", "b", label=PNEUMOTHORAX, question=ask_about(PNEUMOTHORAX)),
        Conflict.of("impression_vs_findings", "block", "c", label=EFFUSION, question=ask_about(EFFUSION)),
        Conflict.of("polarity", "warn", "d", label=EFFUSION, question=ask_about(EFFUSION)),
        Conflict.of("prior_comparison", "warn", "e"),
    ]
    assert [question.label for question in questions(conflicts, 9)] == [PNEUMOTHORAX, EFFUSION, "Fracture"]
    assert [question.label for question in questions(conflicts, 1)] == [PNEUMOTHORAX]


def test_what_is_settled_is_not_asked() -> None:
    done = Conflict.of("polarity", "warn", "x", label=EFFUSION, question=ask_about(EFFUSION))
    assert questions([done.model_copy(update={"resolution": "resolved"})], 9) == ()
