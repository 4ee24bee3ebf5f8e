"""A time to an outcome: who was followed for less counts as long as they were seen, and figures are out of fold."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import approx_fprime

from overread.backends.scripted import ScriptedEmbedding
from overread.errors import ModelRefused, UsageError
from overread.prognosis.censored import Pairs, brier, calibration, concordance, survival
from overread.prognosis.cox import Cox, baseline, chance_of, partial_likelihood
from overread.prognosis.features import Features
from overread.prognosis.measure import cross_validated
from overread.prognosis.table import read
from overread.prognosis.time_outcome import CARD, TimeCard, days_of, measure_time, time_figures, write_time
from overread.settings import ModelSpec, Profile, load_settings
from overread.tools._outlook_heads import CARD as SPEAKING
from overread.tools._outlook_heads import Floats
from tests.prognosis.test_command import HEADING, lay


def followed(
    weights: Floats, count: int = 400, until: float = 3.0
) -> tuple[Floats, Floats, NDArray[np.bool_]]:  # fmt: skip
    """Draw films whose log hazard is linear, and times that end at the event or when follow-up does."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(count, weights.size))
    event = draw.exponential(np.exp(-x @ weights))
    end = draw.uniform(0, until, count)
    return x, np.minimum(event, end), event <= end


def test_four_films_give_the_partial_likelihood_that_a_hand_gives() -> None:
    # The second ties with the third; the fourth was lost on day 3. Breslow: both ties look at the same three at risk.
    days, event = np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, True, False])
    risk = np.log([2.0, 3.0, 4.0, 1.0])
    value, _ = partial_likelihood(risk, days, event, np.zeros((4, 0)))
    assert value == pytest.approx(np.log(2 / 10) + np.log(3 / 8) + np.log(4 / 8))
    assert baseline(risk, days, event, 1.5) == pytest.approx(1 / 10)
    assert baseline(risk, days, event, 2.0) == pytest.approx(1 / 10 + 2 / 8)


def test_the_slope_is_that_of_the_likelihood() -> None:
    x, days, event = followed(np.array([1.0, -0.5, 0.0]), 40)
    days = np.round(days, 1)  # with ties
    at = np.array([0.3, -0.2, 0.1])
    _, slope = partial_likelihood(x @ at, days, event, x)
    slopes = approx_fprime(at, lambda w: partial_likelihood(x @ w, days, event, x)[0], 1e-6)
    assert slope == pytest.approx(slopes, abs=1e-3)


def test_weights_and_chances_come_back_although_half_were_lost() -> None:
    weights = np.array([1.0, -0.5, 0.0])
    x, days, event = followed(weights, 2000)
    assert 0.3 < event.mean() < 0.7
    model = Cox(C=1.0, horizon=1.0).fit(x, np.stack([days, event.astype(float)], 1))
    assert model.coef_ == pytest.approx(weights, abs=0.12)
    assert chance_of(model.decision_function(x)) == pytest.approx(-np.expm1(-np.exp(x @ weights)), abs=0.06)


def test_survival_is_kaplan_and_meiers() -> None:
    days, event = np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, False, True, True])
    left = survival(days, event, np.array([0.5, 1.0, 2.0, 2.5, 3.0]))
    assert left == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2, 0])
    assert survival(days, event, np.array([2.0]), before=True) == pytest.approx([3 / 4])


def test_pairs_that_tell_an_order_are_counted_and_no_others() -> None:
    days, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False])
    patient = np.arange(4)
    pairs = Pairs.of(days, event, patient, 10.0)
    assert pairs.known.sum() == 4  # the first before three others, the third before the fourth
    said, ones = np.array([0.9, 0.1, 0.1, 0.5]), np.ones(4)
    assert concordance(pairs.known, pairs.right(said), ones) == pytest.approx(3 / 4)
    # Two of three were still seen on day 3: Uno's pair of the third counts (3/2)^2 times.
    assert concordance(pairs.uno, pairs.right(said), ones) == pytest.approx(3 / (3 + (3 / 2) ** 2))
    assert Pairs.of(days, event, patient, 2.0).known.sum() == 3
    assert Pairs.of(days, event, np.array([0, 1, 2, 2]), 10.0).known.sum() == 3
    assert np.isnan(concordance(pairs.known, pairs.right(said), np.array([0.0, 1.0, 0.0, 1.0])))


def test_true_chances_have_the_least_error_and_are_calibrated_although_half_were_lost() -> None:
    x, days, event = followed(np.array([1.5]), 6000)
    true = -np.expm1(-np.exp(x[:, 0] * 1.5))
    errors = [brier(days, event, chance, 1.0).mean() for chance in (true, true**2, np.full(true.size, true.mean()))]
    assert errors[0] == min(errors)
    assert errors[0] == pytest.approx(float((true * (1 - true)).mean()), abs=0.02)
    assert all(abs(told - came) < 0.04 for told, came, _ in calibration(days, event, true, 1.0))


def test_what_shows_in_the_picture_is_found_out_of_fold_and_noise_is_not() -> None:
    x, days, event = followed(np.array([1.5, 0.0, 0.0]), 90)
    fields = np.random.default_rng(1).normal(size=(90, 1))
    seen = Features(x, fields, ("sex",), event, np.arange(90), ScriptedEmbedding().card, {}, days, 1.0)
    figures = {one.arm: one for one in time_figures(cross_validated(seen, lambda *_: None, repeats=1), seen)}
    assert set(figures) == {"record", "image", "early", "latent", "late"}
    assert figures["image"].harrell.low > 0.6
    assert figures["image"].uno.low > 0.6
    assert figures["record"].harrell.low < 0.5 < figures["record"].harrell.high + 0.05
    assert (figures["image"].corrected_gain or 0) > 0


TIMED = HEADING.replace("icu", "icu,days")


def timed(folder: Path, row: str | None = None) -> Path:
    """Lay films of which the ill had their outcome within nine days and the others were followed for thirty."""
    lay(folder, 44)
    rows = (folder / "manifest.csv").read_text().splitlines()[1:]
    lines = [TIMED]
    for number, line in enumerate(rows):
        parts = line.split(",")
        lines.append(",".join([*parts[:6], str(1 + number % 9 if number % 2 else 30), *parts[6:]]))
    lines += [row] if row else []
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_time_leaves_a_card_that_no_tool_reads(tmp_path: Path) -> None:
    spec = ModelSpec(backend="scripted", model="embedding")
    profile = Profile(name="one", describe="One model.", tools=(), roles={"classification": spec})
    table = read(timed(tmp_path / "films"), "icu", None, "days")
    home = tmp_path / "home"
    card = measure_time(table, "days", 10, profile, load_settings(home=home), lambda *_: None, repeats=1)
    folder = write_time(card, home)
    assert TimeCard.model_validate_json((folder / CARD).read_bytes()) == card
    assert not (folder / SPEAKING).exists()
    assert (card.patients, card.with_outcome, card.by_horizon, card.beyond_horizon) == (44, 22, 22, 22)
    assert card.median_follow_up == 30
    record = next(one for one in card.measured if one.arm == "record")
    assert record.harrell.low > 0.7  # the ill have the high values
    assert record.brier.value < card.brier_of_share


def test_too_few_by_the_horizon_or_beyond_it_are_refused_before_a_film_is_read(tmp_path: Path) -> None:
    table = read(timed(tmp_path / "films"), "icu", None, "days")
    profile = Profile(name="none", describe="No model.", tools=(), roles={})
    for horizon, why in ((1, "the outcome by the horizon and 4"), (30, "and 0 followed beyond")):
        with pytest.raises(ModelRefused, match=why):
            measure_time(table, "days", horizon, profile, load_settings(home=tmp_path), lambda *_: None)


@pytest.mark.parametrize("days", ["", "-1", "soon", "nan", "inf"])
def test_a_time_that_is_none_is_refused_by_its_row(tmp_path: Path, days: str) -> None:
    with pytest.raises(ModelRefused, match="row 46, column 'days'"):
        read(timed(tmp_path / "films", f"0.png,p0,4,M,PA,1,{days},"), "icu", None, "days")


@pytest.mark.parametrize("horizon", [None, "", "soon", "0 days", "30", "-3 days"])
def test_a_time_needs_a_horizon_in_days(horizon: str | None) -> None:
    with pytest.raises(UsageError, match="in days"):
        days_of(horizon)
    assert days_of("30 days") == 30
