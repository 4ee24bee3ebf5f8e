"""Figures of a shown picture, on phantoms and on real radiographs."""

import csv

import numpy as np
import pytest
from PIL import Image

from overread.imaging.quality import POLARITY_SUSPICIOUS, measure, polarity
from overread.testing.phantoms import render, sample_recipe, to_display


def test_a_blank_picture_is_blank_and_a_radiograph_is_not() -> None:
    blank = measure(np.full((300, 300), 17, np.uint8))
    assert (blank.blank_fraction, blank.dynamic_range, blank.polarity, blank.sharpness) == (1.0, 0.0, 0.0, 0.0)
    chest = measure(to_display(render(sample_recipe(1), 256)))
    assert chest.blank_fraction < 0.5
    assert chest.dynamic_range > 0.5


def test_bars_count_as_border_and_clipping_as_saturation() -> None:
    picture = np.random.default_rng(1).integers(60, 200, (200, 200)).astype(np.uint8)
    picture[:50] = 0
    assert measure(picture).border_fraction == pytest.approx(0.25)
    assert measure(picture).saturated_fraction == 0
    picture[100:, 100:] = 255
    assert measure(picture).saturated_fraction == pytest.approx(1 / 3)


def test_a_band_between_two_films_is_measured_and_one_at_the_side_is_not() -> None:
    chest = to_display(render(sample_recipe(3), 256))
    assert measure(chest).dividing_band == 0
    gap = np.zeros((256, 12), np.uint8)
    two = measure(np.hstack((chest, gap, chest))).dividing_band
    assert two == pytest.approx(12 / (2 * 256 + 12), rel=0.3)
    assert measure(np.vstack((chest, gap.T, chest))).dividing_band == pytest.approx(two)
    label = np.zeros((256, 60), np.uint8)
    label[100:110, 5:30:2] = 255
    assert measure(np.hstack((label, chest))).dividing_band == 0


def test_blur_lowers_sharpness() -> None:
    chest = to_display(render(sample_recipe(2), 256))
    soft = Image.fromarray(chest).resize((64, 64)).resize((256, 256), Image.Resampling.BICUBIC)
    assert measure(np.asarray(soft)).sharpness < measure(chest).sharpness / 2


def test_inverted_phantoms_are_suspicious_and_upright_ones_are_not() -> None:
    for number in range(6):
        chest = to_display(render(sample_recipe(number), 256))
        assert polarity(chest) < POLARITY_SUSPICIOUS < polarity(255 - chest)


@pytest.mark.data
def test_polarity_tells_inverted_real_radiographs(data) -> None:
    rows = list(csv.DictReader((data / "cxr" / "manifest.csv").read_text(encoding="utf-8").splitlines()))[::20]
    pictures = [np.asarray(Image.open(data / "cxr" / row["path"]).convert("L")) for row in rows]
    assert len(pictures) > 100
    upright = np.mean([polarity(picture) > POLARITY_SUSPICIOUS for picture in pictures])
    inverted = np.mean([polarity(255 - picture) > POLARITY_SUSPICIOUS for picture in pictures])
    assert upright < 0.02
    assert inverted > 0.95
