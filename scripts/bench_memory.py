"""Measure how much memory each further case in flight takes, in one process with the embedded models.

    python scripts/bench_memory.py [--cases 16] [--at 1 2 4 8]

Each row is a batch in a process of its own. What is counted, several times a second, is what the process and the
children that read its inputs have for themselves (USS: pages that nobody shares), and the highest sum is told.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import psutil

from overread.batch.discovery import discover
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.composition import open_room
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

FIRST = 950_000
LOOK_SECONDS = 0.2


def main() -> None:
    """Print a line for each number of cases in flight, and what a further one takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=16)
    parser.add_argument("--at", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--one", nargs=2, metavar=("SLOTS", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(*peaks(int(options.one[0]), Path(options.one[1])))
        return
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.cases):
            write_study(Path(name) / f"{number:04d}", sample_recipe(FIRST + number))
        rows = [(slots, *apart(slots, Path(name))) for slots in options.at]
    for slots, own, children in rows:
        print(f"{slots:3d} in flight  {own + children:6.0f} MiB at most, {own:.0f} of the process")
    each, base = np.polyfit([row[0] for row in rows], [row[1] + row[2] for row in rows], 1)
    print(f"a further case in flight: {each:.0f} MiB, over {base:.0f} MiB of models and program (least squares)")


def apart(slots: int, folder: Path) -> tuple[float, float]:
    """Run a batch in a process of its own."""
    command = [sys.executable, __file__, "--one", str(slots), str(folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    own, children = map(float, said.split()[-2:])
    return own, children


def peaks(slots: int, folder: Path) -> tuple[float, float]:
    """Read a folder of studies, so many at once; give the highest sum, as MiB of the process and of its children."""
    seen: list[tuple[float, float]] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            seen.append((own_mib(psutil.Process()), sum(map(own_mib, psutil.Process().children(recursive=True)))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with tempfile.TemporaryDirectory() as place:
            out = Path(place) / "out"
            settings = load_settings(home=Path(place) / "home")
            with open_room(settings) as room, Summary(out / "summary.jsonl", resume=False) as summary:
                run_batch(room, discover([folder]), out, summary, workers=slots)
    finally:
        ended.set()
        watcher.join()
    return max(seen, key=sum)


def own_mib(process: psutil.Process) -> float:
    """Give what a process has for itself; nothing of one that ended."""
    try:
        return float(process.memory_full_info().uss) / 2**20
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


if __name__ == "__main__":
    main()
