import json
from pathlib import Path
from typing import Literal

import pytest

from overread.errors import SettingsError
from overread.reasoning.trust import Performance, Trust, load_trust, voter
from overread.records import Score
from overread.testing.doubles import make_evidence, make_study

EDEMA = {"balanced_accuracy": 0.8, "sensitivity": 0.7, "specificity": 0.9, "positive": 50, "negative": 90}


def write_card(folder: Path, name: str, **card: object) -> None:
    (folder / name).mkdir()
    (folder / name / "card.json").write_text(json.dumps(card))


def test_a_label_that_was_not_measured_has_no_trust() -> None:
    assert Trust().of("classification", "Edema") is None
    assert Trust().sensitivity("classification", "Edema") is None


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
    assert trust.of("classification", "Edema") == 0.8
    assert trust.sensitivity("classification", "Edema") == 0.7
    assert trust.of("classification", "Pneumonia") == 0.75
    assert trust.of("classification", "Fracture") is None
    assert trust.of("classification", "Pneumothorax") is None


def test_a_figure_from_too_few_images_is_not_a_measurement(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification": {"Edema": {**EDEMA, "positive": 9}}})
    assert load_trust(tmp_path).of("classification", "Edema") is None


def test_another_model_in_the_role_does_not_inherit_the_figures(tmp_path: Path) -> None:
    write_card(tmp_path, "vlm", trust={"report": {"Edema": EDEMA}, "vqa": {"Edema": EDEMA}})
    trust = load_trust(tmp_path, {"report": "a-served-model", "vqa": "vlm"})
    assert trust.of("report", "Edema") is None
    assert trust.of("vqa", "Edema") == 0.8


def test_zero_shot_figures_follow_the_classification_role(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification.zero_shot": {"Edema": EDEMA}})
    assert load_trust(tmp_path, {"classification": "clip"}).of("classification.zero_shot", "Edema") == 0.8
    assert load_trust(tmp_path, {"classification": "clip"}).of("classification", "Edema") is None


def test_figures_of_a_network_follow_the_classifier_role(tmp_path: Path) -> None:
    write_card(tmp_path, "clip", trust={"classification": {"Edema": EDEMA}, "classification.network": {"Edema": EDEMA}})
    write_card(tmp_path, "cnn", trust={"classification.network": {"Edema": {**EDEMA, "balanced_accuracy": 0.9}}})
    trust = load_trust(tmp_path, {"classification": "clip", "classifier": "cnn"})
    assert trust.of("classification.network", "Edema") == 0.9
    assert trust.of("classification", "Edema") == 0.8
    assert load_trust(tmp_path, {"classification": "clip"}).of("classification.network", "Edema") is None


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
    real = make_study().model_copy(update={"synthetic": False})
    assert trust.on(real).of("classification", "Edema") == 0.8
    assert trust.on(make_study()).of("classification", "Edema") == 0.99


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
    assert trust.measured["vqa", "Edema"] == Performance(0.9, 0.9, 0.9)
