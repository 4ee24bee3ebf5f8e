"""Many cases: each once, a bad one is a line, a stop finishes what is in flight, a kill loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from overread.batch.discovery import discover
from overread.batch.mixture import mixture_of
from overread.batch.runner import run_batch
from overread.batch.summary import Summary, SummaryLine
from overread.composition import open_room
from overread.reading_room import ReadingRoom
from overread.settings import Settings
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_score
from overread.testing.phantoms import render, sample_recipe, to_display


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    tools = {"classification": ScriptedTool("classification", [make_score("Edema", 0.9)], labels=("Edema",))}
    with open_room(Settings(home=tmp_path / "store", profile="scripted"), tools=dict(tools)) as opened:
        yield opened


def test_a_bad_input_is_a_line_and_not_the_end(room: ReadingRoom, pictures: Path, tmp_path: Path) -> None:
    with Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        totals = run_batch(room, discover([pictures]), tmp_path / "out", summary)
    lines = {line.input: line for line in _lines(tmp_path / "out")}
    assert lines["pictures/1.png"].status == lines["pictures/2.png"].status == "awaiting_review"
    assert lines["pictures/3.png"].status == "refused"
    assert lines["pictures/3.png"].reason is not None
    assert totals.by_status == {"awaiting_review": 2, "refused": 1}
    assert (tmp_path / "out" / str(lines["pictures/1.png"].case_id) / "case.json").is_file()


def test_one_content_under_two_names_is_one_case(room: ReadingRoom, pictures: Path, tmp_path: Path) -> None:
    (pictures / "copy.png").write_bytes((pictures / "1.png").read_bytes())
    with Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        run_batch(room, discover([pictures]), tmp_path / "out", summary, workers=3)
    ids = {line.input: line.case_id for line in _lines(tmp_path / "out")}
    assert ids["pictures/copy.png"] == ids["pictures/1.png"]
    assert mixture_of(_lines(tmp_path / "out")).same_case == (("pictures/1.png", "pictures/copy.png"),)
    assert len(room.store.rows()) == 2


def test_the_depths_of_a_study_are_in_its_line(room: ReadingRoom, studies: Path, tmp_path: Path) -> None:
    with Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        run_batch(room, discover([studies]), tmp_path / "out", summary)
        assert {line.bits for line in summary.lines} == {(12,)}
        assert sorted(len(line.pictures) for line in summary.lines) == [1, 2, 2]


def test_a_failed_case_keeps_its_id_and_its_folder(pictures: Path, tmp_path: Path) -> None:
    class Broken(ScriptedTool):
        def accepts(self, study: object) -> None:
            raise KeyError("DOE^JANE")

    tools = {"classification": Broken("classification")}
    with (
        open_room(Settings(home=tmp_path / "store", profile="scripted"), tools=dict(tools)) as room,
        Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary,
    ):
        run_batch(room, discover([pictures / "1.png"]), tmp_path / "out", summary)
    (line,) = _lines(tmp_path / "out")
    assert line.status == "failed"
    assert line.error == "stopped with KeyError"
    case = json.loads((tmp_path / "out" / str(line.case_id) / "case.json").read_text())
    assert case["status"] == "failed"
    assert "DOE" not in json.dumps(case)


def test_a_stop_finishes_what_is_in_flight_and_begins_no_other(
    room: ReadingRoom, pictures: Path, tmp_path: Path
) -> None:
    stop = threading.Event()
    with Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        works = discover([pictures])
        totals = run_batch(
            room, works, tmp_path / "out", summary, workers=1, stop=stop, progress=lambda line: stop.set()
        )
        assert totals.cases == 1
        rest = run_batch(room, works, tmp_path / "out", summary, workers=1)
    assert rest.cases == 2
    assert Counter(line.input for line in _lines(tmp_path / "out")).most_common(1)[0][1] == 1


@pytest.mark.slow
def test_a_batch_that_is_killed_and_resumed_has_each_case_once(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(to_display(render(sample_recipe(number, view="PA"), 64))).save(folder / f"{number}.png")
    first = _start(folder, tmp_path)
    _wait_for_a_line(first, tmp_path / "out" / "summary.jsonl")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    again = _start(folder, tmp_path)
    assert again.wait(timeout=60) == 2
    resumed = _start(folder, tmp_path, "--resume")
    assert resumed.wait(timeout=240) == 0
    lines = _lines(tmp_path / "out")
    assert sorted(line.input for line in lines) == [f"many/{number}.png" for number in range(6)]
    assert {line.status for line in lines} == {"awaiting_review"}


def _start(folder: Path, tmp_path: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "overread.cli", "-c", f"home={tmp_path / 'store'}", "-c", "profile=scripted"]
    return subprocess.Popen(
        [*command, "batch", str(folder), "--out", str(tmp_path / "out"), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def _wait_for_a_line(process: "subprocess.Popen[bytes]", path: Path) -> None:
    until = time.monotonic() + 200
    while not (path.is_file() and path.read_bytes()):
        assert time.monotonic() < until, "no case was read"
        assert process.poll() is None, "the batch ended before it could be killed"
        time.sleep(0.05)


def _lines(out: Path) -> list[SummaryLine]:
    return [SummaryLine.model_validate_json(line) for line in (out / "summary.jsonl").read_text().splitlines()]
