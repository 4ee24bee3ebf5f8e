"""Zones are told by the lungs' boxes, in the patient's left and right; what does not fit one zone has none."""

from collections.abc import Mapping

import pytest

from overread.reasoning.zones import Side, Zone, side_of, zone_of
from overread.records import Region
from overread.settings import ModelSpec, Settings
from overread.testing.phantoms import PlacedFinding, render, sample_recipe, to_display
from overread.tools._masks import bounding_box, organ_mask
from tests.needs import require

LUNGS: Mapping[Side, Region] = {
    "right": Region(x=100, y=100, width=200, height=600),
    "left": Region(x=500, y=100, width=200, height=600),
}
HEART = Region(x=330, y=400, width=270, height=260)


def at(x: int, y: int, width: int = 60, height: int = 60) -> Region:
    """Give a region around a point."""
    return Region(x=x - width // 2, y=y - height // 2, width=width, height=height)


@pytest.mark.parametrize(
    ("region", "phrase"),
    [
        (at(200, 180), "right upper zone"),
        (at(200, 60), "right upper zone"),  # above the apex, in the neck's soft tissue
        (at(200, 400), "right mid zone"),
        (at(260, 600), "right lower zone"),
        (at(140, 650), "right costophrenic angle"),
        (at(660, 650), "left costophrenic angle"),
        (at(540, 600), "left retrocardiac region"),
        (at(650, 540), "left lower zone"),
        (at(600, 740), "left lower zone"),  # below the dome
        (at(200, 260, 60, 120), "right upper zone"),  # into two zones: that which holds more
        (at(200, 290, 60, 120), "right mid zone"),
    ],
)
def test_a_region_is_named_as_a_report_names_it(region: Region, phrase: str) -> None:
    zone = zone_of(region, LUNGS, HEART)
    assert zone is not None
    assert zone.phrase == phrase


@pytest.mark.parametrize(
    "region",
    [
        at(400, 400, 300, 60),  # over the midline
        at(400, 600, 600, 200),  # both bases
        at(200, 400, 150, 580),  # a whole lung
        at(200, 1000),  # the abdomen
        at(20, 400, 20, 60),  # beside the chest
    ],
)
def test_what_lies_in_no_single_zone_has_none(region: Region) -> None:
    assert zone_of(region, LUNGS, HEART) is None


def test_without_both_lungs_there_is_neither_side_nor_zone() -> None:
    for side in LUNGS:
        alone: Mapping[Side, Region] = {side: LUNGS[side]}
        assert side_of(at(200, 180), alone) is None
        assert zone_of(at(200, 180), alone) is None
    same: Mapping[Side, Region] = {"left": LUNGS["left"], "right": LUNGS["left"]}
    assert zone_of(at(600, 180), same) is None


def test_sides_are_read_off_the_lungs_and_not_off_the_picture() -> None:
    mirrored: Mapping[Side, Region] = {"right": LUNGS["left"], "left": LUNGS["right"]}
    assert zone_of(at(200, 180), LUNGS) == Zone("right", "upper")
    assert zone_of(at(200, 180), mirrored) == Zone("left", "upper")
    assert zone_of(at(140, 650), mirrored) == Zone("left", "costophrenic")


def test_only_a_heart_that_was_found_hides_anything_and_only_on_the_left() -> None:
    assert zone_of(at(540, 600), LUNGS) == Zone("left", "lower")
    assert zone_of(at(350, 600, 40), LUNGS, HEART) == Zone("right", "lower")


def test_a_region_that_just_touches_the_midline_keeps_its_side() -> None:
    assert side_of(Region(x=200, y=300, width=210, height=50), LUNGS) == "right"
    assert side_of(Region(x=200, y=300, width=260, height=50), LUNGS) is None
    assert side_of(Region(x=390, y=300, width=210, height=50), LUNGS) == "left"


@pytest.mark.parametrize(("side", "zone"), [("right", "upper"), ("left", "mid"), ("right", "lower"), ("left", "upper")])
def test_a_phantoms_lesion_is_in_its_zone_of_the_lungs_that_the_segmenter_sees(side: Side, zone: str) -> None:
    require("torch")
    from overread.backends._segmenter import SegmenterBackend
    from overread.backends.transformers import build

    lesion = PlacedFinding.model_validate(
        {"label": "Lung Lesion", "laterality": side, "zone": zone, "severity": "moderate"}
    )
    phantom = render(sample_recipe(200_001, findings=(lesion,), view="PA", supine=False), 256)
    segmenter = build(ModelSpec(backend="transformers", model="segmenter"), Settings(torch_threads=1))
    assert isinstance(segmenter, SegmenterBackend)
    maps = segmenter.segment(to_display(phantom))
    boxes = {name: bounding_box(organ_mask(maps[name], 0.5)) for name in ("left_lung", "right_lung", "heart")}
    left, right, heart = boxes["left_lung"], boxes["right_lung"], boxes["heart"]
    seen = bounding_box(phantom.masks[lesion.key])
    assert left is not None
    assert right is not None
    assert seen is not None
    assert zone_of(seen, {"left": left, "right": right}, heart) == Zone(side, zone)  # type: ignore[arg-type]
