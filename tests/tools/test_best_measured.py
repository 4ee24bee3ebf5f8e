"""A label is answered for by the model that was measured to tell it best on this kind of study."""

from typing import Any

import pytest

from overread.tools._best_measured import best_by_network, figures_in

ENOUGH = {"positive": 20, "negative": 30}
CARD: dict[str, Any] = {
    "trust": {
        "classification.network": {
            "Edema": {"auroc": 0.8, **ENOUGH},
            "Fracture": {"auroc": None, **ENOUGH},
            "Pneumonia": None,
            "Pneumothorax": {"auroc": 0.9, "positive": 3, "negative": 90},
        }
    },
    "trust_phantom": {"classification.network": {"Edema": {"auroc": 0.6, **ENOUGH}}},
}


def test_only_what_was_measured_on_enough_studies_has_a_figure() -> None:
    assert figures_in(CARD, "classification.network", synthetic=False) == {"Edema": 0.8}
    assert figures_in(CARD, "classification", synthetic=False) == {}
    assert figures_in({}, "classification.network", synthetic=False) == {}


def test_a_phantom_is_read_by_figures_from_phantoms_alone() -> None:
    assert figures_in(CARD, "classification.network", synthetic=True) == {"Edema": 0.6}
    assert figures_in({"trust": CARD["trust"]}, "classification.network", synthetic=True) == {}


@pytest.mark.parametrize(
    ("network", "clip", "chosen"),
    [
        ({"Edema": 0.8}, {"Edema": 0.7}, {"Edema"}),
        ({"Edema": 0.8}, {"Edema": 0.8}, {"Edema"}),
        ({"Edema": 0.8}, {"Edema": 0.9}, set()),
        ({"Edema": 0.4}, {}, {"Edema"}),
        ({}, {"Edema": 0.4}, set()),
    ],
)
def test_the_network_answers_where_it_is_measured_and_not_worse(
    network: dict[str, float], clip: dict[str, float], chosen: set[str]
) -> None:
    assert best_by_network(network, clip) == chosen
