"""Hand-written sentences of our own: list negation, doubt, sides, structures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.labeler import assertions, label_text, report_assertions
from overread.reasoning.vocabulary import LABELS, TERMS, Term

PRESENT, ABSENT, UNCERTAIN = "present", "absent", "uncertain"


def said(sentence: str) -> dict[str, str]:
    return {found.label: found.status for found in assertions(sentence)}


def sided(sentence: str) -> dict[str, str | None]:
    return {found.label: found.laterality for found in assertions(sentence)}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "No pneumothorax, effusion or consolidation.",
            {"Pneumothorax": ABSENT, "Pleural Effusion": ABSENT, "Consolidation": ABSENT},
        ),
        (
            "No evidence of focal consolidation, pleural effusion, or pneumothorax.",
            {"Consolidation": ABSENT, "Pleural Effusion": ABSENT, "Pneumothorax": ABSENT},
        ),
        (
            "No consolidation, mild edema, or pneumothorax.",
            {"Consolidation": ABSENT, "Edema": ABSENT, "Pneumothorax": ABSENT},
        ),
        ("No pneumothorax, small left effusion.", {"Pneumothorax": ABSENT, "Pleural Effusion": PRESENT}),
        ("No pneumothorax but a left effusion.", {"Pneumothorax": ABSENT, "Pleural Effusion": PRESENT}),
        ("There is no pneumothorax and there is an effusion.", {"Pneumothorax": ABSENT, "Pleural Effusion": PRESENT}),
        ("No edema with bilateral small pleural effusions.", {"Edema": ABSENT, "Pleural Effusion": PRESENT}),
        ("Right effusion without pneumothorax.", {"Pleural Effusion": PRESENT, "Pneumothorax": ABSENT}),
        ("Effusion and pneumothorax are not seen.", {"Pleural Effusion": ABSENT, "Pneumothorax": ABSENT}),
        ("There is an effusion and pneumothorax is not seen.", {"Pleural Effusion": PRESENT, "Pneumothorax": ABSENT}),
        ("Neither pneumothorax nor effusion.", {"Pneumothorax": ABSENT, "Pleural Effusion": ABSENT}),
        ("Pneumothorax: none.", {"Pneumothorax": ABSENT}),
    ],
)
def test_a_negation_reaches_along_its_list_and_no_further(sentence: str, expected: dict[str, str]) -> None:
    assert said(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("No change in the right pneumothorax.", PRESENT),
        ("No significant interval change in pneumothorax.", PRESENT),
        ("The pneumothorax is unchanged.", PRESENT),
        ("Resolving pneumothorax.", PRESENT),
        ("Near complete resolution of pneumothorax.", PRESENT),
        ("The pneumothorax has not resolved.", PRESENT),
        ("The pneumothorax has resolved.", ABSENT),
        ("Interval resolution of pneumothorax.", ABSENT),
        ("The pneumothorax is no longer seen.", ABSENT),
        ("The pneumothorax, previously seen on the left, has resolved.", ABSENT),
        ("Status post thoracotomy with residual pneumothorax.", PRESENT),
        ("Pneumothorax has been excluded.", ABSENT),
        ("Pneumothorax cannot be excluded.", UNCERTAIN),
        ("A pneumothorax is not excluded.", UNCERTAIN),
        ("Cannot exclude a pneumothorax.", UNCERTAIN),
        ("Possible small pneumothorax.", UNCERTAIN),
        ("Lucency concerning for pneumothorax.", UNCERTAIN),
        ("No finding suspicious for pneumothorax.", ABSENT),
        ("No evidence to suggest pneumothorax.", ABSENT),
    ],
)
def test_pseudo_negation_double_negation_doubt_and_resolution(sentence: str, status: str) -> None:
    assert said(sentence)["Pneumothorax"] == status


def test_doubt_belongs_to_its_own_item() -> None:
    assert said("No pneumothorax and possible small effusion.") == {
        "Pneumothorax": ABSENT,
        "Pleural Effusion": UNCERTAIN,
    }
    assert said("Possible small effusion, cardiomegaly.") == {"Pleural Effusion": UNCERTAIN, "Cardiomegaly": PRESENT}
    assert said("Opacity that may represent atelectasis, pneumonia or edema.") == {
        "Lung Opacity": PRESENT,
        "Atelectasis": UNCERTAIN,
        "Pneumonia": UNCERTAIN,
        "Edema": UNCERTAIN,
    }


def test_two_readings_of_one_shadow_are_both_uncertain() -> None:
    assert said("Atelectasis versus pneumonia at the base.") == {"Atelectasis": UNCERTAIN, "Pneumonia": UNCERTAIN}
    assert said("Atelectasis and pneumonia at the base.") == {"Atelectasis": PRESENT, "Pneumonia": PRESENT}


@pytest.mark.parametrize(
    "sentence",
    [
        "History of pneumothorax.",
        "Evaluate for pneumothorax.",
        "Follow-up CT to exclude pneumothorax.",
        "Rule out pneumothorax.",
        "Pneumothorax was not assessed.",
        "Pneumothorax and fracture were not assessed.",
        "Pneumothorax could not be assessed on this image.",
        "A small pneumothorax may be missed on a supine film.",
        "A small pneumothorax may layer unseen if supine.",
        "Not assessed: pneumothorax, fracture and edema.",
    ],
)
def test_history_questions_and_plans_assert_nothing(sentence: str) -> None:
    assert said(sentence) == {}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Heart size is normal.", {"Cardiomegaly": ABSENT}),
        ("The heart is not enlarged.", {"Cardiomegaly": ABSENT}),
        ("The heart is mildly enlarged.", {"Cardiomegaly": PRESENT}),
        ("Enlarged cardiac silhouette.", {"Cardiomegaly": PRESENT}),
        ("Borderline heart size.", {"Cardiomegaly": UNCERTAIN}),
        ("Normal heart size with left effusion.", {"Cardiomegaly": ABSENT, "Pleural Effusion": PRESENT}),
        ("The heart was examined.", {}),
        ("Lungs are clear.", {"Lung Opacity": ABSENT, "Consolidation": ABSENT}),
        ("Blunted left costophrenic angle.", {"Pleural Effusion": UNCERTAIN}),
        ("Widened mediastinum.", {"Enlarged Cardiomediastinum": PRESENT}),
        ("Small pericardial effusion.", {}),
        ("No free air under the diaphragm.", {"Pneumoperitoneum": ABSENT}),
        ("Right hydropneumothorax.", {"Pneumothorax": PRESENT, "Pleural Effusion": PRESENT}),
        ("No acute cardiopulmonary abnormality.", {"No Finding": PRESENT}),
        ("The cardiothoracic ratio is 0.56.", {}),
    ],
)
def test_structures_and_look_alikes(sentence: str, expected: dict[str, str]) -> None:
    assert said(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Small right pleural effusion.", {"Pleural Effusion": "right"}),
        ("Small right and moderate left pleural effusions.", {"Pleural Effusion": "bilateral"}),
        ("Pleural effusions, right greater than left.", {"Pleural Effusion": "bilateral"}),
        ("Bilateral effusions.", {"Pleural Effusion": "bilateral"}),
        ("Effusion on the right and left atelectasis.", {"Pleural Effusion": "right", "Atelectasis": "left"}),
        ("Right effusion and left pneumothorax.", {"Pleural Effusion": "right", "Pneumothorax": "left"}),
        ("At the left base there is atelectasis.", {"Atelectasis": "left"}),
        ("Left basilar atelectasis and effusion.", {"Atelectasis": "left", "Pleural Effusion": "left"}),
        ("RLL consolidation.", {"Consolidation": "right"}),
        ("No left pneumothorax.", {"Pneumothorax": "left"}),
        ("Right hydropneumothorax.", {"Pneumothorax": "right", "Pleural Effusion": "right"}),
        ("The left lung is clear.", {"Lung Opacity": "left", "Consolidation": "left"}),
        ("Left basilar consolidation consistent with pneumonia.", {"Consolidation": "left", "Pneumonia": "left"}),
        ("Enlarged heart with left effusion.", {"Cardiomegaly": None, "Pleural Effusion": "left"}),
        ("Pleural effusion.", {"Pleural Effusion": None}),
    ],
)
def test_a_side_is_bound_to_its_own_finding(sentence: str, expected: dict[str, str | None]) -> None:
    assert sided(sentence) == expected


@pytest.mark.parametrize(
    "term", [term for term in TERMS.values() if term.label != "No Finding"], ids=lambda term: term.label
)
def test_every_noun_of_the_vocabulary_is_read_back_as_its_label(term: Term) -> None:
    for sentence, status in (
        (f"There is {term.noun}.", PRESENT),
        (f"No {term.noun}.", ABSENT),
        (f"Possible {term.noun}.", UNCERTAIN),
    ):
        assert said(sentence) == {term.label: status}


def test_spans_point_at_the_phrase_also_in_a_later_sentence() -> None:
    text = "No effusion. Left pneumothorax vs. bulla. Heart size is 1.5 times normal."
    found = {text[item.start : item.end] for item in assertions(text)}
    assert {"effusion", "pneumothorax"} <= found


def test_a_report_is_labelled_present_over_uncertain_over_absent() -> None:
    labels = label_text(
        "FINDINGS: No effusion. Possible edema.\nIMPRESSION: Small left effusion. No edema. No pneumothorax."
    )
    assert (labels["Pleural Effusion"], labels["Edema"], labels["Pneumothorax"]) == (1, -1, 0)
    assert labels["Fracture"] is None
    assert labels["No Finding"] == 0
    assert tuple(labels) == LABELS


def test_what_was_asked_is_not_what_was_seen() -> None:
    text = "INDICATION: Pneumothorax after fall.\nCOMPARISON: Film with effusion.\nFINDINGS: Heart size is normal.\n"
    assert {item.label for item in report_assertions(text)} == {"Cardiomegaly"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Lungs are clear. Heart size is normal.", 1),
        ("Right picc line. Lungs are clear.", 1),
        ("Lungs are clear. Thoracic scoliosis.", 0),
        ("Lungs are clear. No scoliosis.", 1),
        ("Possible pneumonia.", None),
        ("", None),
    ],
)
def test_no_finding_is_said_only_when_nothing_else_is(text: str, value: int | None) -> None:
    assert label_text(text)["No Finding"] == value


@given(st.text(max_size=200))
def test_any_text_is_labelled_without_error_and_with_spans_inside_it(text: str) -> None:
    for found in report_assertions(text):
        assert 0 <= found.start < found.end <= len(text)


@given(
    st.sampled_from(["pneumothorax", "pleural effusion", "consolidation", "edema"]), st.sampled_from(["left", "right"])
)
def test_negating_a_sentence_turns_its_label(noun: str, side: str) -> None:
    (plain,), (negated,) = assertions(f"There is {side} {noun}."), assertions(f"There is no {side} {noun}.")
    assert (plain.status, negated.status) == (PRESENT, ABSENT)
    assert plain.laterality == negated.laterality == side
