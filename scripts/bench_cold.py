"""Time the first case of a process beside the bare work: import, load the same models, and ask them the same.

    python scripts/bench_cold.py [--times 3]

One case tells what each model is asked. Then processes of two kinds start in turn: `overread read` of that study in an
empty home, and one that imports the models' code, loads them and asks just that. Both are timed from start to end.
"""

import argparse
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

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
        for number in range(2):
            write_study(folder / "studies" / str(number), sample_recipe(NUMBER + number, view="PA", flipped=False))
        heard: dict[tuple[str, str], Asked] = {}
        listen(folder / "studies", 1, heard)
        (folder / "asked").write_bytes(pickle.dumps(heard))
        bare, whole = [], []
        for number in range(options.times):
            bare.append(_seconds([__file__, "--bare", str(folder / "asked")]))
            place = folder / f"home-{number}"
            arguments = ["-c", f"home={place}", "read", str(folder / "studies" / "1"), "--out", str(place / "out")]
            whole.append(_seconds(["-m", "overread.cli", *arguments]))
    ratio = statistics.median(whole) / statistics.median(bare)
    print(f"bare   {_told(bare)}: import, load and ask")
    print(f"read   {_told(whole)}, {ratio:.2f} x the bare work (at most {MOST:.1f})")


def _seconds(arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def _told(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):5.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    main()
