"""Boxes of a VLM: asked for where they were measured to be right, and brought to the pixels of the picture."""

import json
from pathlib import Path

import numpy as np
import pytest

from overread.backends.scripted import ScriptedChat
from overread.ports import BackendCard
from overread.reasoning.questions import ask_about
from overread.records import Region
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools import vqa
from overread.tools._boxes import box_question, placed_labels, region_of

EDEMA, EFFUSION = "Edema", "Pleural Effusion"


class Placing(ScriptedChat):
    """A scripted model with a folder, whose card holds measured boxes."""

    def __init__(self, folder: Path, box: str) -> None:
        super().__init__({"box of the": {"answer": box}, "": {"answer": "yes"}})
        self.card = BackendCard("scripted", str(folder), "0" * 64, "chat")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    boxes = {EFFUSION: {"value": 0.8, "low": 0.7, "n": 24}, EDEMA: {"value": 0.9, "low": 0.8, "n": 24}}
    blind = {EFFUSION: {"value": 0.2, "high": 0.3, "n": 24}, EDEMA: {"value": 0.85, "high": 0.95, "n": 24}}
    figure = {"auroc": 0.9, "positive": 20, "negative": 20}
    card = {
        "results": {"grounding": {"phantom": boxes, "phantom, shuffled images": blind}},
        "trust": {"vqa": dict.fromkeys((EFFUSION, EDEMA), figure)},
    }
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "card.json").write_text(json.dumps(card))
    return tmp_path


def regions(model: ScriptedChat, *, synthetic: bool) -> dict[str | None, Region | None]:
    picture = make_picture()
    study = make_study(pictures=(picture,)).model_copy(update={"synthetic": synthetic})
    work = make_work(picture, study=study, questions=(ask_about(EFFUSION), ask_about(EDEMA)))
    evidence = vqa.build(make_parts(vqa=model)).run(work)
    return {getattr(item.payload, "label", None): item.locator.region for item in evidence}


def test_a_box_is_asked_for_only_where_boxes_were_measured(folder: Path) -> None:
    assert placed_labels(Placing(folder, "").card, synthetic=True) == {EFFUSION}
    found = regions(Placing(folder, "00 00 99 99"), synthetic=True)
    assert found[EFFUSION] is not None
    assert found[EDEMA] is None
    assert set(regions(Placing(folder, "00 00 99 99"), synthetic=False).values()) == {None}


@pytest.mark.parametrize("said", ["none", "50 50 40 40", "50 50 50 90"])
def test_what_is_no_box_places_nothing(folder: Path, said: str) -> None:
    assert regions(Placing(folder, said), synthetic=True)[EFFUSION] is None


def test_edges_are_those_of_the_picture_and_not_of_the_canvas() -> None:
    tall = np.tile(np.arange(100, dtype=np.uint8), (200, 1))
    assert region_of("24 00 75 99", tall) == Region(x=0, y=0, width=100, height=200)
    middle = region_of("50 50 99 99", tall)
    assert middle is not None
    assert (middle.x, middle.y) == (pytest.approx(51, abs=1), pytest.approx(101, abs=1))
    assert (middle.x + middle.width, middle.y + middle.height) == (100, 200)


def test_the_question_is_the_one_that_was_taught() -> None:
    assert box_question(EFFUSION) == "Give the box of the pleural effusion."
