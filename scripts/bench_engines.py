"""Time a batch by the local engine and by Ray's actors, at one and two workers, in turn: what does Ray cost?

    python scripts/bench_engines.py [--cases 16] [--rounds 2]

Scripted models: what is compared is everything but the models, which are the same on both sides. Two workers are two
processes on either side. The rate is over the last cases of each batch, when every worker has begun; `first` is the
time until the first case is there, for a batch that nothing was loaded for. The processor is that of the whole batch,
its beginning as well, by the last look at all processes of it while they live. Needs Ray: pip install 'overread[ray]'.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil
from PIL import Image

from overread.batch.discovery import discover
from overread.batch.engine import engine_named
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.composition import open_room
from overread.settings import load_settings
from overread.testing.phantoms import render, sample_recipe, to_display

WARM = 8
"""Cases of a batch before its rate is taken."""
WORKERS = (1, 2)
ENGINES = ("local", "ray")


def main() -> None:
    """Print a line for each number of workers and engine, and Ray over local."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "WORKERS", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        engine, workers, folder = options.one
        print(*one_batch(engine, int(workers), Path(folder), options.cases))
        return
    engine_named("ray")
    took: dict[tuple[int, str], list[tuple[float, float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.cases + WARM):
            shown = to_display(render(sample_recipe(number, view="PA", flipped=False), 64 + number))
            Image.fromarray(shown).save(Path(name) / f"{number:04d}.png")
        for _ in range(options.rounds):
            for workers in WORKERS:
                for engine in ENGINES:
                    took[workers, engine].append(apart(engine, workers, Path(name), options.cases))
    for workers in WORKERS:
        middle = {
            engine: [statistics.median(each) for each in zip(*took[workers, engine], strict=True)] for engine in ENGINES
        }
        for engine, (rate, first, spent) in middle.items():
            rates = [each[0] for each in took[workers, engine]]
            print(
                f"{workers} {engine:<6} {rate:6.1f} cases a minute ({min(rates):.1f} to {max(rates):.1f}), "
                f"first after {first:.1f} s, {spent:.1f} s of the processor in all"
            )
        local, ray = middle["local"], middle["ray"]
        print(f"{workers} Ray over local: {ray[0] / local[0]:.2f} x the rate, first case {ray[1] - local[1]:+.1f} s")


def apart(engine: str, workers: int, folder: Path, cases: int) -> tuple[float, float, float]:
    """Run one batch in a process of its own: Ray is started, and everything loaded, for it."""
    command = [sys.executable, __file__, "--cases", str(cases), "--one", engine, str(workers), str(folder)]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    rate, first, spent = map(float, said.split()[-3:])
    return rate, first, spent


def one_batch(engine: str, workers: int, folder: Path, cases: int) -> tuple[float, float, float]:
    """Give cases a minute over the last ones, seconds to the first, and seconds of the processor of the whole batch."""
    settled: list[float] = []
    spent: list[float] = []

    def tick(_line: object) -> None:
        settled.append(time.perf_counter())
        spent.append(computed())

    with tempfile.TemporaryDirectory() as place:
        settings, out = load_settings(home=Path(place) / "home", profile="scripted"), Path(place) / "out"
        began = time.perf_counter()
        with open_room(settings) as room, Summary(out / "summary.jsonl", resume=False) as summary:
            run_batch(
                room,
                discover([folder]),
                out,
                summary,
                workers=workers,
                processes=workers if engine == "local" else 1,
                progress=tick,
                engine=engine_named(engine),
            )
    minutes = (settled[-1] - settled[-1 - cases]) / 60
    return cases / minutes, settled[0] - began, max(spent)


def computed() -> float:
    """Give the seconds of the processor of this process and of all that it started, of those that live now."""
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            total += sum(process.cpu_times()[:4])  # its children that it waited for are in it
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    main()
