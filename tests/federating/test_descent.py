"""With next to no noise the heads are logistic ones; with noise they say as much, and measure no label by it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from overread.federating.descent import Descent
from overread.federating.patient_sums import HALVES
from overread.federating.plan import Plan
from overread.federating.private_answer import answer_to
from overread.federating.result import Result, read_result, write_result
from overread.federating.site_films import SiteFilms
from overread.federating.sums import from_wire, to_wire
from overread.federating.taking import measured
from overread.measuring.card_page import page_of
from overread.reasoning.vocabulary import LABELS
from overread.tools.classification import HEADS
from tests.federating.test_sums import SIGN, films, together
from tests.federating.test_taking import model
from tests.needs import require

require("federated")


def trained(sites: list[SiteFilms], folder: Path, epsilon: float, rounds: int) -> Result:
    """Train as the app does, but for the masks."""
    plan = Plan(epsilon=epsilon, delta=1e-5, rounds=rounds, honest=len(sites) - 1)
    descent, told = Descent(plan), list[NDArray[np.float64]]()
    for number in range(len(plan.releases())):
        given = [
            answer_to(
                {"plan": plan.model_dump_json(), "number": number},
                told,
                site,
                {"films": str(folder / f"{place}"), "epsilon": epsilon},
                "1",
                len(sites) - 1,
            )
            for place, site in enumerate(sites)
        ]
        told = descent.take(from_wire(np.mean([to_wire(one) for one in given], 0), len(sites)))
    return descent.result(len(sites), "weights")


def logistic(site: SiteFilms, label: int) -> NDArray[np.float64]:
    """Fit a head of one label as any textbook does: the likelihood with a faint ridge."""
    x = np.column_stack([site.embeddings, np.ones(len(site.fold))]).astype(np.float64)
    truth = site.labels[:, label]

    def loss(w: NDArray[np.float64]) -> float:
        return float((np.logaddexp(0, x @ w) - truth * (x @ w)).mean() + 1e-3 * w[:-1] @ w[:-1])

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), method="L-BFGS-B").x[:-1], np.float64)


def test_with_next_to_no_noise_the_heads_are_those_of_a_logistic_regression(tmp_path: Path) -> None:
    sites = [films(seed, 400) for seed in range(3)]
    for site in sites:
        site.labels[:, np.arange(len(LABELS)) != SIGN] = -1
    result = trained(sites, tmp_path, 1000.0, 60)
    plain = logistic(together(sites), SIGN)
    found = result.heads.weight[SIGN]
    assert found @ plain / np.linalg.norm(found) / np.linalg.norm(plain) > 0.97
    assert result.counts[SIGN].sum() == pytest.approx(1200, abs=60)
    assert not result.counts[SIGN + 1].any()


def test_where_noise_hides_the_films_no_label_is_measured_and_none_votes(tmp_path: Path) -> None:
    result = trained([films(seed, 100) for seed in range(3)], tmp_path, 0.1, 3)
    assert not result.counts.any()
    assert measured(result)[1] == {}
    assert np.isfinite(result.heads.weight).all()


def test_what_a_result_was_trained_under_is_on_its_card(tmp_path: Path) -> None:
    from overread.federating.taking import take

    card = model(tmp_path)
    sites = [films(seed, 500, 256) for seed in range(3)]
    result = trained(sites, tmp_path, 16.0, 4)._replace(weights_digest=card.weights_digest)
    write_result(result, tmp_path / "result")
    back = read_result(tmp_path / "result")
    assert back.plan == result.plan
    made, _ = take(back, card, "together")
    told = made["data"]["privacy"]
    assert (told["epsilon"], told["delta"], told["rounds"]) == (16.0, 1e-5, 4)
    assert "patient" in told["unit"]
    page = page_of(made, ())
    assert "epsilon 16 at delta 1e-05 in 4 rounds, for a patient with all their films" in page
    assert "noise" in made["trust"][HEADS][LABELS[SIGN]]["where"]


def test_what_one_half_learned_is_weighed_as_what_the_other_did(tmp_path: Path) -> None:
    plan = Plan(epsilon=1000.0, delta=1e-5, rounds=2, honest=2)
    descent = Descent(plan)
    descent.take(np.concatenate([[100.0], np.full(12, 1.0)]) / 2**0.5)
    for _ in range(2):
        descent.take(np.random.default_rng(1).normal(size=HALVES * len(LABELS) * 13))
    weight, bias = descent.halves()
    assert np.linalg.norm(weight / descent.frame.stretch, axis=2) == pytest.approx(24.0)
    descent.take(np.zeros(len(LABELS) * 2 * 8))
    heads = descent.result(3, "weights").heads
    assert heads.weight == pytest.approx(weight.mean(0))
    assert heads.bias == pytest.approx(bias.mean(0))
