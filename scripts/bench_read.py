"""Time `read` on a phantom in this process: the first case, which loads the models, and the next ones."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from overread.batch.single import read_one
from overread.composition import open_room
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

CASES = 4


def main() -> None:
    """Print seconds for each case, of them in tools, and the peak memory of the process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(CASES):
            write_study(folder / str(number), sample_recipe(number, view="PA", flipped=False))
        with open_room(load_settings(home=folder / "home")) as room:
            for number in range(CASES):
                began = time.monotonic()
                read = read_one(room, [folder / str(number)], folder / "out")
                seconds = time.monotonic() - began
                runs = read.file.manifest.tool_runs if read.file else ()
                in_tools = sum((run.ended - run.started).total_seconds() for run in runs)
                print(f"case {number}: {seconds:6.2f} s, tools {in_tools:6.2f} s together")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):.0f} MiB")


if __name__ == "__main__":
    main()
