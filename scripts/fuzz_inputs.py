"""Read hostile inputs through the gate that `overread read` uses, and count what came of each.

    python scripts/fuzz_inputs.py --count 10000 --seed 1 --out FOLDER

Inputs are made by number (`overread.testing.hostile`) and read by `read_input`, whose parsing is done in a child
process under limits. One line an input goes to FOLDER/fuzz-SEED.jsonl, and a run goes on where the last one stopped.
Ends with 1 where anything but a study or a typed reason came out, an input took longer than 15 s, or a process needed
more than 1.5 GB.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.errors import SeveralStudies, Unreadable
from overread.imaging import read_input
from overread.imaging.sandbox import sandbox_of
from overread.ports import Picture
from overread.records import Greys
from overread.settings import Limits
from overread.testing.hostile import hostile_input, originals

HANG_SECONDS = 15.0
MOST_MIB = 1500.0


class Tally(NamedTuple):
    """What came of one input."""

    number: int
    kind: str
    outcome: str
    """`read`, a refusal's reason, or `untyped: ` and an exception's name."""
    seconds: float


class Nowhere:
    """A sink that keeps nothing."""

    def put(self, picture: Picture) -> str:
        """Give a digest of nothing."""
        return "0" * 64

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str | None:
        """Have no use for stored values."""
        return None


def read_one(seed: int, number: int, folder: Path) -> Tally:
    """Make the input of a number and read it; an exception that is not ours is an outcome, too: the one looked for."""
    made = hostile_input(seed, number)
    path = folder / made.name
    path.write_bytes(made.content)
    began = time.monotonic()
    try:
        found = read_input([path], sink=Nowhere(), key=b"fuzz", limits=Limits())
        outcome = str("read" if found.refusal is None else found.refusal.reason)
    except Unreadable as error:
        outcome = error.reason
    except SeveralStudies:
        outcome = "several_studies"
    # Whatever else comes out is what is looked for: the run counts it and goes on.
    except Exception as error:  # noqa: BLE001
        outcome = f"untyped: {type(error).__name__}"
    return Tally(number, made.kind, outcome, round(time.monotonic() - began, 3))


def _warm() -> None:
    """Start the reader process, so that the times are those of reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.dcm"
        path.write_bytes(originals()["0.dcm"])
        read_input([path], sink=Nowhere(), key=b"fuzz", limits=Limits())


def run(seed: int, count: int, lines: Path, minutes: float) -> list[Tally]:
    """Read the inputs 0 to `count` that have no line yet, for at most so many minutes; give every line."""
    _warm()
    known = [Tally(**json.loads(line)) for line in lines.read_text().splitlines()] if lines.exists() else []
    done = {each.number for each in known}
    end = time.monotonic() + 60 * minutes
    with lines.open("a", encoding="utf-8") as kept, tempfile.TemporaryDirectory(prefix="overread-fuzz-") as folder:
        for number in tqdm([number for number in range(count) if number not in done], mininterval=10):
            if time.monotonic() > end:
                break
            told = read_one(seed, number, Path(folder))
            known.append(told)
            kept.write(json.dumps(told._asdict()) + "\n")
            kept.flush()
    return known


def peak_mib() -> float:
    """End the reader process and give the largest memory of it and of every child that it had, in MiB."""
    sandbox_of(os.getpid()).close()
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def table(known: list[Tally]) -> str:
    """Lay out a row a kind of mutation, as Markdown."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for each in known:
        kinds[each.kind][each.outcome] += 1
    rows = ["| mutation | inputs | read | refused or unreadable, by reason | untyped |", "|---|---|---|---|---|"]
    for kind, outcomes in sorted(kinds.items()):
        untyped = sum(count for name, count in outcomes.items() if name.startswith("untyped"))
        typed = [(name, count) for name, count in outcomes.most_common() if name != "read" and ":" not in name]
        said = ", ".join(f"{name} {count}" for name, count in typed) or "–"
        rows.append(f"| {kind} | {outcomes.total()} | {outcomes['read']} | {said} | {untyped} |")
    return "\n".join(rows)


def main() -> None:
    """Run, print the table, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--out", type=Path, default=Path("out"))
    asked: Any = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    known = run(asked.seed, asked.count, asked.out / f"fuzz-{asked.seed}.jsonl", asked.minutes)
    slowest = max((each.seconds for each in known), default=0.0)
    untyped = [each for each in known if each.outcome.startswith("untyped")]
    print(table(known))
    print(f"\n{len(known)} inputs of seed {asked.seed}: {len(untyped)} untyped, slowest {slowest:.1f} s", flush=True)
    peak = peak_mib()
    print(f"largest process of this run: {peak:.0f} MiB")
    for each in untyped[:20]:
        print(f"  number {each.number}, {each.kind}: {each.outcome}")
    raise SystemExit(bool(untyped) or slowest > HANG_SECONDS or peak > MOST_MIB)


if __name__ == "__main__":
    main()
