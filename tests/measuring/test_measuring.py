"""A model is measured through the parts that read a case, and nothing of a patient is written."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread import plugins
from overread.backends.scripted import ScriptedSegmentation
from overread.errors import ModelRefused
from overread.measuring.card import write_beside, write_card
from overread.measuring.card_page import page_of
from overread.measuring.film import Wanted
from overread.measuring.films import read_films
from overread.measuring.looking import ROLES, look
from overread.measuring.model import Order, measure
from overread.measuring.results import Results
from overread.measuring.studio import open_studio
from overread.ports import Capability
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.classification import build

FILMS = 24


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films of noise, every other one bright at the bases, where the scripted network looks for an effusion."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    rows = ["path,patient_id,Pleural Effusion,Cardiomegaly"]
    for number in range(FILMS):
        picture = rng.integers(0, 160, (96, 96))
        picture[60:84] += 60 * (number % 2)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"Doe-{number}.png")
        rows.append(f"Doe-{number}.png,Jane-{number // 2},{number % 2},{int(number < 3)}")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "manifest.csv").write_text("\n".join([*rows, "broken.png,Jane-99,1,0"]))
    return folder


@pytest.fixture(scope="module")
def card(films: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    ticks: list[tuple[int, int]] = []
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    card = measure(Order("labels", films, Wanted(), "scripted"), settings, lambda *done: ticks.append(done))
    assert ticks[-1] == (FILMS + 1, FILMS + 1)
    assert list(settings.home.iterdir()) == []
    return card


def test_a_label_that_shows_is_measured_with_its_interval_and_calibration(card: dict) -> None:
    trust = card["trust"]["classification.network"]["Pleural Effusion"]
    assert (trust["auroc"], trust["balanced_accuracy"], trust["positive"], trust["negative"]) == (1.0, 1.0, 12, 12)
    point = card["calibration"]["classification.network"]["Pleural Effusion"]
    assert point["slope"] > 0
    assert 0 < point["threshold"] < 1
    assert card["figures"]["classification.network"]["Pleural Effusion"]["auroc"]["low"] == 1.0


def test_a_label_of_too_few_is_listed_and_not_measured(card: dict) -> None:
    assert card["not_measured"]["classification.network"]["Cardiomegaly"] == {"positive": 3, "negative": 21}
    assert "Cardiomegaly" not in card["trust"]["classification.network"]
    assert "Cardiomegaly (3 / 21)" in page_of(card)


def test_the_card_names_weights_data_program_and_counts(card: dict) -> None:
    data = card["data"]
    assert (data["films"], data["read"], data["patients"], sum(data["not_read"].values())) == (25, 24, 13, 1)
    assert len(card["weights_digest"]) == len(data["digest"]) == 64
    assert card["program"]


def test_neither_card_nor_page_names_a_film_or_a_patient(card: dict, tmp_path: Path) -> None:
    for path in write_card(card, tmp_path / "card"):
        text = path.read_text(encoding="utf-8")
        assert "Doe" not in text
        assert "Jane" not in text


def test_beside_the_weights_somebody_elses_card_stays(card: dict, tmp_path: Path) -> None:
    assert json.loads(write_beside(card, tmp_path).read_text())["name"] == "labels"
    write_beside(card, tmp_path)
    (tmp_path / "card.json").write_text('{"trust": {}}')
    with pytest.raises(ModelRefused, match="somebody else's"):
        write_beside(card, tmp_path)


def test_a_segmenter_without_masks_is_refused(films: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no mask of any film"):
        measure(Order("segmentation", films, Wanted(), "scripted"), Settings(home=tmp_path), lambda *_: None)


def test_films_that_cannot_be_read_are_counted_not_named(tmp_path: Path) -> None:
    (tmp_path / "Doe.png").write_bytes(b"no picture")
    (tmp_path / "labels.csv").write_text("path,Edema\nDoe.png,1\n")
    with pytest.raises(ModelRefused, match="none of 1 films could be read") as refused:
        measure(Order("labels", tmp_path, Wanted(), "scripted"), Settings(home=tmp_path / "h"), lambda *_: None)
    assert "Doe" not in str(refused.value)


def looked(films: Path, home: Path, capability: Capability, spec: ModelSpec) -> Results:
    settings = Settings(home=home)
    model = plugins.builder("backends", spec.backend)(spec, settings).card
    roles = ROLES[capability]
    with open_studio(settings, dict.fromkeys(roles, spec)) as studio:
        return look(studio, model, roles, read_films(films, Wanted()), lambda: None)


def test_a_chat_model_is_asked_about_what_can_be_measured_and_one_that_always_says_yes_is_chance(
    films: Path, tmp_path: Path
) -> None:
    spec = ModelSpec(backend="scripted", model="chat", parameters={"answer": '{"answer": "yes"}'})
    tables = looked(films, tmp_path, "chat", spec).tables
    entry = tables.trust["vqa"]["Pleural Effusion"]
    assert (entry["sensitivity"], entry["specificity"], entry["balanced_accuracy"]) == (1.0, 0.0, 0.5)
    assert tables.not_measured["vqa"] == {"Cardiomegaly": {"positive": 3, "negative": 22}}


def test_an_answer_that_says_neither_yes_nor_no_is_right_for_no_film(films: Path, tmp_path: Path) -> None:
    spec = ModelSpec(backend="scripted", model="chat", parameters={"answer": '{"answer": "cannot tell"}'})
    tables = looked(films, tmp_path, "chat", spec).tables
    assert tables.trust["vqa"]["Pleural Effusion"]["balanced_accuracy"] == 0.0
    assert tables.figures["vqa"]["Pleural Effusion"]["undecided"] == FILMS


def test_a_clip_without_prompts_is_measured_by_ours_and_asked_by_those_that_were(films: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    card = measure(Order("embedding", films, Wanted(), "scripted"), settings, lambda *_: None)
    assert list(card["prompts"]) == ["Pleural Effusion"]
    assert list(card["trust"]["classification.zero_shot"]) == ["Pleural Effusion"]
    write_card(card, settings.own_catalogue / "embedding")
    work = make_work()
    work = replace(work, study=work.study.model_copy(update={"synthetic": False}))
    (score,) = [item.payload for item in build(make_parts(settings=settings)).run(work)]
    assert (score.label, score.method, score.calibrated) == ("Pleural Effusion", "zero_shot", True)
    assert score.threshold == card["calibration"]["classification.zero_shot"]["Pleural Effusion"]["threshold"]


def test_a_segmenter_is_measured_against_true_masks_and_a_film_that_stopped_the_tool_is_none(tmp_path: Path) -> None:
    maps = ScriptedSegmentation().segment(make_picture(rows=96, columns=96))
    lungs = np.maximum(maps["left_lung"], maps["right_lung"]) > 0.5
    Image.fromarray(make_picture(rows=96, columns=96)).save(tmp_path / "a.png")
    Image.fromarray((lungs * 255).astype(np.uint8)).save(tmp_path / "lungs.png")
    Image.fromarray(np.zeros((96, 96), np.uint8)).save(tmp_path / "empty.png")
    Image.fromarray(np.zeros((96, 96), np.uint8)).save(tmp_path / "blank.png")
    rows = ["path,mask_path,heart_mask_path", "a.png,lungs.png,empty.png", "a.png,,", "blank.png,lungs.png,"]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    results = looked(tmp_path, tmp_path / "h", "segmentation", ModelSpec(backend="scripted", model="segmentation"))
    assert results.masks["lungs"]["value"] == pytest.approx(1.0, abs=0.01)
    assert (results.masks["heart"]["value"], results.masks["lungs"]["n"], results.shown) == (0.0, 1, 1)


CALLED = '{"findings": ["Small pleural effusion."], "impression": ["No pleural effusion."]}'
SILENT = '{"findings": ["The lungs are clear."], "impression": []}'
OPEN = '{"findings": ["A pleural effusion cannot be excluded."], "impression": []}'


@pytest.mark.parametrize(
    ("answer", "sensitivity", "specificity"),
    [(CALLED, 1.0, 0.0), (SILENT, 0.0, 1.0), (OPEN, 0.0, 0.0), ("no report at all", 0.0, 0.0)],
)
def test_a_report_counts_by_the_strongest_that_it_asserts(
    films: Path, tmp_path: Path, answer: str, sensitivity: float, specificity: float
) -> None:
    spec = ModelSpec(backend="scripted", model="chat", parameters={"answer": answer})
    tables = looked(films, tmp_path, "chat", spec).tables
    entry = tables.trust["report"]["Pleural Effusion"]
    assert (entry["sensitivity"], entry["specificity"]) == (sensitivity, specificity)
    assert tables.not_measured["report"] == {"Cardiomegaly": {"positive": 3, "negative": 22}}


def test_a_cardiothoracic_ratio_is_a_voice_of_the_segmenter(tmp_path: Path) -> None:
    """The scripted ellipses have one ratio for every picture, so that it is right for one kind of film."""
    rng = np.random.default_rng(1)
    rows = ["path,patient_id,Cardiomegaly"]
    for number in range(FILMS):
        Image.fromarray(rng.integers(0, 200, (96, 96)).astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,p{number},{number % 2}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    results = looked(tmp_path, tmp_path / "h", "segmentation", ModelSpec(backend="scripted", model="segmentation"))
    entry = results.tables.trust["segmentation"]["Cardiomegaly"]
    assert (entry["sensitivity"], entry["specificity"], entry["positive"]) == (0.0, 1.0, 12)
    assert results.masks == {}


def test_a_voter_that_scores_has_a_curve_and_the_card_the_prevalence(card: dict) -> None:
    entry = card["trust"]["classification.network"]["Pleural Effusion"]
    assert entry["curve"][0][1:] == [1.0, 0.0]
    assert any(point[1:] == [1.0, 1.0] for point in entry["curve"])
    assert card["prevalence"] == {"Pleural Effusion": 0.52}  # the broken film is one of the site's all the same
    more = card["figures"]["classification.network"]["Pleural Effusion"]
    assert (more["positive_predictive_value"], more["negative_predictive_value"]) == (1.0, 1.0)
