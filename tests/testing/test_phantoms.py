"""Phantoms are reproducible, on the right side, of the stated heart size, and show each finding where its mask says."""

import sys
import time

import numpy as np
import pytest

from overread.testing.phantoms import (
    LABELS,
    NEGATIVE_KINDS,
    PhantomRecipe,
    PlacedFinding,
    prior_of,
    render,
    render_negative,
    sample_recipe,
    to_display,
)
from overread.testing.phantoms.recipe import PLACED_LABELS, labels_of

SIZE = 160
SHOWN = (
    PlacedFinding(label="Pleural Effusion", laterality="right", severity="moderate"),
    PlacedFinding(label="Pneumothorax", laterality="left", severity="moderate"),
    PlacedFinding(label="Consolidation", laterality="right", zone="mid", severity="moderate"),
    PlacedFinding(label="Atelectasis", laterality="left", zone="mid", severity="small"),
    PlacedFinding(label="Edema", laterality="bilateral", severity="large"),
    PlacedFinding(label="Lung Lesion", laterality="right", zone="mid", severity="large"),
    PlacedFinding(label="Lung Opacity", laterality="left", zone="mid", severity="large"),
    PlacedFinding(label="Fracture", laterality="right", zone="mid", severity="moderate"),
    PlacedFinding(label="Pneumoperitoneum", laterality="right", severity="large"),
    PlacedFinding(label="Support Devices", device="endotracheal_tube", device_position="ok"),
    PlacedFinding(label="Support Devices", device="central_venous_line", device_position="malpositioned"),
    PlacedFinding(label="Support Devices", device="nasogastric_tube", device_position="ok"),
)


def plain(number: int, **overrides: object) -> PhantomRecipe:
    """Return a normal upright adult PA recipe, so that a test changes one thing."""
    fields: dict[str, object] = {"view": "PA", "supine": False, "age_years": 50, "findings": ()}
    return sample_recipe(number, **(fields | overrides))


def middle_column(mask: np.ndarray) -> float:
    return float(np.nonzero(mask)[1].mean())


@pytest.mark.parametrize("number", [0, 3, 41])
def test_one_number_gives_the_same_bytes(number: int) -> None:
    first, second = (render(sample_recipe(number), SIZE) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert {name: mask.tobytes() for name, mask in first.masks.items()} == {
        name: mask.tobytes() for name, mask in second.masks.items()
    }


def test_other_numbers_give_other_pictures() -> None:
    assert not np.array_equal(render(plain(1), SIZE).pixels, render(plain(2), SIZE).pixels)


def test_pixels_are_twelve_bit_with_dark_lungs() -> None:
    phantom = render(plain(5), SIZE)
    assert phantom.pixels.dtype == np.uint16
    assert phantom.pixels.max() <= 4095
    lungs = phantom.masks["right_lung"] | phantom.masks["left_lung"]
    assert phantom.pixels[lungs].mean() < phantom.pixels[phantom.masks["heart"]].mean()


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("view", ["PA", "AP"])
def test_the_right_lung_is_on_the_image_left_unless_flipped(number: int, view: str) -> None:
    upright = render(plain(number, view=view), SIZE)
    assert middle_column(upright.masks["right_lung"]) < middle_column(upright.masks["left_lung"])
    flipped = render(plain(number, view=view, flipped=True), SIZE)
    assert middle_column(flipped.masks["right_lung"]) > middle_column(flipped.masks["left_lung"])
    assert np.array_equal(flipped.pixels, upright.pixels[:, ::-1])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    "label", ["Pleural Effusion", "Pneumothorax", "Consolidation", "Atelectasis", "Lung Lesion", "Lung Opacity"]
)
def test_a_one_sided_finding_lies_in_the_lung_of_its_side(label: str, side: str) -> None:
    finding = PlacedFinding(label=label, laterality=side, zone="mid", severity="moderate")
    phantom = render(plain(8, findings=(finding,)), SIZE)
    mask, other = phantom.masks[finding.key], "left" if side == "right" else "right"
    assert mask.any()
    assert (mask & phantom.masks[f"{side}_lung"]).sum() > 0.8 * mask.sum()
    assert not (mask & phantom.masks[f"{other}_lung"]).any()


@pytest.mark.parametrize("ratio", [0.38, 0.46, 0.55, 0.66])
@pytest.mark.parametrize("age", [3, 60])
def test_the_cardiothoracic_ratio_of_the_masks_is_the_recipes(ratio: float, age: int) -> None:
    for number in range(2):
        recipe = plain(number, age_years=age, cardiothoracic_ratio=ratio, tilt_deg=0.0, field_scale=1.0)
        measured = render(recipe, 384).truth.cardiothoracic_ratio
        assert measured == pytest.approx(ratio, abs=0.015)


@pytest.mark.parametrize("finding", SHOWN, ids=lambda finding: finding.key)
@pytest.mark.parametrize("number", [11, 12])
def test_a_finding_changes_the_pixels_of_its_mask_more_than_the_rest(finding: PlacedFinding, number: int) -> None:
    recipe = plain(number, findings=(finding,))
    shown, healthy = render(recipe, 256), render(recipe.model_copy(update={"findings": ()}), 256)
    mask = shown.masks[finding.key]
    signed = to_display(shown).astype(int) - to_display(healthy)
    change = np.abs(signed)
    assert mask.any()
    if finding.label in ("Pneumothorax", "Pneumoperitoneum"):
        assert signed[mask].mean() < 0
    elif finding.label != "Fracture":
        assert signed[mask].mean() > 0
    assert change[mask].mean() > 2
    assert change[mask].mean() > 4 * change[~mask].mean()


def test_free_air_shows_on_supine_films_too() -> None:
    finding = PlacedFinding(label="Pneumoperitoneum", laterality="right", severity="moderate")
    recipe = plain(4, view="AP", supine=True, findings=(finding,))
    shown, healthy = render(recipe, SIZE), render(recipe.model_copy(update={"findings": ()}), SIZE)
    mask = shown.masks["pneumoperitoneum_right"]
    assert to_display(shown)[mask].mean() < to_display(healthy)[mask].mean() - 2


@pytest.mark.parametrize("label", PLACED_LABELS)
def test_labels_follow_the_findings_and_their_parents(label: str) -> None:
    truth = labels_of((PlacedFinding(label=label, laterality="left"),))
    assert set(truth) == set(LABELS)
    assert truth[label] == 1
    assert truth["No Finding"] == int(label == "Support Devices")
    assert truth["Lung Opacity"] == int(
        label in ("Lung Opacity", "Consolidation", "Atelectasis", "Edema", "Lung Lesion")
    )


@pytest.fixture(scope="module")
def recipes() -> list[PhantomRecipe]:
    return [sample_recipe(number) for number in range(2500)]


def test_sampled_recipes_are_balanced(recipes: list[PhantomRecipe]) -> None:
    normal = sum(not recipe.findings for recipe in recipes) / len(recipes)
    assert 0.27 < normal < 0.33
    for label in PLACED_LABELS:
        assert sum(recipe.has(label) for recipe in recipes) / len(recipes) >= 0.08, label
    sides = [finding.laterality for recipe in recipes for finding in recipe.findings if finding.laterality]
    assert sides.count("left") == pytest.approx(sides.count("right"), rel=0.1)


def test_findings_do_not_depend_on_view_marker_or_exposure(recipes: list[PhantomRecipe]) -> None:
    overall = sum(bool(recipe.findings) for recipe in recipes) / len(recipes)
    for chosen in (
        [recipe for recipe in recipes if recipe.view == "AP"],
        [recipe for recipe in recipes if recipe.supine],
        [recipe for recipe in recipes if recipe.marker == "L"],
        [recipe for recipe in recipes if recipe.exposure > 0.3],
        [recipe for recipe in recipes if recipe.is_child],
    ):
        assert sum(bool(recipe.findings) for recipe in chosen) / len(chosen) == pytest.approx(overall, abs=0.06)


def test_heart_size_and_the_cardiomegaly_label_agree(recipes: list[PhantomRecipe]) -> None:
    for recipe in recipes:
        assert (recipe.cardiothoracic_ratio > 0.5) == recipe.has("Cardiomegaly")


def test_an_override_changes_its_field_alone() -> None:
    before, after = sample_recipe(9), sample_recipe(9, marker=None)
    assert after == before.model_copy(update={"marker": None})


def test_a_prior_is_the_same_body_with_fewer_findings() -> None:
    recipe = plain(6, findings=SHOWN[:3])
    prior = prior_of(recipe)
    assert (prior.patient, prior.view, prior.age_years) == (recipe.patient, recipe.view, recipe.age_years)
    assert prior.number != recipe.number
    assert [finding.label for finding in prior.findings] == ["Pneumothorax", "Consolidation"]
    assert [finding.severity for finding in prior.findings] == ["small", "moderate"]


def test_a_lateral_has_lungs_heart_and_no_ratio() -> None:
    phantom = render(plain(2, view="LATERAL", findings=SHOWN[:1]), SIZE)
    assert phantom.truth.cardiothoracic_ratio is None
    assert all(phantom.masks[name].any() for name in ("lungs", "heart", "pleural_effusion_right"))


@pytest.mark.parametrize("number", range(8))
def test_every_sampled_recipe_renders_at_every_size(number: int) -> None:
    for size in (64, 130):
        phantom = render(sample_recipe(number), size)
        assert phantom.pixels.shape == (size, size)
        assert all(mask.shape == (size, size) and mask.dtype == np.bool_ for mask in phantom.masks.values())


@pytest.mark.parametrize("kind", NEGATIVE_KINDS)
def test_negatives_are_reproducible_twelve_bit_pictures(kind: str) -> None:
    image = render_negative(kind, 3, SIZE)
    assert image.shape == (SIZE, SIZE)
    assert image.dtype == np.uint16
    assert image.max() <= 4095
    assert np.array_equal(image, render_negative(kind, 3, SIZE))


def test_an_unknown_negative_is_refused() -> None:
    with pytest.raises(KeyError):
        render_negative("chest", 1)


def test_the_banner_is_burned_in_only_on_request() -> None:
    plain_film, marked = render(plain(3), SIZE).pixels, render(plain(3, banner=True), SIZE).pixels
    assert not np.array_equal(plain_film, marked)
    assert np.array_equal(plain_film[: SIZE // 2], marked[: SIZE // 2])


def test_the_time_of_a_render_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for size in (256, 512):
            start = time.perf_counter()
            for number in range(2):
                render(sample_recipe(number), size)
            sys.stdout.write(f"\nphantom at {size}: {(time.perf_counter() - start) / 2:.3f} s\n")
