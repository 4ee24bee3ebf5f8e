"""Processes that read along with a batch: they take its cases, finish what they have, and do not outlive it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

from overread.batch.discovery import discover
from overread.batch.jobs import jobs_of
from overread.batch.processes import CASES_EACH, LEAST_SLOTS, default_slots, processes_for, reading_along
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.composition import open_room
from overread.settings import ModelSpec, Profile, Settings, load_settings
from overread.store.home import Home
from overread.testing.phantoms import render, sample_recipe, to_display
from tests.batch.child import along
from tests.graphs import processes
from tests.needs import ROOT

BATCH = "b-of-a-test"
FILMS = 3
SECONDS = 60.0
MANY = 10**6
IMPORTING_SECONDS = 0.3
"""Of the processor, after which a process that starts is in the midst of its imports."""


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(FILMS):
        Image.fromarray(to_display(render(sample_recipe(number, view="PA"), 64 + number))).save(
            folder / f"{number}.png"
        )
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", profile="scripted")


def put(home: Home, films: Path, settings: Settings) -> None:
    home.reading_queue.put(list(jobs_of(discover([films]), BATCH, films.parent / "out", settings)))


def test_another_process_reads_the_cases_of_the_batch_and_no_others(films: Path, settings: Settings) -> None:
    home = Home(settings.home)
    put(home, films, settings)
    home.reading_queue.put(list(jobs_of(discover([films]), "b-other", films.parent / "other", settings)))
    end = time.monotonic() + SECONDS
    with reading_along(settings, BATCH, [1]):
        while home.reading_queue.left(batch=BATCH) and time.monotonic() < end:
            time.sleep(0.05)
    assert len(home.reading_queue.untold(BATCH)) == FILMS
    assert home.reading_queue.left(batch="b-other") == FILMS
    home.close()


def test_a_batch_of_several_processes_has_a_line_for_each_case(films: Path, settings: Settings) -> None:
    out = films.parent / "out"
    with open_room(settings) as room, Summary(out / "summary.jsonl", resume=False) as summary:
        totals = run_batch(room, discover([films]), out, summary, workers=2, processes=3)
    assert totals.cases == FILMS
    assert len({line.case_id for line in summary.lines}) == FILMS


def test_one_whose_parent_was_killed_ends(films: Path, settings: Settings) -> None:
    parent = processes.start(along, settings.home)
    end = time.monotonic() + SECONDS
    while not (below := _python_below(parent.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    assert parent.pid is not None
    os.kill(parent.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(below, SECONDS)
    assert gone
    assert not alive


def _python_below(pid: int | None) -> list[psutil.Process]:
    """Give the reading processes of a process; Python's tracker of resources is one as well, and is not meant."""
    children = psutil.Process(pid).children()
    return [child for child in children if any("spawn_main" in word for word in child.cmdline())]


def test_a_small_batch_needs_no_second_process_and_a_large_one_takes_as_many_as_there_are_cores() -> None:
    profile = Profile(name="p", describe="", tools=(), roles={"vqa": ModelSpec(backend="scripted", model="m")})
    slots = default_slots()
    assert processes_for(CASES_EACH - 1, slots, profile) == 1
    assert processes_for(MANY, 2 * LEAST_SLOTS - 1, profile) == 1
    assert processes_for(MANY, 0, profile) == 1
    assert 1 <= processes_for(MANY, slots, profile) <= slots // LEAST_SLOTS


def test_a_process_that_is_interrupted_while_it_starts_ends_without_a_word(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from tests.batch.child import along; along(Path({str(tmp_path / 'home')!r}))"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, cwd=ROOT) as parent:
        try:
            end = time.monotonic() + 3 * SECONDS
            started: list[psutil.Process] = []
            while not started and time.monotonic() < end:
                family = psutil.Process(parent.pid).children()
                started = [each for each in family if "spawn_main" in " ".join(each.cmdline())]
            while sum(started[0].cpu_times()[:2]) < IMPORTING_SECONDS and time.monotonic() < end:
                time.sleep(0.01)
            started[0].send_signal(signal.SIGINT)
            while started[0].status() != psutil.STATUS_ZOMBIE and time.monotonic() < end:
                time.sleep(0.05)
            assert started[0].status() == psutil.STATUS_ZOMBIE  # its parent looks at nothing
        finally:
            parent.kill()
        assert parent.stderr is not None
        assert b"Traceback" not in parent.stderr.read()
