"""Machines for a demand, and the demand that machines bear: the one is the other's bound."""

import pytest

from overread.capacity.demand import MOST
from overread.capacity.sizing import largest_demand, load_of, machines_needed


def test_one_machine_fewer_is_too_few(site, demand) -> None:
    room = site(workers=1)
    needed = machines_needed(room, demand)
    assert needed > 1
    assert load_of(room, demand, needed).meets
    assert not load_of(room, demand, needed - 1).meets


@pytest.mark.parametrize("target", [5.0, 60.0, 3600.0])
def test_one_study_more_than_the_largest_demand_is_too_many(site, demand, target: float) -> None:
    room = site(target=target)
    most = largest_demand(room, demand, 2)
    assert most is not None
    at_most, beyond = (demand.model_copy(update={"studies": studies}) for studies in (most, most + 1))
    assert load_of(room, at_most, 2).meets
    assert not load_of(room, beyond, 2).meets
    assert machines_needed(room, at_most) <= 2 < machines_needed(room, beyond)


def test_what_bears_all_that_may_be_asked_has_no_bound(site, demand) -> None:
    room = site(seconds=0.01, deviation=0.0)
    assert largest_demand(room, demand) is None
    assert machines_needed(room, demand.model_copy(update={"studies": MOST})) == 1


def test_more_than_can_be_read_has_no_wait_and_is_not_in_time(site, demand) -> None:
    load = load_of(site(workers=1), demand, 1)
    assert load.waits is None
    assert not load.meets
    assert load.peak_utilisation > 1 > load.utilisation


def test_larger_sites_use_their_machines_better(site, demand) -> None:
    room = site(workers=1, target=1.0)
    small, large = demand.model_copy(update={"studies": 100_000}), demand.model_copy(update={"studies": MOST})
    used = [load_of(room, one, machines_needed(room, one)).peak_utilisation for one in (small, large)]
    assert used[0] < used[1] < 1
    assert machines_needed(room, large) < 100 * machines_needed(room, small)
