"""Time warm cases on an idle machine, then beside one, two, … processes that compute on every core.

    python scripts/bench_contention.py [--busy 0 1 2] [--cases 4] [--threads N]

One process reads the cases of every row, so that they differ in nothing but what else the machine does.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import track

from overread.batch.single import CaseRead, read_one
from overread.composition import open_room
from overread.reading_room import ReadingRoom
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

BUSY = """
import torch
picture, layer = torch.randn(4, 32, 64, 64), torch.nn.Conv2d(32, 32, 3, padding=1)
with torch.no_grad():
    while True:
        layer(picture)
"""
"""A network on every core, with torch's and OpenMP's defaults: what a training run beside the program does."""

STARTING = 4.0
"""Seconds until such a process computes."""


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Run `count` processes that never stop computing, on every core each."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY], env=plain))
            stack.callback(process.kill)
        if count:
            time.sleep(STARTING)
        yield


def timed(room: ReadingRoom, study: Path, out: Path) -> tuple[float, CaseRead]:
    """Read one study; give the seconds and what came of it."""
    began = time.monotonic()
    read = read_one(room, [study], out)
    return time.monotonic() - began, read


def by_tool(reads: Sequence[CaseRead]) -> str:
    """Say the median seconds of each tool."""
    seconds: dict[str, list[float]] = {}
    for read in reads:
        for run in read.file.manifest.tool_runs if read.file else ():
            seconds.setdefault(run.tool, []).append((run.ended - run.started).total_seconds())
    return ", ".join(f"{tool} {statistics.median(found):.2f}" for tool, found in sorted(seconds.items()))


def main() -> None:
    """Print a row for each number of busy processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--threads", type=int, help="the setting torch_threads")
    options = parser.parse_args()
    settings = {} if options.threads is None else {"torch_threads": options.threads}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        total = 1 + len(options.busy) * options.cases
        for number in range(total):
            write_study(folder / str(number), sample_recipe(number, view="PA", flipped=False))
        with open_room(load_settings(home=folder / "home", **settings)) as room:
            timed(room, folder / "0", folder / "out")
            numbers = iter(range(1, total))
            print(f"{'busy processes':>14} {'median s':>9} {'slowest s':>9}   median s in each tool")
            for count in options.busy:
                with busy(count):
                    rows = [
                        timed(room, folder / str(next(numbers)), folder / "out")
                        for _ in track(range(options.cases), f"beside {count}", transient=True)
                    ]
                seconds, tools = [spent for spent, _ in rows], by_tool([read for _, read in rows])
                print(f"{count:14} {statistics.median(seconds):9.2f} {max(seconds):9.2f}   {tools}")


if __name__ == "__main__":
    main()
