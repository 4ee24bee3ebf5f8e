"""A positive score says where, only where that was measured to be right, and never on a wrong side."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from overread.backends.scripted import ScriptedEmbedding, ScriptedLabels
from overread.ports import BackendCard, Picture, PlacedScores
from overread.records import Evidence, Region, Score
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools._places import Map, placing_of, region_of
from overread.tools._placing import PlacingTool
from overread.tools.classification import build

GOOD = {"hit": 0.9, "low": 0.8, "high": 0.95, "count": 40, "baseline": 0.2, "iou": 0.5, "side": 0.95, "sides": 30}
SHAPE = (600, 400)


def blob(*places: tuple[int, int, float], rows: int = 60, columns: int = 40) -> Map:
    """Give a map with a small peak of some height at each (row, column, height)."""
    y, x = np.mgrid[:rows, :columns]
    found = np.zeros((rows, columns), np.float32)
    for row, column, height in places:
        found = np.maximum(found, height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 18)).astype(np.float32)
    return found


def test_the_region_lies_around_the_peak_in_pixels_of_the_picture() -> None:
    region = region_of(blob((45, 8, 1.0)), SHAPE)
    assert region is not None
    assert region.x + region.width / 2 == pytest.approx(85, abs=6)
    assert region.y + region.height / 2 == pytest.approx(455, abs=6)
    assert 60 <= region.width <= 140


def test_a_region_stays_inside_the_picture() -> None:
    assert region_of(np.ones((60, 40), np.float32), SHAPE) == Region(x=0, y=0, width=400, height=600)
    corner = region_of(blob((59, 39, 1.0)), (7, 5))
    assert corner is not None
    assert (corner.x + corner.width, corner.y + corner.height) == (5, 7)


def test_a_map_of_nothing_has_no_region() -> None:
    assert region_of(np.zeros((60, 40), np.float32), SHAPE) is None


def test_places_on_both_sides_have_no_region_that_would_tell_one() -> None:
    assert region_of(blob((45, 6, 1.0), (45, 34, 0.9)), SHAPE) is None
    assert region_of(blob((45, 6, 1.0), (45, 34, 0.1)), SHAPE) is not None
    assert region_of(blob((45, 6, 1.0), (45, 34, 0.9)), SHAPE, sided=False) is not None
    second_on_the_same_side = region_of(blob((45, 6, 1.0), (10, 6, 0.9)), SHAPE)
    assert second_on_the_same_side is not None
    assert second_on_the_same_side.y > 300


def test_placing_counts_when_it_was_surely_better_than_the_middle_of_a_lung_and_on_the_right_side() -> None:
    def holds(**changed: Any) -> bool:
        placing = placing_of({"placing": {"by": "class activation", "sided": True, "film": {**GOOD, **changed}}})
        assert placing is not None
        assert placing.hit(synthetic=True) is None
        return placing.hit(synthetic=False) is not None

    assert holds()
    assert holds(side=None)  # a large heart has none
    assert not holds(low=0.19)
    assert not holds(side=0.84)
    assert not holds(side=1.0, sides=9)
    assert not holds(count=9)
    assert placing_of({"name": "Edema"}) is None


class PlacingLabels(ScriptedLabels):
    """Sees every label low on the picture's left."""

    def score_and_place(self, picture: Picture) -> PlacedScores:
        return PlacedScores(self.score_labels(picture), lambda _label: blob((45, 8, 1.0)))


def write(folder: Path, placing: Mapping[str, Any]) -> BackendCard:
    labels = ("Edema", "Cardiomegaly")
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    heads = [
        {"name": label, "row": row, "threshold": 0.4, "abstain": None, "placing": placing}
        for row, label in enumerate(labels)
    ]
    (folder / "heads.json").write_text(json.dumps({"schema": 1, "labels": heads}))
    arrays = {"label_weight": np.zeros((2, 27), np.float32), "label_bias": np.zeros(2, np.float32)}
    save_file(arrays, folder / "heads.safetensors")
    figures = {label: {"auroc": 0.9, "positive": 20, "negative": 20} for label in labels}
    table = {"classification.network": figures}
    (folder / "card.json").write_text(json.dumps({"trust": table, "trust_phantom": table}))
    return BackendCard("scripted", str(folder), "weights", "labels")


def scores(model: ScriptedLabels, *, synthetic: bool) -> dict[str, Evidence]:
    picture = make_picture(1, *SHAPE)
    study = make_study(pictures=(picture,)).model_copy(update={"synthetic": synthetic})
    built = build(make_parts(classification=ScriptedEmbedding(), classifier=model))
    evidence = built.run(make_work(picture, study=study))
    return {item.payload.label: item for item in evidence if isinstance(item.payload, Score)}


def test_a_positive_score_carries_its_region_and_how_it_was_placed(tmp_path: Path) -> None:
    model = PlacingLabels({"Edema": 0.6, "Cardiomegaly": 0.3})
    model.card = write(tmp_path / "net", {"by": "class activation", "sided": True, "film": GOOD})
    found = scores(model, synthetic=False)
    region = found["Edema"].locator.region
    assert region is not None
    assert region.x < 100 < region.y
    assert found["Edema"].provenance.parameters["placed_by"] == "class activation"
    assert found["Cardiomegaly"].locator.region is None
    assert "placed_by" not in found["Cardiomegaly"].provenance.parameters


def test_no_place_is_given_on_a_kind_of_study_where_none_was_measured(tmp_path: Path) -> None:
    model = PlacingLabels({"Edema": 0.6, "Cardiomegaly": 0.9})
    model.card = write(tmp_path / "net", {"by": "class activation", "sided": True, "film": GOOD})
    assert [item.locator.region for item in scores(model, synthetic=True).values()] == [None, None]


def test_a_network_that_does_not_place_scores_as_ever(tmp_path: Path) -> None:
    model = ScriptedLabels({"Edema": 0.6, "Cardiomegaly": 0.9})
    model.card = write(tmp_path / "net", {"by": "class activation", "sided": True, "film": GOOD})
    found = scores(model, synthetic=False)
    assert set(found) == {"Edema", "Cardiomegaly"}
    assert all(item.locator.region is None for item in found.values())


@pytest.mark.parametrize(
    ("label", "chance", "synthetic", "placed"),
    [
        ("Edema", 0.6, False, True),
        ("Edema", 0.3, False, False),
        ("Edema", 0.6, True, False),
        ("Pleural Effusion", 0.6, False, False),
    ],
)
def test_a_label_of_another_model_is_placed_where_it_is_called_and_was_measured(
    tmp_path: Path, label: str, chance: float, synthetic: bool, placed: bool
) -> None:
    model = PlacingLabels({"Edema": chance, "Cardiomegaly": 0.3})
    model.card = write(tmp_path / "net", {"by": "class activation", "sided": True, "film": GOOD})
    picture = make_picture(1, *SHAPE)
    study = make_study(pictures=(picture,)).model_copy(update={"synthetic": synthetic})
    evidence = PlacingTool(make_parts(classifier=model), label).run(make_work(picture, study=study))
    assert [item.locator.region is not None for item in evidence] == [True] * placed


def test_nothing_is_placed_where_the_profile_names_no_network() -> None:
    picture = make_picture(1, *SHAPE)
    tool = PlacingTool(make_parts(classification=ScriptedEmbedding()), "Edema")
    assert tool.run(make_work(picture, study=make_study(pictures=(picture,)))) == []
    assert tool.card.model is None
