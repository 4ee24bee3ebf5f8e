import json
from pathlib import Path
from typing import Literal

import pytest

from overread.errors import SettingsError
from overread.reasoning.trust import load_trust, trust_of, voter
from overread.records import (
    Performance,
    Point,
    Score,
    Trust,
)
from overread.testing.doubles import make_evidence, make_study

EDEMA = {"balanced_accuracy": 0.8, "sensitivity": 0.7, "specificity": 0.9, "positive": 50, "negative": 90}


def write_card(folder: Path, name: str, **card: object) -> None:
    (folder / name).mkdir()
    (folder / name / "card.json").write_text(json.dumps(card))


def figure(trust: Trust, voter: str, label: str, *, synthetic: bool = False) -> float | None:
    found = trust.on(make_study().model_copy(update={"synthetic": synthetic})).of(voter, label)
    return found.figure if found else None


def test_a_label_that_was_not_measured_has_no_trust() -> None:
    assert figure(Trust(), "classification", "Edema") is None


def test_balanced_accuracy_counts_before_auroc_and_f1_does_not_count(tmp_path: Path) -> None:
    tables = {
        "classification": {
            "Edema": EDEMA,
            "Pneumonia": {"auroc": 0.75, "positive": 20, "negative": 20},
            "Fracture": {"f1": 0.9, "positive": 20, "negative": 20},
            "Pneumothorax": None,
        }
    }
    write_card(tmp_path, "clip", trust=tables)
    trust = load_trust(tmp_path)
    assert figure(trust, "classification", "Edema") == 0.8
    edema = trust.measured["classification", "Edema"]
    assert (edema.sensitivity, edema.specificity, edema.positive, edema.negative) == (0.7, 0.9, 50, 90)
    assert edema.sides is None
    assert not edema.tells_sides
    assert edema.curve == ()
    assert figure(trust, "classification", "Pneumonia") == 0.75
    assert figure(trust, "classification", "Fracture") is None
    assert figure(trust, "classification", "Pneumothorax") is None


def test_a_figure_from_too_few_images_is_not_a_measurement(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification": {"Edema": {**EDEMA, "positive": 9}}})
    assert figure(load_trust(tmp_path), "classification", "Edema") is None


def test_another_model_in_the_role_does_not_inherit_the_figures(tmp_path: Path) -> None:
    write_card(tmp_path, "vlm", trust={"report": {"Edema": EDEMA}, "vqa": {"Edema": EDEMA}})
    trust = load_trust(tmp_path, {"report": "a-served-model", "vqa": "vlm"})
    assert figure(trust, "report", "Edema") is None
    assert figure(trust, "vqa", "Edema") == 0.8


def test_zero_shot_figures_follow_the_classification_role(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification.zero_shot": {"Edema": EDEMA}})
    assert figure(load_trust(tmp_path, {"classification": "clip"}), "classification.zero_shot", "Edema") == 0.8
    assert figure(load_trust(tmp_path, {"classification": "clip"}), "classification", "Edema") is None


def test_figures_of_a_network_follow_the_classifier_role(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification": {"Edema": EDEMA}, "classification.network": {"Edema": EDEMA}})
    write_card(tmp_path, "cnn", trust={"classification.network": {"Edema": {**EDEMA, "balanced_accuracy": 0.9}}})
    trust = load_trust(tmp_path, {"classification": "clip", "classifier": "cnn"})
    assert figure(trust, "classification.network", "Edema") == 0.9
    assert figure(trust, "classification", "Edema") == 0.8
    assert figure(load_trust(tmp_path, {"classification": "clip"}), "classification.network", "Edema") is None


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("head", "classification"),
        ("zero_shot", "classification.zero_shot"),
        ("network", "classification.network"),
    ],
)
def test_each_way_to_a_score_is_trusted_by_itself(method: Literal["head", "zero_shot", "network"], name: str) -> None:
    score = Score(label="Edema", probability=0.9, method=method)
    assert voter(make_evidence(score, tool="classification")) == name


def test_figures_from_phantoms_hold_for_phantoms_only(tmp_path: Path) -> None:
    phantom = {**EDEMA, "balanced_accuracy": 0.99}
    write_card(
        tmp_path,
        "clip",
        trust={"classification": {"Edema": EDEMA}},
        trust_phantom={"classification": {"Edema": phantom}},
    )
    trust = load_trust(tmp_path)
    assert figure(trust, "classification", "Edema") == 0.8
    assert figure(trust, "classification", "Edema", synthetic=True) == 0.99
    assert figure(Trust(on_phantoms=trust.on_phantoms), "classification", "Edema") is None
    assert figure(Trust(measured=trust.measured), "classification", "Edema", synthetic=True) is None


@pytest.mark.parametrize("text", ["[]", "not json"])
def test_a_broken_card_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "card.json").write_text(text)
    with pytest.raises(SettingsError, match=r"clip/card\.json"):
        load_trust(tmp_path)


def test_a_figure_outside_its_range_is_refused(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification": {"Edema": {**EDEMA, "balanced_accuracy": 80}}})
    with pytest.raises(SettingsError, match="Edema"):
        load_trust(tmp_path)


def test_figures_given_by_hand_make_a_table() -> None:
    trust = Trust.of_figures({"vqa": {"Edema": 0.9}})
    one = trust.measured["vqa", "Edema"]
    assert one == Performance(0.9, 0.9, 0.9, positive=500, negative=500, sides=0.9)
    assert trust.on_phantoms == trust.measured
    assert one.prevalence == 0.5
    assert one.tells_sides


def test_the_prevalence_is_that_of_the_most_films_unless_it_is_stated_here(tmp_path: Path) -> None:
    few, many = {**EDEMA, "positive": 24, "negative": 24}, {**EDEMA, "positive": 100, "negative": 900}
    write_card(tmp_path, "vlm", trust={"vqa": {"Edema": few, "Fracture": few}})
    write_card(tmp_path, "clip", trust={"classification": {"Edema": many}})
    shipped = load_trust(tmp_path)
    assert shipped.prevalence.stated == {"Edema": 0.1, "Fracture": 0.5}
    here = trust_of({"classification": {"prevalence": {"Edema": 0.02}}})
    assert here.over(shipped).prevalence.stated == {"Edema": 0.02, "Fracture": 0.5}
    with pytest.raises(SettingsError, match="Edema"):
        trust_of({"classification": {"prevalence": {"Edema": 1.0}}})


def test_a_curve_is_read_and_a_point_outside_its_range_is_refused(tmp_path: Path) -> None:
    entry = {**EDEMA, "curve": [[0.1, 0.9, 0.5], [0.4, 0.6, 0.9]], "sides": 0.9}
    write_card(tmp_path, "clip", trust={"classification": {"Edema": entry}})
    found = load_trust(tmp_path).measured["classification", "Edema"]
    assert found.curve == (Point(0.1, 0.9, 0.5), Point(0.4, 0.6, 0.9))
    assert found.tells_sides
    (tmp_path / "clip" / "card.json").write_text(
        json.dumps({"trust": {"classification": {"Edema": {**entry, "curve": [[0.1, 9.0, 0.5]]}}}})
    )
    with pytest.raises(SettingsError, match="curve"):
        load_trust(tmp_path)
