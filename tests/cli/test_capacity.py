"""`overread capacity` as a command."""

from pathlib import Path

import pytest

from overread.errors import Unavailable
from tests.cli.conftest import Overread
from tests.needs import require

GIVEN = ("capacity", "--seconds", 20, "--deviation", 10)


def test_an_idle_home_has_no_figures_and_says_how_to_get_them(overread: Overread) -> None:
    said = overread("capacity")
    assert said.code == 2
    assert said.out == ""
    assert "unknown" in said.err
    assert "--seconds" in said.err


def test_a_mean_alone_is_not_enough(overread: Overread) -> None:
    said = overread("capacity", "--seconds", 20)
    assert said.code == 2
    assert "--deviation" in said.err


@pytest.mark.parametrize(
    "wrong",
    [("--share", "STAT"), ("--share", "often=1"), ("--target", "STAT=nan"), ("--day", "1,2"), ("--seconds", "inf")],
)
def test_what_is_wrong_is_refused_in_one_line(overread: Overread, wrong: tuple[str, str]) -> None:
    said = overread(*GIVEN, *wrong)
    assert said.code == 2
    assert said.err.count("\n") == 1


def test_json_and_table_tell_the_same(overread: Overread) -> None:
    options = ("--studies", 3_000_000, "--studies", 300_000, "--peak", 0.1, "--share", "stat=0.1", "--gpus", 2)
    found = overread(*GIVEN, *options, "--json").json
    assert [load["studies"] for load in found["loads"]] == [300_000, 3_000_000]
    assert found["cases_an_hour"] == {"machine": 360.0, "gpu": 180.0}
    assert found["shares"] == {"STAT": 0.1, "routine": 0.9}
    assert found["targets_seconds"]["STAT"] == 3600  # worklist_limits
    assert found["loads"][0]["machines"] == found["loads"][0]["needed"] == 1
    told = overread(*GIVEN, *options).out
    assert f"{found['one_machine_bears']:,} studies a year" in told
    assert "as given" in told
    assert "simulated" not in told


def test_too_few_machines_are_told_as_such(overread: Overread) -> None:
    said = overread(*GIVEN, "--studies", 10_000_000, "--machines", 1)
    assert said.code == 0
    assert "grows" in said.out


def test_a_simulation_stands_beside_the_formula(overread: Overread) -> None:
    require("simpy")
    options = ("--studies", 2_000_000, "--simulate", "--cases", 300)
    (load,) = overread(*GIVEN, *options, "--json").json["loads"]
    assert load["simulated_peak"]["seed"] == 0
    assert load["simulated_days"]["waits"]["routine"]["within_target"] == 1
    assert "whole days, simulated" in overread(*GIVEN, *options).out


def test_a_plot_is_a_png(overread: Overread, tmp_path: Path) -> None:
    require("plots")
    assert overread(*GIVEN, "--plot", tmp_path / "plot.png").code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_simpy_it_says_what_to_install(overread: Overread) -> None:
    from importlib.util import find_spec

    from overread.capacity.simulation import require_simulation

    if find_spec("simpy") is None:
        assert "overread[capacity]" in overread(*GIVEN, "--simulate").err
        with pytest.raises(Unavailable):
            require_simulation()
    else:
        require_simulation()
