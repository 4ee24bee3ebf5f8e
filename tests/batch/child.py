"""The work of a process that takes cases from the queue: told by files in the home to stand still or to die."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from overread.batch.discovery import discover
from overread.batch.processes import reading_along
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.batch.worker import Worker
from overread.cli.stopping import STOPPED, ending_at_once, stopping
from overread.composition import open_room
from overread.observing.events import Observer
from overread.ports import ToolInput
from overread.reading_room import ReadingRoom
from overread.settings import Reading, Settings, load_settings
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.tool import Item
from tests.graphs.rooms import TRUST, score, scripted_room, scripted_tools, settings

HANG, POISON, RUNS = "hang", "poison", "runs"
"""Files: while there is HANG the tool stands still, a film of as many rows as POISON says kills, RUNS has the runs."""


def classifier(home: Path) -> ScriptedTool:
    """Give a tool that writes down each run before it does as it is told."""

    def look(work: ToolInput) -> Sequence[Item]:
        with (home / RUNS).open("a") as runs:
            runs.write(f"{os.getpid()} {work.image.rows}\n")
        if (home / POISON).exists() and (home / POISON).read_text() == str(work.image.rows):
            os.kill(os.getpid(), signal.SIGKILL)
        while (home / HANG).exists():
            time.sleep(0.02)
        return [score("Pleural Effusion", 0.9)]

    return ScriptedTool("classification", look)


def work(home: Path, reading: Reading, slots: int = 1, holder: str | None = None) -> None:
    """Read until nothing is left."""
    with scripted_room(home, scripted_tools(classification=classifier(home)), reading=reading) as room:
        worker = Worker(room, slots=slots, holder=holder)
        worker.run(threading.Event(), lambda: not worker.left())


def batch(home: Path, films: Path, out: Path) -> None:
    """Read a batch."""
    with (
        scripted_room(home, scripted_tools(classification=classifier(home))) as room,
        Summary(out / "summary.jsonl", resume=False) as summary,
    ):
        run_batch(room, discover([films]), out, summary)


@contextmanager
def told_room(settings: Settings, watching: Sequence[Observer] = ()) -> Iterator[ReadingRoom]:
    """Open a room whose classifier does as the files in the home tell it."""
    tools = scripted_tools(classification=classifier(settings.home))
    with open_room(settings, tools=tools, trust=TRUST, watching=watching) as room:
        yield room


def batch_on_ray(home: Path, films: Path, out: Path, workers: int = 2) -> None:
    """Read a batch in actors of Ray, as the command does."""
    from overread.batch.engines.ray import RayEngine

    with (
        stopping("") as stop,
        told_room(settings(home)) as room,
        ending_at_once(),
        Summary(out / "summary.jsonl", resume=(out / "summary.jsonl").exists()) as summary,
    ):
        engine = RayEngine(told_room)
        run_batch(room, discover([films]), out, summary, workers=workers, stop=stop.event, engine=engine)
    sys.exit(STOPPED + stop.signal if stop.signal else 0)


def count_on_ray(home: Path, films: Path, out: Path) -> None:
    """Read a batch in actors of Ray with the models of the profile, as they come."""
    from overread.batch.engines.ray import RayEngine

    with open_room(settings(home)) as room, Summary(out / "summary.jsonl", resume=False) as summary:
        run_batch(room, discover([films]), out, summary, workers=1, engine=RayEngine())


def go_on_here(home: Path, films: Path, out: Path) -> None:
    """Go on with a batch in this process."""
    with told_room(settings(home)) as room, Summary(out / "summary.jsonl", resume=True) as summary:
        run_batch(room, discover([films]), out, summary)


def serve(home: Path) -> None:
    """Read until a signal comes, as the command does."""
    tools = scripted_tools(classification=classifier(home))
    with stopping("") as stop, scripted_room(home, tools) as room, ending_at_once():
        Worker(room, slots=1).run(stop.event, lambda: False)
    sys.exit(STOPPED + stop.signal)


def along(home: Path) -> None:
    """Have another process read along, and stand still."""
    with reading_along(load_settings(home=home, profile="scripted"), "b-of-a-test", [1]):
        time.sleep(3600)
