"""Time a batch of cases beside a bare loop over the same questions to the same models, at the best batch size.

    python scripts/bench_batch.py [--cases 40] [--at 1x8 1x16 2x4 2x8]

A batch at 2x4 has two processes with four cases in flight each; it is timed once all of them are warm. The first
batch writes down what each model is asked. The bare loop then asks just that, of models loaded anew: pictures one
after another, requests in words sixteen at a time, as many kinds of model side by side as there are cores. It reads
no file, keeps nothing, decides nothing and writes nothing: what a batch takes longer is what all of that costs.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from overread import plugins
from overread.asking import ask_all
from overread.backends._threads import cores
from overread.batch.discovery import discover
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.composition import open_room, parts_of
from overread.ports import Backend, ChatRequest, Parts, Tool
from overread.settings import Settings, load_profile, load_settings
from overread.testing.phantoms import sample_recipe, write_study

FIRST = 930_000
AT_ONCE = 16
WARM = 24
"""Cases that are read before a batch is timed: its further processes load their models meanwhile."""


@dataclass
class Asked:
    """What one model was asked, in order."""

    requests: list[ChatRequest] = field(default_factory=list)
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    """Names of methods with what they were given."""


class Listening:
    """A backend that writes down what it is asked."""

    def __init__(self, backend: Backend, asked: Asked) -> None:
        self._backend = backend
        self._asked = asked
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._backend, name)
        if name.startswith("_") or not callable(found):
            return found

        def ask(*given: Any) -> Any:
            with self._lock:
                if name == "ask":
                    self._asked.requests.append(given[0])
                elif name == "ask_all":
                    self._asked.requests.extend(given[0])
                else:
                    self._asked.calls.append((name, given))
            return found(*given)

        return ask


def listening_tools(settings: Settings, heard: dict[tuple[str, str], Asked]) -> dict[str, Tool]:
    """Build the profile's tools over models that write down, by kind and role, what they are asked."""
    profile = load_profile(settings.profile, settings)
    parts = parts_of(profile, settings)

    def of(kind: str) -> Callable[[str], Any]:
        get = getattr(parts, kind)
        return lambda role: Listening(get(role), heard.setdefault((kind, role), Asked()))

    kinds = {kind: of(kind) for kind in ("chat", "embedding", "segmentation", "labels")}
    listening: Parts = replace(parts, **kinds)
    return {name: plugins.builder("tools", name)(listening) for name in profile.tools}


def listen(folder: Path, cases: int, heard: dict[tuple[str, str], Asked]) -> None:
    """Read so many studies and write down what that asks of models; the first of the folder only warms them up."""
    with tempfile.TemporaryDirectory() as place:
        settings, out = load_settings(home=Path(place) / "home"), Path(place) / "out"
        first, *others = discover([folder])
        with open_room(settings, listening_tools(settings, heard)) as room:
            run_batch(room, [first], out, Summary(out / "warm.jsonl", resume=False), workers=1)
            for asked in heard.values():
                asked.requests.clear()
                asked.calls.clear()
            run_batch(room, others[:cases], out, Summary(out / "summary.jsonl", resume=False))


def cases_a_second(folder: Path, cases: int, processes: int, slots: int) -> float:
    """Read all studies of a folder; give the rate over the last `cases` of them, when every process is warm."""
    settled: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        settings, out = load_settings(home=Path(place) / "home"), Path(place) / "out"
        with open_room(settings) as room:
            run_batch(
                room,
                discover([folder]),
                out,
                Summary(out / "summary.jsonl", resume=False),
                workers=processes * slots,
                processes=processes,
                progress=lambda line: settled.append(time.perf_counter()),
            )
    return cases / (settled[-1] - settled[-1 - cases])


def bare_seconds(heard: dict[tuple[str, str], Asked], *, warm: bool = True) -> float:
    """Ask the same models the same things and nothing else; `warm`: each is asked its first question before."""
    settings = load_settings()
    parts = parts_of(load_profile(settings.profile, settings), settings)
    jobs = []
    for (kind, role), asked in heard.items():
        model = getattr(parts, kind)(role)
        if warm:
            _ask(model, Asked(asked.requests[:1], asked.calls[:1]))
        jobs.append((model, asked))
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda job: _ask(*job), jobs))
    return time.perf_counter() - began


def _ask(model: Any, asked: Asked) -> None:
    for start in range(0, len(asked.requests), AT_ONCE):
        list(ask_all(model, _alike(asked.requests)[start : start + AT_ONCE]))
    for name, given in asked.calls:
        getattr(model, name)(*given)


def _alike(requests: Sequence[ChatRequest]) -> list[ChatRequest]:
    return sorted(requests, key=lambda request: (request.max_tokens, request.schema is None))


def main() -> None:
    """Print the cases a minute of batches and of the bare loop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--at", nargs="+", default=["1x8", "1x16", "2x4", "2x8"], metavar="PROCESSESxCASES")
    options = parser.parse_args()
    heard: dict[tuple[str, str], Asked] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.cases + WARM):
            write_study(folder / f"{number:04d}", sample_recipe(FIRST + number))
        listen(folder, options.cases, heard)
        bare = options.cases / bare_seconds(heard)
        print(f"bare loop   {60 * bare:5.1f} cases a minute")
        for at in options.at:
            processes, slots = map(int, at.split("x"))
            rate = cases_a_second(folder, options.cases, processes, slots)
            print(f"batch {at}  {60 * rate:5.1f} cases a minute, {rate / bare:.0%} of the bare loop (at least 90 %)")


if __name__ == "__main__":
    main()
