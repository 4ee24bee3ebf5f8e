"""How much larger a label is seen means something only where that was measured."""

from typing import Any

import numpy as np
import pytest

from overread.tools._growth import FEWEST, LEAST_RIGHT, LEAST_SURE, extent, growing_of, growth_ratio

GOOD = {"count": FEWEST, "right": LEAST_RIGHT, "low": LEAST_SURE, "high": 1.0}


def entry(**figures: Any) -> dict[str, Any]:
    return {"name": "Edema", "growth": {"cut": 2.0, "phantom": {**GOOD, **figures}}}


@pytest.mark.parametrize(
    ("ratio", "course"),
    [(2.0, "increased"), (1.99, "unchanged"), (1.0, "unchanged"), (0.51, "unchanged"), (0.5, "decreased")],
)
def test_a_ratio_means_what_its_cut_says(ratio: float, course: str) -> None:
    growing = growing_of(entry())
    assert growing is not None
    assert growing.course(ratio, synthetic=True) == course


def test_what_was_measured_on_phantoms_means_nothing_on_films() -> None:
    growing = growing_of(entry())
    assert growing is not None
    assert growing.course(9.0, synthetic=False) is None


@pytest.mark.parametrize("figures", [{"count": FEWEST - 1}, {"right": LEAST_RIGHT - 0.01}, {"low": LEAST_SURE - 0.01}])
def test_poor_or_few_figures_mean_nothing(figures: dict[str, Any]) -> None:
    growing = growing_of(entry(**figures))
    assert growing is not None
    assert growing.course(9.0, synthetic=True) is None


def test_a_label_without_figures_has_no_course() -> None:
    assert growing_of({"name": "Edema"}) is None


def test_an_extent_counts_for_as_much_as_it_covers_here() -> None:
    small, large = np.zeros((10, 10), np.float32), np.zeros((20, 20), np.float32)
    small[:5, :5], large[:10, :10] = 1.0, 1.0
    assert extent(small) == extent(large) == pytest.approx(0.25)
    assert growth_ratio(extent(large), extent(small), 1.0) == pytest.approx(1.0)
    assert growth_ratio(extent(large), extent(small), 2.0) == pytest.approx(0.5, abs=0.01)
    assert growth_ratio(0.0, 0.0, 1.0) == 1.0
