"""Words are understood before any model runs, and each phrase runs only the models that it needs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overread.backends.scripted import ScriptedSegmentation
from overread.composition import open_room
from overread.grounding import Grounded, ground
from overread.ports import Tool
from overread.referring_words import FindingWords, NotUnderstood, OrganWords, understood
from overread.settings import load_settings
from overread.standalone import admit
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.parts import make_parts
from overread.testing.doubles.payloads import make_score
from overread.testing.phantoms import render, sample_recipe, to_dicom
from overread.tools.segmentation import STRUCTURES, build

Ask = Callable[[str], Grounded]


@pytest.mark.parametrize(
    "words",
    [
        "", " ", "the", "hello", "left", "upper", "the left kidney", "upper heart", "left heart", "левое lung",
        "lung 2", "left upper zone and heart", "left upper zone and right lower zone", "left middle lobe",
        "no pneumothorax", "possible effusion", "effusion and pneumothorax", "clear lungs",
        "pneumothorax in the heart", "lung " * 60,
    ],
)  # fmt: skip
def test_words_that_refer_to_nothing_known_are_not_understood(words: str) -> None:
    assert isinstance(understood(words, STRUCTURES), NotUnderstood)


def test_words_of_an_organ_and_of_a_finding_are_told_apart() -> None:
    assert understood("the patient's left lung", STRUCTURES) == OrganWords("the patient's left lung", None, sided=True)
    assert understood("Right upper zone", STRUCTURES) == OrganWords("Right upper zone lung", "upper", sided=True)
    assert understood("cardiac silhouette", STRUCTURES) == OrganWords("cardiac silhouette", None, sided=False)
    effusion = FindingWords("Pleural Effusion", frozenset({"left"}), frozenset())
    assert understood("effusion on the left", STRUCTURES) == effusion
    # A segmenter that outlines no heart cannot be asked for one.
    assert isinstance(understood("heart", ("left_lung", "right_lung")), NotUnderstood)


@pytest.fixture
def segmenter() -> ScriptedSegmentation:
    return ScriptedSegmentation()


@pytest.fixture
def classifier() -> ScriptedTool:
    return ScriptedTool("classification", (make_score("Pleural Effusion", 0.1), make_score("Pneumothorax", 0.9)))


@pytest.fixture
def ask(tmp_path: Path, segmenter: ScriptedSegmentation, classifier: ScriptedTool) -> Iterator[Ask]:
    film = tmp_path / "film.dcm"
    to_dicom(render(sample_recipe(3, view="PA"), 128)).save_as(film, enforce_file_format=True)
    tools = {"segmentation": build(make_parts(segmentation=segmenter)), "classification": classifier}
    with open_room(load_settings(home=tmp_path / "home", profile="scripted"), tools=tools) as room:
        admitted = admit(room, [film], gated=True)
        yield lambda words: ground(room, admitted, words)


@pytest.mark.parametrize("words", ["hello", "the left kidney", "no effusion", ""])
def test_words_that_are_not_understood_run_no_model(
    ask: Ask, segmenter: ScriptedSegmentation, classifier: ScriptedTool, words: str
) -> None:
    assert ask(words).status == "not_understood"
    assert (segmenter.turns.taken, classifier.runs) == (0, 0)


def test_an_organ_runs_the_segmenter_alone(ask: Ask, segmenter: ScriptedSegmentation, classifier: ScriptedTool) -> None:
    found = ask("left lung")
    assert found.status == "mask"
    assert found.mask is not None
    # The patient's left is on the right of the picture.
    assert not found.mask[:, :64].any()
    assert found.mask[:, 64:].any()
    assert segmenter.turns.taken > 0
    assert classifier.runs == 0


@pytest.mark.parametrize(
    ("words", "status"), [("effusion on the left", "not_present"), ("pneumothorax on the left", "not_placed")]
)
def test_a_finding_without_a_place_runs_the_classifier_alone(
    ask: Ask, segmenter: ScriptedSegmentation, classifier: ScriptedTool, words: str, status: str
) -> None:
    assert ask(words).status == status
    assert (segmenter.turns.taken, classifier.runs) == (0, 1)


def test_a_classifier_that_fails_is_told_as_a_failure(tmp_path: Path, segmenter: ScriptedSegmentation) -> None:
    film = tmp_path / "film.dcm"
    to_dicom(render(sample_recipe(3, view="PA"), 128)).save_as(film, enforce_file_format=True)
    tools: dict[str, Tool] = {"classification": ScriptedTool("classification", fault=Fault("unavailable"))}
    with open_room(load_settings(home=tmp_path / "home", profile="scripted"), tools=tools) as room:
        admitted = admit(room, [film], gated=True)
        assert ground(room, admitted, "effusion").failures == ("unavailable",)
        # Without a segmenter no organ is known.
        assert ground(room, admitted, "left lung").status == "not_understood"
    assert segmenter.turns.taken == 0
