from dataclasses import replace
from datetime import UTC, datetime

import pytest

from overread.reasoning.alerts import alerts_in
from overread.records import (
    Alert,
    Evidence,
    Point,
    Prevalence,
    Score,
    Trust,
)
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_claim, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)


TRUSTED = Trust.of_figures(
    {
        tool: dict.fromkeys(("Pneumothorax", "Lung Lesion", "Cardiomegaly"), 0.97)
        for tool in ("classification", "report", "vqa")
    }
)


def alerts(*evidence: Evidence, trust: Trust = TRUSTED) -> tuple[Alert, ...]:
    return alerts_in(make_case(), evidence, NOW, trust)


def test_one_tool_alone_raises_the_alert_and_is_cited() -> None:
    score = make_evidence(make_score("Pneumothorax", 0.9))
    (alert,) = alerts(score)
    assert (alert.label, alert.category, alert.evidence_ids) == ("Pneumothorax", 1, (score.id,))
    assert alert.raised_at == NOW
    assert alert.acknowledged is None


def test_negation_and_doubt_never_alert() -> None:
    denied = make_claim("No pneumothorax, effusion or free air.", "Pneumothorax", "absent")
    doubtful = make_claim("Possible nodule.", "Lung Lesion", "uncertain")
    assert alerts(make_evidence(denied, tool="report"), make_evidence(doubtful, tool="report")) == ()
    assert alerts(make_evidence(make_score("Lung Lesion", 0.5, band=(0.4, 0.6)))) == ()
    assert alerts(make_evidence(make_score("Pneumothorax", 0.1))) == ()


def test_what_must_be_told_within_minutes_is_told_when_it_is_possible_and_called_so() -> None:
    entry = TRUSTED.measured["classification", "Pneumothorax"]
    curve = (Point(0.2, 0.9, 0.9), Point(0.8, 0.3, 0.999))
    rare = Prevalence({"Pneumothorax": 0.2})
    known = Trust(
        on_phantoms={("classification", "Pneumothorax"): replace(entry, curve=curve)}, prevalence_of_phantoms=rare
    )
    (alert,) = alerts(make_evidence(make_score("Pneumothorax", 0.5)), trust=known)
    assert alert.message.startswith("Possible pneumothorax")
    (sure,) = alerts(make_evidence(make_score("Pneumothorax", 0.99)), trust=known)
    assert sure.message.startswith("Pneumothorax")
    assert sure.id == alert.id
    assert alerts(make_evidence(make_score("Pneumothorax", 0.1)), trust=known) == ()
    rarer = replace(known, prevalence_of_phantoms=Prevalence({"Pneumothorax": 0.1}))
    assert alerts(make_evidence(make_score("Pneumothorax", 0.5)), trust=rarer) == (), "possible, one in three"
    doubt = make_evidence(make_score("Pneumothorax", 0.5, band=(0.4, 0.6)))
    assert alerts(doubt) == (), "a doubt whose worth nobody measured"


def test_what_is_not_critical_does_not_alert() -> None:
    assert alerts(make_evidence(make_score("Cardiomegaly", 0.99))) == ()


def test_two_tools_that_see_the_same_have_one_alert() -> None:
    report = make_claim("Left pneumothorax.", "Pneumothorax", "present", "left")
    (first,) = alerts(make_evidence(report, tool="report"))
    (second,) = alerts(make_evidence(make_answer("Pneumothorax", "present", "left"), tool="vqa"))
    assert first.id == second.id
    assert first.laterality == "left"


def test_two_sides_are_two_alerts() -> None:
    left = make_claim("Left pneumothorax.", "Pneumothorax", "present", "left")
    right = make_claim("Right pneumothorax.", "Pneumothorax", "present", "right")
    found = alerts(make_evidence(left, tool="report"), make_evidence(right, tool="report"))
    assert [alert.laterality for alert in found] == ["left", "right"]


def test_a_sentence_without_a_side_joins_the_sided_one_of_the_same_tool() -> None:
    plain = make_evidence(make_claim("Pneumothorax.", "Pneumothorax", section="impression"), tool="report")
    sided = make_evidence(make_claim("Left pneumothorax.", "Pneumothorax", "present", "left"), tool="report")
    (alert,) = alerts(plain, sided)
    assert alert.laterality == "left"
    assert set(alert.evidence_ids) == {plain.id, sided.id}


def test_the_most_urgent_comes_first() -> None:
    found = alerts(make_evidence(make_score("Lung Lesion", 0.9)), make_evidence(make_score("Pneumothorax", 0.9)))
    assert [alert.category for alert in found] == [1, 3]


def test_an_uncalibrated_zero_shot_score_does_not_alert() -> None:
    zero = Score(label="Pneumothorax", probability=0.99, threshold=0.5, method="zero_shot")
    assert alerts(make_evidence(zero)) == ()


def test_evidence_of_another_study_does_not_alert() -> None:
    assert alerts(make_evidence(make_score("Pneumothorax", 0.9), make_study(2, 9))) == ()


@pytest.mark.parametrize("figure", [None, 0.6, 0.74])
def test_who_was_not_measured_to_be_worth_hearing_calls_nobody(figure: float | None) -> None:
    tools = ("classification", "report", "vqa")
    known = Trust() if figure is None else Trust.of_figures({tool: {"Pneumothorax": figure} for tool in tools})
    items = (
        make_evidence(make_score("Pneumothorax", 0.99)),
        make_evidence(make_claim("Pneumothorax.", "Pneumothorax"), tool="report"),
        make_evidence(make_answer("Pneumothorax", "present"), tool="vqa"),
    )
    assert alerts(*items, trust=known) == ()


def test_figures_of_phantoms_alert_on_no_film() -> None:
    study = make_study().model_copy(update={"synthetic": False})
    answer = make_evidence(make_answer("Pneumothorax", "present"), study, tool="vqa")
    of_phantoms = Trust(on_phantoms=TRUSTED.on_phantoms)
    assert alerts_in(make_case(study), [answer], NOW, of_phantoms) == ()
    assert len(alerts_in(make_case(study), [answer], NOW, TRUSTED)) == 1
