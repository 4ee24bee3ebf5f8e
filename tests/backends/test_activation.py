"""A map shows where the logit comes from, in pixels of the picture whatever its shape."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.needs import require

require("torch")

import torch
from safetensors.numpy import load_file, save_file
from scipy.stats import spearmanr

from overread.backends._activation import Look, MapHead, contributions, place_map
from overread.backends._classifier import CELLS, ClassifierBackend, pooled
from overread.backends.transformers import build
from overread.errors import Unavailable
from overread.imaging.letterbox import letterbox
from overread.ports import PlacingBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.tiny_models import LABELS, write_classifier

SIDE, CHANNELS = 12, 6
FEATURES = CHANNELS * (2 + CELLS**2)


def classifier(folder: Path) -> ClassifierBackend:
    built = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(built, ClassifierBackend)
    return built


def look(maps: np.ndarray[tuple[int, ...], np.dtype[np.float32]], height: int, width: int) -> Look:
    box = letterbox(np.zeros((height, width), np.uint8), 192)
    return Look(pooled(torch.from_numpy(maps)[None])[0].numpy(), maps, box)


@pytest.mark.parametrize("shape", [(12, 12), (5, 5), (7, 13)])
def test_what_the_places_add_is_the_logit(shape: tuple[int, int]) -> None:
    draw = np.random.default_rng(0)
    maps = draw.normal(size=(CHANNELS, *shape)).astype(np.float32)
    weight = draw.normal(size=FEATURES).astype(np.float32)
    logit = float(weight @ pooled(torch.from_numpy(maps)[None])[0].numpy())
    assert contributions(maps, weight, CELLS).sum() == pytest.approx(logit, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), [(100, 100), (60, 100), (300, 150)])
def test_a_place_of_the_maps_is_found_at_its_place_in_the_picture(height: int, width: int) -> None:
    maps = np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    row, column = 7, 4
    maps[2, row, column] = 3.0
    weight = np.zeros(FEATURES, np.float32)
    weight[CHANNELS + 2] = 1.0
    places = place_map([look(maps, height, width)], weight, None, CELLS)
    box = letterbox(np.zeros((height, width), np.uint8), 192)
    assert places.shape == (box.height, box.width)
    found = np.unravel_index(places.argmax(), places.shape)
    cell = 192 / SIDE
    assert found[0] == pytest.approx((row + 0.5) * cell - box.top, abs=cell / 2)
    assert found[1] == pytest.approx((column + 0.5) * cell - box.left, abs=cell / 2)


def test_what_speaks_against_a_label_is_no_place_of_it() -> None:
    maps = np.ones((CHANNELS, SIDE, SIDE), np.float32)
    weight = np.full(FEATURES, -1.0, np.float32)
    assert not place_map([look(maps, 80, 80)], weight, None, CELLS).any()


def test_looks_of_another_size_lie_over_the_same_picture() -> None:
    draw = np.random.default_rng(1)
    maps = draw.random((CHANNELS, SIDE, SIDE)).astype(np.float32)
    weight = draw.random(FEATURES).astype(np.float32)
    small = letterbox(np.zeros((120, 90), np.uint8), 96)
    first = look(maps, 120, 90)
    alone = place_map([first], weight, None, CELLS)
    both = place_map([first, first._replace(box=small)], np.tile(weight, 2), None, CELLS)
    assert both.shape == alone.shape
    assert float(spearmanr(both.ravel(), alone.ravel()).statistic) > 0.95


def test_a_map_head_weighs_the_activation() -> None:
    maps = np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    maps[0, 2, 2], maps[0, 9, 9], maps[1, 9, 9] = 2.0, 1.5, 1.0
    weight = np.zeros(FEATURES, np.float32)
    weight[0] = 1.0
    head = MapHead(np.array([[0.0, 8.0, 0, 0, 0, 0]], np.float32), np.array([-4.0], np.float32))
    alone = place_map([look(maps, 96, 96)], weight, None, CELLS)
    weighed = place_map([look(maps, 96, 96)], weight, head, CELLS)
    assert np.unravel_index(alone.argmax(), alone.shape)[0] < 96
    assert np.unravel_index(weighed.argmax(), weighed.shape)[0] > 96


def test_scores_are_the_same_with_places_and_a_label_has_a_map_over_the_picture(tiny_classifier: Path) -> None:
    model, picture = classifier(tiny_classifier), make_picture(1, 150, 90)
    assert isinstance(model, PlacingBackend)
    told = model.score_and_place(picture)
    assert told.chances == model.score_labels(picture)
    assert told.place is not None
    for label in LABELS:
        places = told.place(label)
        assert np.isfinite(places).all()
        assert places.min() >= 0
        assert places.shape[0] / places.shape[1] == pytest.approx(150 / 90, rel=0.05)


def test_random_weights_change_the_map(tmp_path: Path) -> None:
    """The sanity check of Adebayo et al. 2018: a map that stays as it is when the weights are others shows an edge."""
    picture = make_picture(3, 128, 128)
    maps = []
    for seed in range(4):
        told = classifier(write_classifier(tmp_path / str(seed), seed)).score_and_place(picture)
        assert told.place is not None
        maps.append(told.place(LABELS[0]).ravel())
    agreement = [abs(float(spearmanr(maps[0], other).statistic)) for other in maps[1:]]
    assert float(np.mean(agreement)) < 0.5


def test_map_heads_of_another_network_are_damage(tiny_classifier: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_classifier, tmp_path / "copy"))
    arrays = load_file(copy / "heads.safetensors")
    fitting = {"place_weight": np.ones((3, 1, 16), np.float32), "place_bias": np.zeros((3, 1), np.float32)}
    save_file({**arrays, **fitting}, copy / "heads.safetensors")
    assert classifier(copy).score_labels(make_picture(1)) == classifier(tiny_classifier).score_labels(make_picture(1))
    for wrong in ({"place_weight": fitting["place_weight"]}, {**fitting, "place_bias": np.zeros((3, 2), np.float32)}):
        save_file({**arrays, **wrong}, copy / "heads.safetensors")
        with pytest.raises(Unavailable, match="map heads that do not fit"):
            classifier(copy).score_labels(make_picture(1))


def test_shipped_map_changes_when_the_trunk_forgets_what_it_learnt(tmp_path: Path) -> None:
    """The same of the network that ships: its last stages are drawn anew, the heads stay."""
    shipped = Path(__file__).parents[2] / "models" / "classifier"
    from overread.testing.phantoms.render import render, to_display
    from overread.testing.phantoms.sampling import sample_recipe

    picture = to_display(render(sample_recipe(200_003), 192))
    forgot = Path(shutil.copytree(shipped, tmp_path / "forgot"))
    draw = np.random.default_rng(0)
    for folder in (
        forgot,
        *(forgot / name for name in json.loads((forgot / "heads.json").read_text())["further_trunks"]),
    ):
        arrays = load_file(folder / "model.safetensors")
        for name, value in arrays.items():
            if value.ndim == 4:
                arrays[name] = (draw.normal(size=value.shape) * value.std() + value.mean()).astype(value.dtype)
        save_file(arrays, folder / "model.safetensors")
    maps = []
    for folder in (shipped, forgot):
        told = classifier(folder).score_and_place(picture)
        assert told.place is not None
        maps.append(told.place("Pleural Effusion").ravel())
    assert abs(float(spearmanr(*maps).statistic)) < 0.5
