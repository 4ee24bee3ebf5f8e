"""No patient moves a hospital's sum by more than 1, whatever their films are and whatever the coordinator sends."""

from collections.abc import Callable

import numpy as np
import pytest

from overread.federating.noise import Whole
from overread.federating.patient_sums import (
    CELLS,
    GRADIENT,
    HALVES,
    ONE,
    Frame,
    counts_apart,
    counts_from,
    gradients_of,
    means_of,
)
from overread.federating.site_films import SiteFilms
from overread.reasoning.vocabulary import LABELS
from tests.federating.test_sums import SIGN, films, some

D = 12


def site(films_each: int = 3) -> SiteFilms:
    """Make a hospital whose patients have several films; three each unless said."""
    made = films(5, 300, D)
    return SiteFilms(made.embeddings, made.labels, made.fold, np.arange(300) // films_each, "weights")


def gradients(scale: float) -> Callable[[SiteFilms], Whole]:
    draw = np.random.default_rng(1)
    frame = Frame.about(draw.normal(size=D) / D)
    heads = scale * draw.normal(size=(HALVES, len(LABELS), D + 1))
    return lambda given: gradients_of(given, frame, heads)


def counts(given: SiteFilms) -> Whole:
    return counts_apart(given, np.full((HALVES, len(LABELS), D), 3.0), np.zeros((HALVES, len(LABELS))))


@pytest.mark.parametrize("sums", [means_of, gradients(0.0), gradients(1.0), gradients(1e6), counts])
def test_a_patient_moves_a_sum_by_1_at_most(sums: Callable[[SiteFilms], Whole]) -> None:
    given = site()
    every = sums(given)
    without = np.stack([sums(some(given, given.patient != patient)) for patient in range(20)])
    moved = np.linalg.norm((every - without) / ONE, axis=1)
    assert 0.5 < moved.max() <= 1.0


def test_a_patient_teaches_one_half_alone_and_is_counted_by_what_the_other_learned() -> None:
    given = site()
    even, odd = (some(given, given.patient % HALVES == half) for half in range(HALVES))
    taught = gradients(1.0)(even).reshape(HALVES, -1)
    assert taught[0].any()
    assert not taught[1].any()
    weight, bias = np.zeros((HALVES, len(LABELS), D)), np.zeros((HALVES, len(LABELS)))
    bias[1] = 7.5
    high, middle = (counts_apart(part, weight, bias).reshape(-1, CELLS) for part in (even, odd))
    assert high[:, -1].sum() == high.sum() > 0
    assert middle[:, CELLS // 2].sum() == middle.sum() > 0


def test_a_film_of_a_thousand_of_one_patient_says_no_more_than_one() -> None:
    given = site()
    crowd = np.flatnonzero(given.patient == 1)
    many = some(given, np.concatenate([np.arange(300), np.repeat(crowd, 1000)]))
    moved = gradients(1.0)(many) - gradients(1.0)(some(given, given.patient != 1))
    assert np.linalg.norm(moved / ONE) <= 1.0


def test_below_the_cut_the_sum_is_the_gradient_of_the_likelihood_each_patient_counting_once() -> None:
    given = site()
    given.labels[:, np.arange(len(LABELS)) != SIGN] = -1
    frame = Frame.about(given.embeddings.mean(0).astype(np.float64))
    heads = np.random.default_rng(2).normal(size=(HALVES, len(LABELS), D + 1))
    u = frame.seen(given.embeddings.astype(np.float64))
    missed = given.labels[:, SIGN] - 1 / (1 + np.exp(-np.einsum("nd,nd->n", u, heads[given.patient % HALVES, SIGN])))
    patients = np.zeros((HALVES, given.patient.max() + 1, D + 1))
    np.add.at(patients, (given.patient % HALVES, given.patient), missed[:, None] * u / 3)
    norm = np.linalg.norm(patients, axis=2, keepdims=True)
    cut = patients * np.minimum(1.0, GRADIENT / np.maximum(norm, 1e-12))
    assert 0 < (norm > GRADIENT).sum() < (norm > 0).sum()
    found = gradients_of(given, frame, heads).reshape(heads.shape) / ONE * GRADIENT
    assert found[:, SIGN] == pytest.approx(cut.sum(1), abs=1e-3)
    assert not found[:, SIGN + 1].any()


def test_counts_are_of_one_film_of_a_patient_and_come_back_as_films() -> None:
    given = site()
    given.labels[:, np.arange(len(LABELS)) != SIGN] = -1  # so that no patient's counts are cut
    told = counts_from(counts(given) / ONE)
    assert told.shape == (len(LABELS), 2, CELLS)
    assert told[SIGN].sum() == pytest.approx(np.unique(given.patient).size, abs=1e-3)
    assert not told[SIGN + 1].any()


def test_heads_of_a_frame_rank_films_as_they_come() -> None:
    given = site()
    x = given.embeddings.astype(np.float64)
    frame = Frame.about(x.mean(0))
    trained = np.random.default_rng(3).normal(size=(len(LABELS), D + 1))
    weight, bias = frame.heads(trained)
    assert x @ weight.T + bias == pytest.approx(frame.seen(x)[:, :-1] @ trained[:, :-1].T)
    assert (frame.seen(x)[:, :-1] ** 2).sum(1).mean() == pytest.approx(1.0, abs=1e-6)
