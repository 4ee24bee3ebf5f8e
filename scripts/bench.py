"""Run the benchmarks one after another on this machine and write what they say into docs/benchmarks.md.

    python scripts/bench.py [NAME...]

A benchmark that is not named keeps the section that it has. Each compares within one run, side by side, so that its
ratios hold on another machine; its seconds are this machine's.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from overread.machine import environment
from overread.settings import load_settings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BENCHMARKS = {
    "orchestration": "What the graph adds to tools of known latency, to the case and to an alert",
    "flat": "A case after thousands of others",
    "cold": "The first case of a process beside import, load and the same questions to the same models",
    "read": "One case: the first, which loads the models, and warm ones",
    "batch": "A batch beside a bare loop over the same questions to the same models",
    "contention": "A case beside other processes that compute on every core",
    "worklist": "The worklist over 10,000 cases",
    "react": "A case beside a loop of tool calls over the same tools",
    "stores": "A case in SQLite and in PostgreSQL, with tools that take no time",
    "engines": "A batch by the local engine and by Ray, with scripted models",
    "memory": "Memory of each further case in flight",
}
"""Names of `scripts/bench_NAME.py`, in the order of the page, with what each shows."""
HEAD = """# Benchmarks

Written by `make bench`; each section says when, and on what. Read ratios, not seconds: both sides of each were measured
in one run.
"""


def main() -> None:
    """Run what is named, or all, and write the page."""
    wanted, sections = chosen(), dict(written())
    for name in wanted:
        sections[name] = section(name)
        PAGE.write_text(HEAD + "".join(sections[each] for each in BENCHMARKS if each in sections), encoding="utf-8")


def chosen(arguments: Sequence[str] | None = None) -> list[str]:
    """Give the benchmarks that the command line names, in the order of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; without one all")
    named = parser.parse_args(arguments).names
    if unknown := set(named) - set(BENCHMARKS):
        parser.error(f"there is no benchmark '{min(unknown)}'; there are: {', '.join(BENCHMARKS)}")
    return [name for name in BENCHMARKS if name in named or not named]


def written() -> Iterator[tuple[str, str]]:
    """Give the sections that the page has, by name."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for match in re.finditer(r"\n## .+\n\n`python scripts/bench_(\w+)\.py`(?s:.*?)\n```\n(?s:.*?)\n```\n", text):
        yield match[1], match[0]


def section(name: str) -> str:
    """Run a benchmark and give its section; raises where it fails."""
    lines = [f"\n## {BENCHMARKS[name]}\n\n`python scripts/bench_{name}.py`, {circumstances()}\n\n```\n"]
    # A server of the tests' own is one of those that are measured.
    paths = (str(ROOT), os.environ.get("PYTHONPATH"))
    with subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / f"bench_{name}.py")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if running.returncode:
        raise SystemExit(f"bench_{name}.py ended with {running.returncode}; its section is left as it was")
    return "".join([*lines, "```\n"])


def circumstances() -> str:
    """Say what the machine is and how busy it was before."""
    here = environment(load_settings().torch_threads)
    memory, load = psutil.virtual_memory().total / 2**30, psutil.getloadavg()[0]
    machine = f"{here.processor}, {here.cores} cores, {memory:.0f} GiB, load {load:.1f} before"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {machine}; "
        f"Python {here.python}, torch {here.libraries.get('torch')}, transformers {here.libraries.get('transformers')}"
    )


if __name__ == "__main__":
    main()
