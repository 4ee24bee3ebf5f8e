"""A model that outlines what it is prompted by stands beside the answer of `--text`, and changes none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("torch")

from overread.backends.scripted import ScriptedSegmentation
from overread.testing.doubles import make_picture
from overread.testing.tiny_families import clipseg, sam

TERMS = ("--licence", "MIT", "--licence-url", "https://spdx.org/licenses/MIT")
PROFILE = """describe: The doubles, and one model that outlines.
tools: [segmentation, classification]
roles:
  segmentation: {backend: scripted, model: segmentation}
  classification: {backend: scripted, model: embedding}
"""
OUTLINE = "  outline: {backend: transformers, model: mine}\n"
WRITE = {"clipseg": clipseg.write, "sam": sam.write}


@pytest.fixture(params=["clipseg", "sam"])
def option(request: pytest.FixtureRequest, overread, home: Path, tmp_path: Path) -> tuple[str, ...]:
    """Add a tiny model, and name it in the profile `own`; `plain` is the same without it."""
    WRITE[request.param](tmp_path / request.param)
    said = overread("models", "add", "mine", tmp_path / request.param, *TERMS)
    assert said.code == 0, said.err
    assert "outline: {backend: transformers, model: mine}" in said.out
    (tmp_path / "own.yaml").write_text(PROFILE + OUTLINE)
    (tmp_path / "plain.yaml").write_text(PROFILE)
    return ("-c", f"profiles_dir={tmp_path}", "tool", "segmentation")


def test_an_outline_stands_beside_the_answer_and_changes_nothing_of_it(
    overread, option: tuple[str, ...], phantom: Path, tmp_path: Path
) -> None:
    asked = ("--text", "the heart", "--json")
    plain = overread(*option, phantom, *asked, "--profile", "plain").json["grounding"]
    said = overread(*option, phantom, *asked, "--profile", "own", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    told = said.json["grounding"]
    assert (told["status"], told["reason"], told["region"]) == (plain["status"], plain["reason"], plain["region"])
    assert plain["outline"] is None
    assert (told["outline"]["model"], told["outline"]["worth"]) == ("mine", "unmeasured")
    with Image.open(told["outline"]["mask"]) as drawn:
        assert drawn.size == (256, 256)
        assert 0 < (np.asarray(drawn) > 0).sum() == told["outline"]["area_pixels"]
    said = overread(*option, phantom, "--text", "the heart", "--profile", "own")
    assert said.code == 0, said.err
    lines = said.out
    assert "outlined by mine (unmeasured; it changes nothing)" in lines


@pytest.mark.parametrize("words", ["no effusion", "the left kidney"])
def test_words_that_are_not_understood_are_given_to_no_model(
    overread, option: tuple[str, ...], phantom: Path, words: str
) -> None:
    told = overread(*option, phantom, "--text", words, "--profile", "own", "--json").json["grounding"]
    assert (told["status"], told["outline"], told["outline_withheld"]) == ("not_understood", None, None)


def test_measured_on_true_masks_it_says_what_it_is_worth_for_that_organ(
    overread, option: tuple[str, ...], phantom: Path, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    films.mkdir()
    picture = make_picture(rows=96, columns=96)
    Image.fromarray(picture).save(films / "a.png")
    maps = ScriptedSegmentation().segment(picture)
    lungs = np.maximum(maps["left_lung"], maps["right_lung"]) > 0.5
    Image.fromarray((lungs * 255).astype(np.uint8)).save(films / "lungs.png")
    (films / "manifest.csv").write_text("path,patient_id,mask_path\na.png,p1,lungs.png\n")
    said = overread("models", "measure", "mine", "--data", films)
    assert said.code == 0, said.err
    page = (tmp_path / "home" / "catalogue" / "mine" / "README.md").read_text()
    assert "| lungs, prompted by " in page
    for words, worth in (("both lungs", "Dice"), ("the left lung", "unmeasured"), ("upper zones", "unmeasured")):
        told = overread(*option, phantom, "--text", words, "--profile", "own", "--json").json["grounding"]
        assert told["outline"]["worth"].startswith(worth)


def test_films_without_masks_are_refused(overread, option: tuple[str, ...], tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    Image.fromarray(make_picture(rows=96, columns=96)).save(films / "a.png")
    (films / "manifest.csv").write_text("path,patient_id,Edema\na.png,p1,1\n")
    said = overread("models", "measure", "mine", "--data", films)
    assert said.code == 2
    assert "no mask of any film" in said.err
