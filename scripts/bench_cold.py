"""Time the first case of a process beside the bare work: import, load the same models, and ask them the same.

    python scripts/bench_cold.py [--times 3]

One case tells what each model is asked. Then processes of two kinds start in turn: `overread read` of that study in an
empty home, and one that imports the models' code, loads them and asks just that. Both are timed from start to end.
At last `overread read` of further studies where an `overread worker` has its models loaded.
"""

import argparse
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from bench_batch import Asked, bare_seconds, listen

from overread.testing.phantoms import sample_recipe, write_study

NUMBER = 940_000
MOST = 2.0


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--bare", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare is not None:
        bare_seconds(pickle.loads(options.bare.read_bytes()), warm=False)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(3 + options.times):
            write_study(folder / "studies" / str(number), sample_recipe(NUMBER + number, view="PA", flipped=False))
        heard: dict[tuple[str, str], Asked] = {}
        listen(folder / "studies", 1, heard)
        (folder / "asked").write_bytes(pickle.dumps(heard))
        bare: list[Took] = []
        whole: list[Took] = []
        for number in range(options.times):
            bare.append(_run([__file__, "--bare", str(folder / "asked")]))
            place = folder / f"home-{number}"
            whole.append(_run(_read(place, folder / "studies" / "1", "--no-worker")))
        with _worker(folder / "home") as process:
            # The first also waits until the worker has loaded its models.
            _run(_read(folder / "home", folder / "studies" / "2"))
            before = process.cpu_times()
            warm = [_run(_read(folder / "home", folder / "studies" / str(3 + each))) for each in range(options.times)]
            after = process.cpu_times()
    there = (after.user + after.system - before.user - before.system) / options.times
    ratio, saved = _over(whole, bare), _over(warm, whole)
    print(f"bare   {_told(bare)}: import, load and ask")
    print(f"read   {_told(whole)}, {ratio:.2f} x the bare work (at most {MOST:.1f})")
    print(f"warm   {_told(warm)} and {there:.1f} s of the worker's: read by a worker, {saved:.2f} x the time of read")


Took = tuple[float, float]
"""Seconds from start to end, and those of the processor."""


def _read(home: Path, study: Path, *options: str) -> list[str]:
    return ["-m", "overread.cli", "-c", f"home={home}", "read", str(study), "--out", f"{home}-out", *options]


def _over(some: Sequence[Took], others: Sequence[Took]) -> float:
    return statistics.median(took[0] for took in some) / statistics.median(took[0] for took in others)


def _run(arguments: Sequence[str]) -> Took:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, arguments)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


@contextmanager
def _worker(home: Path) -> Iterator[psutil.Process]:
    """Have a worker of a home run that reads for others."""
    command = [sys.executable, "-m", "overread.cli", "-c", f"home={home}", "worker"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            while running.poll() is None and not list(home.glob("readers/*.sock")):
                time.sleep(0.1)
            yield psutil.Process(running.pid)
        finally:
            running.terminate()


def _told(took: Sequence[Took]) -> str:
    seconds, used = zip(*took, strict=True)
    span = f"{min(seconds):.2f} to {max(seconds):.2f}"
    return f"{statistics.median(seconds):5.2f} s ({span}), {statistics.median(used):.1f} s of the processor"


if __name__ == "__main__":
    main()
