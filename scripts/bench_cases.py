"""Time whole phantom cases that are read at once over a served profile, and each tool within them.

Needs the servers of the profile: overread serve up --profile vllm-cpu
"""

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from overread.batch.discovery import discover
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.composition import open_room
from overread.serving import state
from overread.settings import Settings, load_settings
from overread.testing.phantoms import sample_recipe, write_study


@dataclass(frozen=True)
class Node:
    """One tool, or the whole case, over the cases that were in flight at once."""

    name: str
    runs: int
    p50: float
    p95: float


def main() -> None:
    """Print the table and, with `--json`, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="vllm-cpu")
    parser.add_argument("--cases", type=int, default=8)
    parser.add_argument("--workers", type=int, default=8, help="Cases read at once.")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        nodes = cases(load_settings(profile=asked.profile), Path(name), asked.cases, asked.workers)
    Console(width=100).print(node_table(nodes))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(node) for node in nodes], indent=2) + "\n")


def cases(settings: Settings, folder: Path, count: int, workers: int) -> list[Node]:
    """Read phantom cases at once in a store of their own, over the same servers."""
    home = folder / "home"
    home.mkdir()
    (home / "serving").symlink_to(state.folder(settings.home).absolute())
    for number in range(count):
        write_study(folder / "studies" / str(number), sample_recipe(number, view="PA", flipped=False), size=512)
    with open_room(settings.model_copy(update={"home": home})) as room:
        with Summary(folder / "summary.jsonl", resume=False) as summary:
            totals = run_batch(room, discover([folder / "studies"]), folder / "out", summary, workers=workers)
        files = [room.file(row.case_id) for row in room.worklist()]
    took: dict[str, list[float]] = {}
    for run in (run for file in files for run in file.manifest.tool_runs):
        took.setdefault(run.tool, []).append((run.ended - run.started).total_seconds())
    nodes = [node(name, each) for name, each in took.items()]
    return [*nodes, Node("whole case", totals.cases, totals.p50 or math.nan, totals.p95 or math.nan)]


def node(name: str, seconds: Sequence[float]) -> Node:
    """Take the median and the 95th percentile of one tool's seconds."""
    p50, p95 = np.percentile(seconds, (50, 95))
    return Node(name, len(seconds), float(p50), float(p95))


def node_table(nodes: Sequence[Node]) -> Table:
    """Lay out a row for each tool and one for the whole case."""
    table = Table(title="Cases in flight at once")
    for heading in ("node", "runs", "p50 s", "p95 s"):
        table.add_column(heading, justify="left" if heading == "node" else "right")
    for node in nodes:
        table.add_row(node.name, str(node.runs), f"{node.p50:.2f}", f"{node.p95:.2f}")
    return table


if __name__ == "__main__":
    main()
