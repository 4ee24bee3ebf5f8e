"""A network's map is kept small, as evidence beside the score, for what it does not call absent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from overread.backends.scripted import ScriptedEmbedding, ScriptedLabels
from overread.ports import Picture, PlacedScores, ToolInput
from overread.records import Activation, Evidence
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools._activation_map import SIDE, shrunk
from overread.tools.classification import build
from tests.tools.test_places import GOOD, SHAPE, blob, write

PLACING: Mapping[str, Any] = {"by": "class activation", "sided": True, "film": GOOD}


class Placing(ScriptedLabels):
    """Sees Edema low on the picture's left, and the heart nowhere."""

    def score_and_place(self, picture: Picture) -> PlacedScores:
        def place(label: str) -> np.ndarray[Any, Any]:
            return blob((45, 8, 1.0)) if label == "Edema" else np.zeros((60, 40), np.float32)

        return PlacedScores(self.score_labels(picture), place)


def maps(folder: Path, chances: Mapping[str, float], *, synthetic: bool = False) -> tuple[list[Evidence], ToolInput]:
    model = Placing(chances)
    model.card = write(folder, PLACING)
    picture = make_picture(1, *SHAPE)
    work = make_work(picture, study=make_study(pictures=(picture,)).model_copy(update={"synthetic": synthetic}))
    found = build(make_parts(classification=ScriptedEmbedding(), classifier=model)).run(work)
    return [item for item in found if isinstance(item.payload, Activation)], work


def test_the_map_of_a_label_that_is_present_is_kept_with_how_it_was_made_and_how_often_it_is_right(
    tmp_path: Path,
) -> None:
    (item,), work = maps(tmp_path / "net", {"Edema": 0.6, "Cardiomegaly": 0.3})
    assert isinstance(item.payload, Activation)
    assert item.payload.label == "Edema"
    assert item.provenance.parameters == {"placed_by": "class activation", "placed_right": 0.9}
    kept = work.artifacts.get_png(item.payload.png)
    assert max(kept.shape) == SIDE
    assert kept.max() == 255
    row, column = np.unravel_index(kept.argmax(), kept.shape)
    assert row > kept.shape[0] / 2
    assert column < kept.shape[1] / 2


def test_where_placing_was_not_measured_the_map_is_kept_without_a_share_that_was_right(tmp_path: Path) -> None:
    (item,), _ = maps(tmp_path / "net", {"Edema": 0.6, "Cardiomegaly": 0.3}, synthetic=True)
    assert item.provenance.parameters == {"placed_by": "class activation"}


def test_what_is_called_absent_and_what_is_seen_nowhere_has_no_map(tmp_path: Path) -> None:
    assert maps(tmp_path / "net", {"Edema": 0.3, "Cardiomegaly": 0.9})[0] == []


def test_a_map_keeps_its_proportions_and_one_of_nothing_is_none() -> None:
    found = shrunk(np.ones((480, 320), np.float32) * 3)
    assert found is not None
    assert found.shape == (48, 32)
    assert set(found.ravel()) == {255}
    assert shrunk(np.zeros((5, 4), np.float32)) is None
    single = shrunk(np.full((1, 1), 0.2, np.float32))
    assert single is not None
    assert single.tolist() == [[255]]
