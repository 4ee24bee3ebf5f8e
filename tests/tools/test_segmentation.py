"""Masks come as the image is shown, and nothing is measured on masks that cannot be a chest."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overread.backends.scripted import ScriptedSegmentation, Turns
from overread.errors import Unavailable
from overread.ports import BackendCard, ToolInput
from overread.records import Evidence, Hanging, Mask, Measurement, Spacing
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools._mask_quality import MaskQuality, certainty_of, quality_beside
from overread.tools._masks import organ_mask
from overread.tools.segmentation import build

Maps = dict[str, NDArray[np.float32]]
SPACING = Spacing(row_mm=2.0, column_mm=1.0, source="PixelSpacing", calibrated=True)


def boxes(**places: tuple[int, int, int, int]) -> Maps:
    """Draw rectangles (x, y, width, height) on a 100 x 100 map."""
    maps = {}
    for name, (x, y, width, height) in places.items():
        plane = np.zeros((100, 100), np.float32)
        plane[y : y + height, x : x + width] = 0.9
        maps[name] = plane
    return maps


CHEST = boxes(right_lung=(10, 10, 30, 60), left_lung=(60, 10, 30, 60), heart=(35, 50, 40, 25))


LYING = {"lung_height_to_width", "lung_base_at_edge", "lung_apex_at_edge"}


def run(maps: Maps | None, work: ToolInput | None = None) -> list[Evidence]:
    tool = build(make_parts(segmentation=ScriptedSegmentation(maps)))
    return list(tool.run(work or make_work(make_picture(1, 100, 100))))


def measurements(evidence: list[Evidence]) -> dict[str, Measurement]:
    return {item.payload.name: item.payload for item in evidence if isinstance(item.payload, Measurement)}


def masks(evidence: list[Evidence]) -> dict[str, Mask]:
    return {item.payload.structure: item.payload for item in evidence if isinstance(item.payload, Mask)}


def test_masks_have_the_size_of_the_image_as_shown_and_are_0_or_255() -> None:
    work = make_work(make_picture(1, 240, 180))
    evidence = run(None, work)
    assert set(masks(evidence)) == {"right_lung", "left_lung", "heart"}
    for mask in masks(evidence).values():
        png = work.artifacts.get_png(mask.png)
        assert png.shape == (240, 180)
        assert set(np.unique(png)) == {0, 255}
        assert int((png == 255).sum()) == mask.area_pixels


def test_a_mask_points_at_its_bounding_box() -> None:
    heart = next(item for item in run(CHEST) if isinstance(item.payload, Mask) and item.payload.structure == "heart")
    region = heart.locator.region
    assert region is not None
    assert (region.x, region.y, region.width, region.height) == (35, 50, 40, 25)


def test_the_cardiothoracic_ratio_is_the_widest_heart_over_the_widest_thorax() -> None:
    ratio = measurements(run(CHEST))["cardiothoracic_ratio"]
    assert ratio.value == pytest.approx(40 / 80)
    assert ratio.unit == "1"
    assert "Danzer" in ratio.method


def test_areas_need_calibrated_spacing() -> None:
    picture = make_picture(1, 100, 100)
    calibrated = measurements(run(CHEST, make_work(picture, spacing=SPACING)))
    assert calibrated["right_lung_area"].value == pytest.approx(30 * 60 * 2.0 * 1.0 / 100)
    assert calibrated["right_lung_area"].unit == "cm2"
    imager = Spacing(row_mm=2.0, column_mm=1.0, source="ImagerPixelSpacing", calibrated=False)
    for spacing in (None, imager):
        measured = measurements(run(CHEST, make_work(picture, spacing=spacing)))
        assert set(measured) == {"cardiothoracic_ratio", "left_right_lung_area_ratio", *LYING}
        assert measured["left_right_lung_area_ratio"].value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"heart": (0, 0, 0, 0)}, "the heart was not found"),
        ({"heart": (45, 60, 3, 3)}, "only a fragment"),
        ({"heart": (5, 60, 25, 25)}, "not between the lungs"),
        ({"heart": (30, 50, 22, 25)}, "touches only one lung"),
        ({"left_lung": (60, 10, 5, 5)}, "lung mask is only a fragment"),
        ({"left_lung": (0, 0, 0, 0)}, "a lung was not found"),
        ({"right_lung": (60, 10, 30, 60), "left_lung": (10, 10, 30, 60)}, "wrong sides"),
        ({"heart": (11, 50, 79, 25)}, "implausible"),
        ({"heart": (37, 50, 25, 25)}, "implausible"),
    ],
)
def test_no_ratio_on_masks_that_cannot_be_a_chest(changes: dict[str, tuple[int, int, int, int]], why: str) -> None:
    evidence = run({**CHEST, **boxes(**changes)})
    assert "cardiothoracic_ratio" not in measurements(evidence)
    assert why in str(evidence[0].provenance.parameters["ratio_withheld"])


def test_a_blank_map_gives_no_mask_and_no_figure() -> None:
    empty = boxes(right_lung=(0, 0, 0, 0), left_lung=(0, 0, 0, 0), heart=(0, 0, 0, 0))
    assert run(empty) == []


def test_only_the_largest_part_counts_and_its_holes_are_filled() -> None:
    plane = np.zeros((50, 50), np.float32)
    plane[5:30, 5:30] = 1
    plane[10:12, 10:12] = 0
    plane[40:44, 40:44] = 1
    mask = organ_mask(plane, 0.5)
    assert mask.sum() == 25 * 25
    assert not mask[41, 41]


def test_certainty_does_not_grow_with_the_empty_part_of_the_picture() -> None:
    small, large = np.zeros((50, 50), np.float32), np.zeros((500, 500), np.float32)
    small[:5, :5] = large[:5, :5] = 0.8
    assert certainty_of(small) == pytest.approx(certainty_of(large))
    assert certainty_of(np.zeros((5, 5), np.float32)) is None
    assert MaskQuality({"heart": (0.2, 0.5)}).of("heart", small) == pytest.approx(0.2 + 0.5 * 0.6)
    assert MaskQuality().of("heart", small) is None


def test_the_quality_line_is_read_beside_the_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    card = BackendCard("transformers", str(tmp_path), "", "segmentation")
    assert quality_beside(card).lines == {}
    line = {"intercept": 0.1, "slope": 0.9}
    (tmp_path / "quality.json").write_text(json.dumps({"schema": 1, "channels": {"heart": line}, "low": 0.85}))
    assert quality_beside(card).lines == {"heart": (0.1, 0.9)}


def test_an_unreachable_model_stays_recognisable() -> None:
    tool = build(make_parts(segmentation=ScriptedSegmentation(turns=Turns(fault="unavailable"))))
    with pytest.raises(Unavailable):
        tool.run(make_work())


def test_other_modalities_and_lateral_views_are_refused() -> None:
    tool = build(make_parts())
    wrong, lateral = tool.accepts(make_study(modality="CT")), tool.accepts(make_study(views=("LATERAL",)))
    assert wrong is not None
    assert wrong.reason == "wrong_modality"
    assert lateral is not None
    assert lateral.reason == "no_frontal_view"


def test_lungs_whose_sides_cannot_be_told_are_one_structure() -> None:
    picture = make_picture(1, 100, 100)
    study = make_study(pictures=(picture,), spacing=SPACING, hanging=Hanging(sides="withheld"))
    work = make_work(picture, study=study)
    evidence = run(CHEST, work)
    assert set(masks(evidence)) == {"lungs", "heart"}
    assert masks(evidence)["lungs"].area_pixels == 2 * 30 * 60
    assert set(measurements(evidence)) == {"cardiothoracic_ratio", "lungs_area", *LYING}
    assert measurements(evidence)["lungs_area"].value == pytest.approx(2 * 30 * 60 * 2.0 / 100)
    uncalibrated = work.study.images[0].model_copy(update={"spacing": None})
    assert set(measurements(run(CHEST, replace(work, image=uncalibrated)))) == {"cardiothoracic_ratio", *LYING}
