"""Lungs of a CT are outlined slice by slice, and measured only where the whole lung is there."""

import numpy as np
import pytest

from overread.errors import ToolError
from overread.ports import ToolInput
from overread.records import Evidence, Mask, Measurement
from overread.testing.conformance import check_tool
from overread.testing.doubles import make_work
from overread.testing.doubles.ct import SMALL, make_ct_work
from overread.testing.doubles.parts import make_parts
from overread.testing.phantoms.ct import CtRecipe, truth
from overread.tools._ct_grid import Grid
from overread.tools._ct_lungs import LEFT, RIGHT, territories
from overread.tools.lung_volumes import build

FINE = CtRecipe(number=11, rows=128, columns=128, pixel_mm=(3.0, 3.0), distance_mm=5.0)


def run(recipe: CtRecipe = SMALL) -> tuple[ToolInput, list[Evidence]]:
    work = make_ct_work(recipe)
    return work, list(build(make_parts()).run(work))


def figures(evidence: list[Evidence]) -> dict[str, float]:
    return {item.payload.name: item.payload.value for item in evidence if isinstance(item.payload, Measurement)}


def varied(**changes: object) -> CtRecipe:
    return FINE.model_copy(update=changes)


@pytest.mark.parametrize(
    ("recipe", "within"),
    [
        (FINE, 0.01),
        (varied(noise_hu=40.0), 0.01),
        (varied(turn_degrees=15.0, low_mm=-200.0, high_mm=200.0), 0.01),
        (varied(pixel_mm=(2.8, 3.4), distance_mm=8.0), 0.01),
        (varied(nodule_mm=12.0, emphysema_mm=25.0), 0.01),
        (varied(joined=True), 0.015),
        (varied(effusion=0.25), 0.03),
        (varied(scale=0.8, lung_hu=-780.0), 0.02),
    ],
    ids=["plain", "noise", "oblique", "anisotropic", "nodule", "joined", "effusion", "small"],
)
def test_volumes_are_those_of_the_phantom(recipe: CtRecipe, within: float) -> None:
    _, evidence = run(recipe)
    measured, known = figures(evidence), truth(recipe)
    assert measured["right_lung_volume"] == pytest.approx(known.right_lung_ml, rel=within)
    assert measured["left_lung_volume"] == pytest.approx(known.left_lung_ml, rel=within)
    assert measured["right_lung_mean_density"] == pytest.approx(recipe.lung_hu, abs=8)


def test_each_mask_lies_on_its_own_slice_and_right_is_at_the_left() -> None:
    work, evidence = run()
    masks = [item for item in evidence if isinstance(item.payload, Mask)]
    places = {(item.locator, item.payload.structure) for item in masks if isinstance(item.payload, Mask)}
    assert len(places) == len(masks) > 40
    middle = {
        item.payload.structure: work.artifacts.get_png(item.payload.png)
        for item in masks
        if isinstance(item.payload, Mask) and item.locator.sop_instance_uid == work.image.sop_instance_uid
    }
    centres = {name: float(np.nonzero(mask)[1].mean()) for name, mask in middle.items()}
    assert centres["right_lung"] < 32 < centres["left_lung"]


def test_the_windpipe_and_the_stomach_are_no_lung() -> None:
    work, evidence = run(FINE)
    top = max(work.study.images, key=lambda image: image.slice.position[2] if image.slice else 0)
    low = min(work.study.images, key=lambda image: image.slice.position[2] if image.slice else 0)
    seen = {item.locator.sop_instance_uid for item in evidence if isinstance(item.payload, Mask)}
    assert not seen & {top.sop_instance_uid, low.sop_instance_uid}
    assert evidence[0].provenance.parameters["windpipe_found"] is True


def test_low_attenuation_is_given_of_thin_slices_alone() -> None:
    thin = varied(distance_mm=2.5, emphysema_mm=25.0, noise_hu=5.0)
    measured = figures(run(thin)[1])
    known = truth(thin)
    assert measured["right_lung_below_950"] == pytest.approx(100 * known.emphysema_ml / known.right_lung_ml, abs=0.3)
    assert measured["left_lung_below_950"] == pytest.approx(0, abs=0.05)
    assert "right_lung_below_950" not in figures(run(FINE)[1])


@pytest.mark.parametrize(("low", "high"), [(-80.0, 150.0), (-150.0, 80.0)])
def test_a_lung_that_the_series_cuts_off_is_outlined_and_not_measured(low: float, high: float) -> None:
    _, evidence = run(SMALL.model_copy(update={"low_mm": low, "high_mm": high}))
    assert figures(evidence) == {}
    assert evidence
    assert {item.provenance.parameters["volume_withheld"] for item in evidence} == {
        "it reaches the end of the series: the whole of it is not there"
    }


def test_a_body_without_lungs_is_no_evidence() -> None:
    with pytest.raises(ToolError, match="no lung was found"):
        run(SMALL.model_copy(update={"lung_hu": 30.0}))


def test_a_lung_full_of_gas_is_not_taken_for_lung() -> None:
    """As of a pneumothorax that fills the side, or of the bowel: gas holds no blood."""
    with pytest.raises(ToolError, match="no lung was found"):
        run(SMALL.model_copy(update={"lung_hu": -1000.0}))


def test_a_radiograph_is_refused_and_fails() -> None:
    work = make_work()
    tool = build(make_parts())
    refusal = tool.accepts(work.study)
    assert refusal is not None
    assert refusal.reason == "wrong_modality"
    with pytest.raises(ToolError, match="no CT series"):
        tool.run(work)


def test_the_tool_keeps_the_laws_of_tools() -> None:
    report = check_tool(build(make_parts()))
    assert not report.failed, report


def test_a_base_of_one_lung_alone_is_not_parted_into_two() -> None:
    """Seen on a patient's CT of the abdomen: the left base was too small, and half of the right one was called left."""
    hu = np.zeros((16, 100, 140), np.int16)
    hu[:, :10], hu[:, 90:], hu[:, :, :10], hu[:, :, 130:] = -1000, -1000, -1000, -1000
    for columns in (slice(20, 36), slice(46, 62)):
        hu[:, 45:80, columns] = -800
    hu[:, 60:64, 36:46] = -800
    found = territories(Grid(hu, (1, 1, 1), (2.0, 2.0, 2.0)))
    assert set(np.unique(found.cells)) == {0, RIGHT}
    assert not found.parted
    mirrored = territories(Grid(hu[:, :, ::-1].copy(), (1, 1, 1), (2.0, 2.0, 2.0)))
    assert set(np.unique(mirrored.cells)) == {0, LEFT}
