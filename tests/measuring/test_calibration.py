"""All models of a profile are measured on the same films; what is written counts, and what is too few is not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.composition import trust_in
from overread.errors import ModelRefused
from overread.measuring.film import Films, Wanted
from overread.measuring.films import read_films
from overread.measuring.plots import plots_of
from overread.measuring.profile import Calibration, calibrate, players_of, require_measurable, write_all
from overread.measuring.statistics import OutOfFold, Point
from overread.measuring.tables import Held
from overread.measuring.verdicts import NOTHING, verdict_of
from overread.settings import Profile, Settings, load_profile
from tests.needs import require

FILMS = 24
REPORT = '{"findings": ["Pleural effusion."], "impression": []}'
ROLES = {
    "classifier": {"backend": "scripted", "model": "labels"},
    "segmentation": {"backend": "scripted", "model": "segmentation"},
    "report": {"backend": "scripted", "model": "chat", "parameters": {"answer": REPORT}},
    "vqa": {"backend": "scripted", "model": "chat", "parameters": {"answer": '{"answer": "no"}'}},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Films of noise, every other one bright at the bases, where the scripted network looks for an effusion."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    rows = ["path,patient_id,Pleural Effusion,Cardiomegaly,Edema"]
    for number in range(FILMS):
        picture = rng.integers(0, 160, (96, 96))
        picture[60:84] += 60 * (number % 2)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"Doe-{number}.png")
        rows.append(f"Doe-{number}.png,Jane-{number // 2},{number % 2},{int(number < 3)},1")
    (folder / "labels.csv").write_text("\n".join(rows))
    return read_films(folder, Wanted())


def room(home: Path, roles: dict = ROLES) -> tuple[Profile, Settings]:
    folder = home / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    settings = Settings(home=home, profile="site", profiles_dir=folder)
    return load_profile("site", settings), settings


def calibrated(films: Films, home: Path, roles: dict = ROLES) -> tuple[Calibration, Settings]:
    profile, settings = room(home, roles)
    return calibrate(films, Wanted(), profile, settings, lambda *_: None), settings


@pytest.fixture(scope="module")
def done(films: Films, tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, Settings]:
    return calibrated(films, tmp_path_factory.mktemp("home"))


def test_every_model_is_measured_as_each_voter_that_it_is(done: tuple[Calibration, Settings]) -> None:
    tables = {voter: list(labels) for model in done[0].models for voter, labels in model.card["trust"].items()}
    assert tables == {voter: ["Pleural Effusion"] for voter in ("classification.network", "report", "vqa")}
    assert {model.player.name for model in done[0].models if model.counts} & {"labels", "segmentation"} == {"labels"}
    assert {model.card["made_by"] for model in done[0].models} == {"overread calibrate"}


def test_labels_of_too_few_or_of_one_kind_only_are_told_and_not_written(done: tuple[Calibration, Settings]) -> None:
    assert done[0].too_few == {
        "Cardiomegaly": "too few (3 positives, 21 negatives)",
        "Edema": "too few (24 positives, 0 negatives)",
    }
    assert all("Cardiomegaly" not in labels for model in done[0].models for labels in model.card["trust"].values())


def test_what_is_written_counts_from_then_on_and_names_nobody(done: tuple[Calibration, Settings]) -> None:
    calibration, settings = done
    profile = load_profile("site", settings)
    assert ("classification.network", "Pleural Effusion") not in trust_in(profile, settings).on_films
    paths = list(write_all(calibration, settings.own_catalogue, plots=False))
    assert [path.name for path in paths] == ["README.md", "card.json"] * 3
    measured = trust_in(profile, settings).on_films
    assert measured["classification.network", "Pleural Effusion"].figure == 1.0
    assert [measured[voter, "Pleural Effusion"].figure for voter in ("report", "vqa")] == [0.5, 0.5]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "Doe" not in text
        assert "Jane" not in text


def test_plots_lie_beside_the_card_and_its_page_shows_them(done: tuple[Calibration, Settings], tmp_path: Path) -> None:
    require("plots")
    paths = list(write_all(done[0], tmp_path))
    pictures = [path for path in paths if path.suffix == ".png"]
    assert [path.name for path in pictures] == ["reliability.png", "risk_coverage.png", "thresholds.png"]
    for path in pictures:
        with Image.open(path) as image:
            assert min(image.size) > 100
    assert "](thresholds.png)" in (tmp_path / "labels" / "README.md").read_text(encoding="utf-8")


def test_a_model_that_cannot_be_had_is_told_and_the_others_are_measured(films: Films, tmp_path: Path) -> None:
    lost = {"backend": "scripted", "model": "chat", "parameters": {"fault": "unavailable"}}
    unknown = {"backend": "scripted", "model": "nobody"}
    roles = {**ROLES, "vqa": lost, "segmentation": unknown, "retrieval": ROLES["classifier"]}
    calibration, _ = calibrated(films, tmp_path, roles)
    assert set(calibration.absent) == {"vqa", "segmentation", "retrieval"}
    assert {model.player.name for model in calibration.models} == {"labels", "chat-" + digest_of(calibration)}
    with pytest.raises(ModelRefused, match="no model of the profile could be measured"):
        calibrated(films, tmp_path, {"vqa": lost})


def digest_of(calibration: Calibration) -> str:
    (digest,) = [model.player.card.weights_digest[:8] for model in calibration.models if "report" in model.player.roles]
    return digest


def test_a_model_given_by_a_path_has_a_folder_within_the_catalogue(tmp_path: Path) -> None:
    roles = {"classifier": {"backend": "scripted", "model": "labels"}}
    profile, settings = room(tmp_path, roles)
    spec = profile.roles["classifier"]
    from overread.measuring.profile import _folder_name

    assert _folder_name("/data/Ward Models/../My Net!") == "my-net"
    assert _folder_name("../..") == "model"
    (player,), _ = players_of(profile, settings)
    assert (player.name, player.roles) == ("labels", {"classifier": spec})


def test_films_on_which_nothing_can_be_measured_are_refused_before_a_model_is_asked(films: Films) -> None:
    few = replace(films, films=films.films[:12])
    with pytest.raises(ModelRefused, match=r"Pleural Effusion too few \(6 positives, 6 negatives\)"):
        require_measurable(few)


def test_who_interrupts_keeps_the_cards_that_there_were(films: Films, tmp_path: Path) -> None:
    profile, settings = room(tmp_path)
    old = settings.own_catalogue / "labels" / "card.json"
    old.parent.mkdir(parents=True)
    old.write_text('{"old": true}')

    def stop(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(films, Wanted(), profile, settings, stop)
    assert [path.name for path in settings.own_catalogue.rglob("*") if path.is_file()] == ["card.json"]
    assert old.read_text() == '{"old": true}'


def test_every_plot_can_be_drawn_of_scores_that_tell_nothing() -> None:
    require("plots")
    truth = np.arange(40) % 2 == 0
    flat = OutOfFold(np.full(40, 0.5), np.ones(40, np.bool_), np.zeros(40))
    held = Held(truth, flat, Point(1e-3, 0.0, 0.5, 0.5, 0.5))
    assert len(plots_of({"a": {"Edema": held}}, {"Edema": 0.5})) == 3
    assert plots_of({"a": {}}, {}) == {}


@pytest.mark.parametrize(
    ("figure", "prevalence", "verdict"),
    [
        (0.97, 0.3, "states, denies"),
        (0.9, 0.1, "calls possible"),
        (0.96, 0.03, "calls possible, denies"),
        (0.6, 0.3, NOTHING),
    ],
)
def test_a_verdict_says_what_the_reading_would(figure: float, prevalence: float, verdict: str) -> None:
    shares = dict.fromkeys(("balanced_accuracy", "sensitivity", "specificity"), figure)
    assert verdict_of("Edema", {**shares, "positive": 400, "negative": 400}, prevalence) == verdict
