"""Counters of energy: what the kernel's files say, past the point where they begin anew; nothing where they do not."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from overread.batch.discovery import discover
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.observing.energy import EnergyMeter, Gpus, Joules, open_meter, rapl_zones
from overread.testing.phantoms import render, sample_recipe, to_display
from tests.graphs.rooms import scripted_room

RANGE = 262_143_328_850
"""Microjoules, as a server's package has it."""


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """The folder of a machine with two packages, one of them with its memory, and what counts these once more."""
    zones = {
        "intel-rapl:0": "package-0",
        "intel-rapl:0:0": "dram",
        "intel-rapl:0:1": "core",
        "intel-rapl:1": "package-1",
        "intel-rapl:2": "psys",
        "intel-rapl-mmio:0": "package-0",
    }
    for zone, name in zones.items():
        folder = tmp_path / "powercap" / zone
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "max_energy_range_uj").write_text(f"{RANGE}\n")
        (folder / "energy_uj").write_text("1000\n")
    return tmp_path / "powercap"


def count(powercap: Path, zone: str, microjoules: int) -> None:
    (powercap / zone / "energy_uj").write_text(f"{microjoules}\n")


def test_packages_and_their_memory_are_added_up_once(powercap: Path) -> None:
    meter = EnergyMeter(rapl_zones(powercap), None)
    for zone, joules in (("0", 2), ("0:0", 1), ("0:1", 50), ("1", 3), ("2", 99)):
        count(powercap, f"intel-rapl:{zone}", 1000 + joules * 10**6)
    count(powercap, "intel-rapl-mmio:0", 10**9)
    assert meter.read() == Joules(6.0, None)


def test_a_counter_that_begins_anew_goes_on(powercap: Path) -> None:
    count(powercap, "intel-rapl:1", RANGE - 2_000_000)
    meter = EnergyMeter(rapl_zones(powercap), None)
    count(powercap, "intel-rapl:1", 1_000_000)
    assert meter.read().processor == pytest.approx(3.0)
    count(powercap, "intel-rapl:1", 4_000_000)
    assert meter.read().processor == pytest.approx(6.0)


@pytest.mark.parametrize("kept", [None, "", "words", "unreadable"])
def test_what_cannot_be_read_is_not_told(powercap: Path, kept: str | None) -> None:
    file = powercap / "intel-rapl:1" / "energy_uj"
    meter = EnergyMeter(rapl_zones(powercap), None)
    file.unlink()
    if kept == "unreadable":
        if os.geteuid() == 0:
            file.mkdir()  # root may read every file, but no folder
        else:
            file.touch(0o000)
    elif kept is not None:
        file.write_text(kept)
    assert meter.read() == Joules(None, None), "one package of two is no machine"
    assert rapl_zones(powercap) is None


def test_a_machine_without_counters_tells_nothing(tmp_path: Path) -> None:
    with open_meter(tmp_path / "nothing") as meter:
        assert meter.read().processor is None


def gpus(*joules: float | None) -> SimpleNamespace:
    """NVML's functions as its Python binding gives them; a GPU before Volta does not support the counter."""

    class NVMLError(Exception):
        pass

    def consumption(handle: int) -> int:
        told = joules[handle]
        if told is None:
            raise NVMLError("Not Supported")
        return int(told * 1000)

    return SimpleNamespace(NVMLError=NVMLError, nvmlDeviceGetTotalEnergyConsumption=consumption)


def test_gpus_count_from_when_they_were_opened() -> None:
    counter = Gpus(gpus(100.0, 50.0), [0, 1])
    counter._nvml = gpus(107.5, 51.0)
    assert EnergyMeter(None, counter).read() == Joules(None, 8.5)
    assert Gpus(gpus(100.0, None), [0, 1]).joules() is None


def test_what_is_used_between_two_looks() -> None:
    assert Joules(5.0, None).since(Joules(2.0, None)) == Joules(3.0, None)
    assert Joules(None, 2.0).since(Joules(1.0, 1.5)) == Joules(None, 0.5)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three films."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2, 3):
        shown = to_display(render(sample_recipe(number, view="PA", flipped=False), 64 + number))
        Image.fromarray(shown).save(folder / f"{number}.png")
    return folder


def test_the_mean_over_a_batch_is_what_a_case_took(powercap: Path, pictures: Path, tmp_path: Path) -> None:
    used = [0]

    def spend(_line: object) -> None:
        used[0] += 7
        count(powercap, "intel-rapl:0", 1000 + used[0] * 10**6)

    with (
        scripted_room(tmp_path / "home") as room,
        Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary,
        open_meter(powercap) as meter,
    ):
        spend(None)
        found = run_batch(room, discover([pictures]), tmp_path / "out", summary, meter=meter, progress=spend)
        lines = summary.lines
    assert sum(line.processor_joules or 0.0 for line in lines) == pytest.approx(14.0)
    assert {line.gpu_joules for line in lines} == {None}
    assert found.processor_joules == pytest.approx(14.0 / 3)
