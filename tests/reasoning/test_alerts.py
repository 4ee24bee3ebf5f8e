from datetime import UTC, datetime

from overread.reasoning.alerts import alerts_in
from overread.reasoning.trust import Performance, Trust
from overread.records import Alert, Evidence, Score
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_claim, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def alerts(*evidence: Evidence, trust: Trust | None = None) -> tuple[Alert, ...]:
    return alerts_in(make_case(), evidence, NOW, trust)


def test_one_tool_alone_raises_the_alert_and_is_cited() -> None:
    score = make_evidence(make_score("Pneumothorax", 0.9))
    (alert,) = alerts(score)
    assert (alert.label, alert.category, alert.evidence_ids) == ("Pneumothorax", 1, (score.id,))
    assert alert.raised_at == NOW
    assert alert.acknowledged is None


def test_negation_and_doubt_never_alert() -> None:
    denied = make_claim("No pneumothorax, effusion or free air.", "Pneumothorax", "absent")
    doubtful = make_claim("Possible pneumothorax.", "Pneumothorax", "uncertain")
    assert alerts(make_evidence(denied, tool="report"), make_evidence(doubtful, tool="report")) == ()
    assert alerts(make_evidence(make_score("Pneumothorax", 0.5, band=(0.4, 0.6)))) == ()
    assert alerts(make_evidence(make_score("Pneumothorax", 0.1))) == ()


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


def measured(figure: float) -> Trust:
    return Trust.of_figures({tool: {"Pneumothorax": figure} for tool in ("classification", "report")})


def test_a_screening_threshold_alerts_only_when_the_head_was_measured_well() -> None:
    low = Score(label="Pneumothorax", probability=0.2, threshold=0.1, calibrated=True, method="head")
    assert alerts(make_evidence(low)) == ()
    assert alerts(make_evidence(low), trust=measured(0.6)) == ()
    assert len(alerts(make_evidence(low), trust=measured(0.8))) == 1


def test_a_likely_critical_result_alerts_whatever_was_measured() -> None:
    assert len(alerts(make_evidence(make_score("Pneumothorax", 0.9)), trust=measured(0.6))) == 1


def test_a_sentence_alerts_unless_its_model_was_measured_to_be_wrong_too_often() -> None:
    claim = make_evidence(make_claim("Pneumothorax.", "Pneumothorax"), tool="report")
    assert len(alerts(claim)) == len(alerts(claim, trust=measured(0.8))) == 1
    assert alerts(claim, trust=measured(0.6)) == ()


def test_words_of_a_tool_that_fails_on_phantoms_alert_on_no_film() -> None:
    study = make_study().model_copy(update={"synthetic": False})
    film = make_case(study)
    answer = make_evidence(make_answer("Pneumothorax", "present"), study, tool="vqa")
    poor = Trust(on_phantoms={("vqa", "Pneumothorax"): Performance(0.6)})
    good = Trust(on_phantoms={("vqa", "Pneumothorax"): Performance(0.9)})
    assert alerts_in(film, [answer], NOW, poor) == ()
    assert len(alerts_in(film, [answer], NOW, good)) == 1
