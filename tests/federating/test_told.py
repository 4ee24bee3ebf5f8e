"""A hospital gives no more than its own limit, over all trainings together, and no sum twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overread.errors import ModelRefused
from overread.federating.patient_sums import means_of
from overread.federating.plan import Plan
from overread.federating.private_answer import answer_to
from overread.federating.site_films import SiteFilms
from overread.federating.told import Limit, charge, ledger_of, limit_of, read_told
from tests.federating.test_sums import films
from tests.needs import require

require("federated")

PLAN = Plan(epsilon=4.0, delta=1e-5, rounds=2, honest=2)


def asked(plan: Plan = PLAN, number: int = 0) -> dict[str, Any]:
    return {"plan": plan.model_dump_json(), "number": number}


def give(folder: Path, said: dict[str, Any], run: str = "1", **limits: object) -> Any:
    node = {"films": str(folder / "site"), **limits}
    site = films(0)
    parameters = [] if said["number"] == 0 else [np.zeros(12), np.zeros((2, 17, 13))]
    return answer_to(said, parameters, site, node, run, others=2)


def test_a_hospital_without_a_limit_or_with_a_lower_one_takes_no_part(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no sums with noise"):
        give(tmp_path, asked())
    with pytest.raises(ModelRefused, match="epsilon 3 at delta 1e-05 of a patient at most: 0 is told"):
        give(tmp_path, asked(), epsilon=3)
    with pytest.raises(ModelRefused, match="at most"):  # the same epsilon says less at a smaller delta
        give(tmp_path, asked(), epsilon=4, delta=1e-7)
    with pytest.raises(ModelRefused, match="numbers"):
        give(tmp_path, asked(), epsilon="much")
    assert read_told(ledger_of(tmp_path / "site")) == ()
    assert give(tmp_path, asked(), epsilon=4).shape == (13,)


def test_what_is_used_up_stays_used_up_and_an_unfinished_training_costs_what_it_told(tmp_path: Path) -> None:
    path, limit = ledger_of(tmp_path / "site"), Limit(4.0, 1e-5)
    small = PLAN.model_copy(update={"epsilon": 2.0})
    charge(path, "broke off", small, 0, limit)
    for number in range(4):
        charge(path, "first", small, number, limit)
    assert charge(path, "second", small, 0, limit).ask == "means"  # of what is left: rho adds, and not epsilon
    with pytest.raises(ModelRefused, match="would make it"):
        charge(path, "third", PLAN, 0, limit)
    told = read_told(path)
    assert [(one.run, one.answered) for one in told] == [("broke off", 1), ("first", 4), ("second", 1)]


def test_no_sum_is_given_twice_or_out_of_turn_or_under_another_plan(tmp_path: Path) -> None:
    give(tmp_path, asked(), epsilon=4)
    for said in (asked(), asked(number=2), asked(PLAN.model_copy(update={"rounds": 3}), 1)):
        with pytest.raises(ModelRefused, match="not the next"):
            give(tmp_path, said, epsilon=4)
    give(tmp_path, asked(number=1), epsilon=4)


def test_what_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    for plan in ("", "{}", PLAN.model_dump_json().replace("4.0", "-4.0")):
        with pytest.raises(ModelRefused, match="plan cannot be read"):
            give(tmp_path, {"plan": plan, "number": 0}, epsilon=4)
    ledger_of(tmp_path / "site").write_text("nothing")
    with pytest.raises(ModelRefused, match="cannot be read"):
        give(tmp_path, asked(), epsilon=4)


@pytest.mark.parametrize("sent", [np.nan, np.inf, 1e300])
def test_heads_that_are_none_get_no_answer_and_use_nothing_up(tmp_path: Path, sent: float) -> None:
    node = {"films": str(tmp_path / "site"), "epsilon": 4}
    answer_to(asked(), [], films(0), node, "1", 2)
    with pytest.raises(ModelRefused, match="no numbers"):
        answer_to(asked(number=1), [np.zeros(12), np.full((2, 17, 13), sent)], films(0), node, "1", 2)
    (told,) = read_told(ledger_of(tmp_path / "site"))
    assert told.answered == 1


@pytest.mark.parametrize(("honest", "others", "wider"), [(None, 4, 1.0), (1, 4, 2.0), (None, 2, 2**0.5)])
def test_a_hospital_adds_more_noise_where_it_relies_on_fewer_others(
    tmp_path: Path, honest: int | None, others: int, wider: float
) -> None:
    plan = Plan(epsilon=1.0, delta=1e-5, rounds=1, honest=4)
    site = SiteFilms(np.zeros((1, 8000), np.float32), np.zeros((1, 17), np.int8), *np.ones((2, 1), np.int64), "weights")
    node = {"films": str(tmp_path / "site"), "epsilon": 1} | ({} if honest is None else {"honest": honest})
    given = answer_to(asked(plan), [], site, node, "1", others) - means_of(site) / 2**20
    expected = wider * (2 * plan.releases()[0].rho * 4) ** -0.5
    assert given.std() == pytest.approx(expected, rel=0.05)


def test_a_node_that_says_nothing_gives_exact_sums_as_it_always_did() -> None:
    assert limit_of({"films": "x", "least": 3}) is None
    assert limit_of({"epsilon": 4}) == (4.0, 1e-5)
