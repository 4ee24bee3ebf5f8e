"""A phantom's finding in another film: where it comes to lie, which way grey levels go, and which films take one."""

import numpy as np
import pytest

from tests.needs import require

require("training")

from overread.testing.phantoms import render, sample_recipe, to_display
from training.data import Row
from training.folds import TEST_FOLD, fold_of
from training.laid_over import Lungs, carried, organs_of
from training.mixed_films import DRAWN, Mixed, finding_of, mixed, normals, placed_of
from training.mixed_trial import labels_with
from training.resolution import CACHED

UPRIGHT = {"view": "PA", "supine": False, "findings": (), "age_years": 50, "collimation": 0.0}
FILM = render(sample_recipe(41, **UPRIGHT), CACHED)
GREY = to_display(FILM)
LUNGS = organs_of(FILM.masks)


def number_of(label: str, laterality: str | None = "left") -> int:
    """Give the first number whose finding is of a label and side, and not small."""
    return next(
        n
        for n in range(1000)
        if (p := placed_of(n)).label == label and p.laterality == laterality and p.severity != "small"
    )


def drawn(label: str, laterality: str | None = "left") -> Mixed:
    done = mixed(GREY, LUNGS, number_of(label, laterality))
    assert done is not None
    return done


def fine(cover: np.ndarray) -> np.ndarray:
    return cover.repeat(4, 0).repeat(4, 1) / 255


def test_each_finding_is_drawn() -> None:
    assert {placed_of(number).label for number in range(60)} == set(DRAWN)


def test_the_same_number_gives_the_same_picture() -> None:
    one, other = drawn("Lung Lesion"), drawn("Lung Lesion")
    assert np.array_equal(one.image, other.image)
    assert np.array_equal(one.cover, other.cover)


@pytest.mark.parametrize(("label", "darker"), [("Pleural Effusion", False), ("Pneumothorax", True)])
def test_fluid_is_brighter_and_air_darker_where_the_mask_says(label: str, darker: bool) -> None:
    done = drawn(label)
    inside = fine(done.cover) > 0.9
    change = done.image.astype(int)[inside] - GREY.astype(int)[inside]
    assert inside.sum() > 100
    assert (change.mean() < -3) if darker else (change.mean() > 10)


@pytest.mark.parametrize("label", ["Pleural Effusion", "Pneumothorax", "Consolidation", "Lung Lesion"])
def test_a_sided_finding_stays_in_the_lung_of_its_side(label: str) -> None:
    done = drawn(label, "right")
    changed = np.abs(done.image.astype(int) - GREY.astype(int)) > 8
    far = np.ones_like(changed)
    rows, columns = np.nonzero(LUNGS.right)
    far[rows.min() - 8 : rows.max() + 9, columns.min() - 8 : columns.max() + 9] = False
    assert changed.any()
    assert not (changed & far).any()
    assert fine(done.cover)[LUNGS.left].max() < 0.2


def test_a_tube_is_bright_and_may_leave_the_lungs() -> None:
    number = next(n for n in range(500) if placed_of(n).device == "nasogastric_tube")
    done = mixed(GREY, LUNGS, number)
    assert done is not None
    beyond = fine(done.cover) > 0.5
    beyond &= ~(LUNGS.right | LUNGS.left)
    assert beyond.sum() > 50
    assert done.image.astype(int)[beyond].mean() >= GREY.astype(int)[beyond].mean()


def test_a_finding_is_laid_on_its_own_phantom_where_it_was() -> None:
    finding = finding_of(number_of("Pneumothorax"))
    change, cover = carried(finding.change, finding.mask, finding.lungs, finding.lungs, sided=True)
    overlap = (cover > 0.5) & finding.mask
    assert overlap.sum() > 0.85 * finding.mask.sum()
    assert np.corrcoef(change[finding.mask], finding.change[finding.mask])[0, 1] > 0.8


def test_a_film_without_a_heart_or_contrast_takes_no_finding() -> None:
    nowhere = Lungs(LUNGS.right, LUNGS.left, np.zeros_like(LUNGS.heart))
    assert mixed(GREY, nowhere, 1) is None
    assert mixed(np.full_like(GREY, 128), LUNGS, 1) is None


def film(patient: str, **fields: str) -> Row:
    given = {"source": "nih-cxr14", "patient_id": patient, "No Finding": "1", "view": "PA"}
    return Row({**given, "licence_nc": "0", "licence_sa": "0"} | fields)


def test_only_normal_films_that_may_teach_take_one_larger_ones_first() -> None:
    names = [f"nih:{number}" for number in range(40)]
    inside = [name for name in names if fold_of(name) != TEST_FOLD]
    tested = next(name for name in names if fold_of(name) == TEST_FOLD)
    rows = [
        film(inside[0], source="nih-cxr14-128px"),
        film(tested),
        film(inside[1], licence_nc="1"),
        film(inside[2], **{"No Finding": "0"}),
        film(inside[3], view="L"),
        film(inside[4], source="kermany"),
        film(inside[5]),
    ]
    assert normals(rows) == [6, 0]


def test_a_finding_is_taught_with_what_it_is_a_kind_of() -> None:
    from training.data import LABELS

    normal = [1.0 if name == "No Finding" else 0.0 for name in LABELS]
    lesion = dict(zip(LABELS, labels_with(normal, "Lung Lesion"), strict=True))
    assert {name for name, value in lesion.items() if value == 1} == {"Lung Lesion", "Lung Opacity"}
    device = dict(zip(LABELS, labels_with(normal, "Support Devices"), strict=True))
    assert {name for name, value in device.items() if value == 1} == {"Support Devices", "No Finding"}
    assert np.isnan(dict(zip(LABELS, labels_with(normal, "Consolidation"), strict=True))["Pneumonia"])
