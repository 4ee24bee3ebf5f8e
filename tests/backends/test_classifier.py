"""A network with a fixed set of labels gives what its heads make of its last map."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.needs import require

require("torch")

import torch
from safetensors.numpy import load_file, save_file
from transformers import EfficientNetModel

from overread.backends._activation import Look
from overread.backends._classifier import ClassifierBackend, Trunk
from overread.backends._loading import ModelFolder
from overread.backends.transformers import build
from overread.errors import AnswerInvalid, Unavailable
from overread.imaging.letterbox import letterbox
from overread.ports import Picture
from overread.precision import settled
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.tiny_models import IMAGE, LABELS


def classifier(folder: Path) -> ClassifierBackend:
    built = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(built, ClassifierBackend)
    return built


@pytest.fixture
def copy(tiny_classifier: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_classifier, tmp_path / "copy"))


def features_by_hand(folder: Path, canvas: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[float]:
    """Pool the last map of a canvas channel by channel, cell by cell."""
    image = torch.tensor(canvas / 255.0, dtype=torch.float32)
    image = (image - image.mean()) / max(float(image.std(unbiased=True)), 1e-3)
    model = EfficientNetModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        last = model(pixel_values=torch.stack([image] * 3)[None], output_hidden_states=True).hidden_states[-1][0]
    side = last.shape[1]
    cuts = [(side * cell // 5, -(-side * (cell + 1) // 5)) for cell in range(5)]
    cells = [plane[a:b, c:d].mean() for plane in last for a, b in cuts for c, d in cuts]
    return [float(value) for value in (*last.mean((1, 2)), *last.amax((1, 2)), *cells)]


def test_the_probability_is_that_of_a_computation_by_hand(tiny_classifier: Path) -> None:
    picture = make_picture(1, 150, 90)
    features = np.array(features_by_hand(tiny_classifier, letterbox(picture, IMAGE).pixels))
    heads = load_file(tiny_classifier / "heads.safetensors")
    told = classifier(tiny_classifier).score_labels(picture)
    assert tuple(told) == LABELS
    for label, row in zip(LABELS, (2, 1, 0), strict=True):
        logit = heads["label_weight"][row] @ features + heads["label_bias"][row]
        assert told[label] == pytest.approx(1 / (1 + np.exp(-logit)), abs=0.6e-4)
        assert told[label] == settled(told[label])


def test_a_picture_that_two_tools_ask_of_is_looked_at_once(tiny_classifier: Path) -> None:
    looked: list[ModelFolder] = []

    class Counting(Trunk):
        def __init__(self, folder: ModelFolder) -> None:
            super().__init__(folder)
            self._folder = folder

        def look(self, picture: Picture) -> Look:
            looked.append(self._folder)
            return super().look(picture)

    model = ClassifierBackend(ModelFolder("tiny", tiny_classifier, "cpu", 1, 60.0), Counting)
    told = model.score_and_place(make_picture(1))
    assert model.score_labels(make_picture(1)) == told.chances
    assert model.score_and_place(make_picture(2)).chances != told.chances
    assert len(looked) == 2


def test_brightness_and_contrast_of_the_film_do_not_matter(tiny_classifier: Path) -> None:
    model, picture = classifier(tiny_classifier), make_picture(1, 64, 64) // 4 * 2
    dark = model.score_labels(picture)
    assert model.score_labels((picture + 40).astype(np.uint8)) == pytest.approx(dark, abs=0.02)
    assert model.score_labels(make_picture(5)) != pytest.approx(dark, abs=0.02)


def test_a_black_picture_has_probabilities_too(tiny_classifier: Path) -> None:
    told = classifier(tiny_classifier).score_labels(np.zeros((40, 50), np.uint8))
    assert all(0 <= probability <= 1 for probability in told.values())


def without_array(folder: Path) -> None:
    save_file({"label_bias": np.zeros(3, np.float32)}, folder / "heads.safetensors")


def of_another_width(folder: Path) -> None:
    arrays = {"label_weight": np.zeros((3, 27), np.float32), "label_bias": np.zeros(3, np.float32)}
    save_file(arrays, folder / "heads.safetensors")


def with_fewer_rows(folder: Path) -> None:
    arrays = {"label_weight": np.zeros((2, 432), np.float32), "label_bias": np.zeros(2, np.float32)}
    save_file(arrays, folder / "heads.safetensors")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "heads.json").unlink(),
        lambda folder: (folder / "heads.json").write_text('{"labels": []}'),
        lambda folder: (folder / "heads.json").write_text('{"labels": [{"name": "Edema"}]}'),
        lambda folder: (folder / "heads.safetensors").unlink(),
        lambda folder: (folder / "heads.safetensors").write_bytes(b"short"),
        without_array,
        of_another_width,
        with_fewer_rows,
    ],
)
def test_missing_or_damaged_heads_say_what_to_do(copy: Path, damage: Callable[[Path], object]) -> None:
    damage(copy)
    with pytest.raises(Unavailable, match=r"heads of model 'copy'.*copy its folder again"):
        classifier(copy).score_labels(make_picture())


def test_a_config_without_image_size_is_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "image_size": None}))
    with pytest.raises(Unavailable, match="image_size"):
        classifier(copy)


def test_a_head_that_gives_no_number_is_an_invalid_answer(copy: Path) -> None:
    arrays = load_file(copy / "heads.safetensors")
    save_file({**arrays, "label_bias": np.full(3, np.nan, np.float32)}, copy / "heads.safetensors")
    with pytest.raises(AnswerInvalid, match="no number"):
        classifier(copy).score_labels(make_picture())


def test_heads_read_the_features_of_every_trunk_in_their_order(copy: Path) -> None:
    second = Path(shutil.copytree(copy, copy / "second", ignore=shutil.ignore_patterns("second")))
    described = json.loads((copy / "heads.json").read_text())
    (copy / "heads.json").write_text(json.dumps({**described, "further_trunks": ["second"]}))
    alone = classifier(second).score_labels(make_picture(1))
    weight = load_file(second / "heads.safetensors")["label_weight"]
    for halves in ((weight, 0 * weight), (0 * weight, weight)):
        arrays = {"label_weight": np.concatenate(halves, 1), "label_bias": np.zeros(len(weight), np.float32)}
        save_file(arrays, copy / "heads.safetensors")
        assert classifier(copy).score_labels(make_picture(1)) == pytest.approx(alone, abs=2e-5)
    assert max(abs(chance - 0.5) for chance in alone.values()) > 0.01


@pytest.mark.parametrize("names", [["../elsewhere"], ["."], [7]])
def test_a_trunk_outside_the_folder_is_refused(copy: Path, names: list[object]) -> None:
    described = json.loads((copy / "heads.json").read_text())
    (copy / "heads.json").write_text(json.dumps({**described, "further_trunks": names}))
    with pytest.raises(Unavailable, match="no names of folders"):
        classifier(copy)


def test_a_trunk_that_is_not_there_is_named(copy: Path) -> None:
    described = json.loads((copy / "heads.json").read_text())
    (copy / "heads.json").write_text(json.dumps({**described, "further_trunks": ["second"]}))
    with pytest.raises(Unavailable, match=r"second/config\.json is missing"):
        classifier(copy)
