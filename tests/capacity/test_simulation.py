"""The formulas against the simulation, where they are meant to hold; and what only the simulation knows."""

import pytest

from tests.needs import require

require("simpy")

from overread.capacity.demand import day_of
from overread.capacity.simulation import simulate_days, simulate_peak
from overread.capacity.sizing import load_of

CASES = 12_000
MEAN_TOLERANCE = 0.25
"""Of mean waits, relative. With ten places and little variation the formula gives less than the simulation, and of the
rarest priority a run of this length has about a thousand cases."""
SHARE_TOLERANCE = 0.02
"""Of the share that is taken within the target."""


@pytest.mark.parametrize(
    ("deviation", "workers", "machines", "studies"),
    [(20.0, 1, 1, 400_000), (20.0, 4, 1, 2_000_000), (10.0, 4, 1, 2_000_000), (10.0, 2, 5, 5_200_000)],
)
def test_the_formulas_agree_with_the_simulation(site, demand, deviation, workers, machines, studies) -> None:
    room = site(deviation=deviation, workers=workers)
    wanted = demand.model_copy(update={"studies": studies})
    load = load_of(room, wanted, machines)
    seen = simulate_peak(room, wanted, machines, cases=CASES, seed=1)
    assert load.waits is not None
    assert 0.6 < load.peak_utilisation < 0.85
    assert seen.utilisation == pytest.approx(load.peak_utilisation, rel=0.05)
    for priority, told in load.waits.items():
        assert seen.waits[priority].mean == pytest.approx(told.mean, rel=MEAN_TOLERANCE)
        assert seen.waits[priority].within_target == pytest.approx(told.within_target, abs=SHARE_TOLERANCE)


def test_a_run_is_the_same_again_and_another_seed_is_another(site, demand) -> None:
    runs = [simulate_peak(site(), demand, 1, cases=500, seed=seed) for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_a_deadline_that_ages_goes_before_one_that_is_urgent_and_new(site, demand) -> None:
    """Strict priorities would let routine cases wait for the whole crowd; by deadline they wait a minute longer."""
    close = site(workers=1).model_copy(update={"allowed": {"STAT": 0.0, "urgent": 30.0, "routine": 60.0}})
    wanted = demand.model_copy(update={"studies": 500_000})
    strict, aged = (simulate_peak(room, wanted, 1, cases=4_000, seed=2).waits for room in (site(workers=1), close))
    assert aged["routine"].mean < strict["routine"].mean
    assert aged["STAT"].mean > strict["STAT"].mean
    assert aged["STAT"].mean < aged["urgent"].mean < aged["routine"].mean


def test_an_hour_with_too_much_is_worked_off_in_those_after_it(site, demand) -> None:
    room = site(workers=1)
    load = load_of(room, demand, 1)
    seen = simulate_days(room, demand, 1, cases=5_000, seed=5)
    assert load.waits is None
    assert seen.utilisation == pytest.approx(load.utilisation, rel=0.05)
    assert seen.waits["STAT"].quantile < seen.waits["routine"].quantile < 24 * 3600


def test_a_hospital_that_sleeps_has_waits_by_day_only(site, demand) -> None:
    by_day = demand.model_copy(update={"day": day_of([0.0] * 8 + [1.0] * 8 + [0.0] * 8, None), "studies": 365_000})
    seen = simulate_days(site(), by_day, 1, cases=2_000, seed=6)
    assert seen.cases == pytest.approx(2_000, rel=0.1)
    assert seen.utilisation == pytest.approx(load_of(site(), by_day, 1).utilisation, rel=0.1)


def test_a_site_with_hardly_any_studies_is_simulated_for_ten_years_and_no_longer(site, demand) -> None:
    few = demand.model_copy(update={"studies": 10})
    assert simulate_days(site(), few, 1, cases=1_000_000, seed=7).cases == pytest.approx(100, abs=40)
    assert simulate_peak(site(), few, 1, cases=1_000_000, seed=7).cases < 1_000
