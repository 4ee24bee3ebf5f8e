"""Time cases with tools that take no time, many in one process: does a case cost the same after thousands of others?

    python scripts/bench_flat.py [--cases 2000] [--rows 5]

Each row is a stretch of the run: milliseconds of the processor a case, resident memory at its end, and what the store
grew by for each case.
"""

import argparse
import tempfile
import time
from pathlib import Path

import psutil
from bench_orchestration import TRUST, put, tools

from overread.composition import open_room
from overread.settings import load_settings


def main() -> None:
    """Print a line a stretch, and the last over the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=5)
    options = parser.parse_args()
    each, costs, number = options.cases // options.rows, [], 0
    with (
        tempfile.TemporaryDirectory() as name,
        open_room(load_settings(home=Path(name), profile="scripted"), tools=tools({}), trust=TRUST) as room,
    ):
        room.read(put(room, options.cases))  # what is loaded once is loaded
        before = size_of(Path(name))
        for _ in range(options.rows):
            computed = time.process_time()
            for _ in range(each):
                room.read(put(room, number))
                number += 1
            costs.append(1000 * (time.process_time() - computed) / each)
            after = size_of(Path(name))
            memory, grown = psutil.Process().memory_info().rss / 2**20, (after - before) / each / 1024
            print(f"cases to {number:6d}  {costs[-1]:6.1f} ms a case, {memory:5.0f} MiB, {grown:5.0f} KiB a case kept")
            before = after
    print(f"last stretch over the first: {costs[-1] / costs[0]:.2f}")


def size_of(folder: Path) -> int:
    """Give the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
