"""Time `read` on a phantom in this process: the first case, which loads the models, and the next ones."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from overread.batch.single import CaseRead, read_one
from overread.composition import open_room
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

CASES = 4


def by_tool(read: CaseRead) -> str:
    """Say the seconds of each tool; a tool that ran twice, as the adjudicator's questions do, has both runs."""
    seconds: dict[str, float] = {}
    for run in read.file.manifest.tool_runs if read.file else ():
        seconds[run.tool] = seconds.get(run.tool, 0.0) + (run.ended - run.started).total_seconds()
    return ", ".join(f"{tool} {spent:.2f}" for tool, spent in seconds.items())


def main() -> None:
    """Print seconds for each case, processor seconds and those in each tool, and the peak memory of the process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(CASES):
            write_study(folder / str(number), sample_recipe(number, view="PA", flipped=False))
        with open_room(load_settings(home=folder / "home")) as room:
            for number in range(CASES):
                began, computed = time.monotonic(), time.process_time()
                read = read_one(room, [folder / str(number)], folder / "out")
                seconds, processor = time.monotonic() - began, time.process_time() - computed
                print(f"case {number}: {seconds:6.2f} s, processor {processor:6.2f} s; {by_tool(read)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):.0f} MiB")


if __name__ == "__main__":
    main()
