"""Time a batch of cases beside a bare loop over the same questions to the same models, at the best batch size.

    python scripts/bench_batch.py [--cases 32] [--workers 2 4 8 16]

The first batch writes down what each model is asked. The bare loop then asks just that, of models loaded anew: pictures
one after another, requests in words sixteen at a time, as many kinds of model side by side as there are cores. It reads
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


def batch_seconds(folder: Path, workers: int, heard: dict[tuple[str, str], Asked] | None = None) -> float:
    """Read the studies in a folder, of which the first warms the models up; give seconds for the others."""
    with tempfile.TemporaryDirectory() as place:
        settings, out = load_settings(home=Path(place) / "home"), Path(place) / "out"
        first, *others = discover([folder])
        with open_room(settings, None if heard is None else listening_tools(settings, heard)) as room:
            run_batch(room, [first], out, Summary(out / "warm.jsonl", resume=False), workers=1)
            for asked in (heard or {}).values():
                asked.requests.clear()
                asked.calls.clear()
            began = time.perf_counter()
            run_batch(room, others, out, Summary(out / "summary.jsonl", resume=False), workers=workers)
            return time.perf_counter() - began


def bare_seconds(heard: dict[tuple[str, str], Asked]) -> float:
    """Ask the same models the same things and nothing else; each is warmed up by its first question."""
    settings = load_settings()
    parts = parts_of(load_profile(settings.profile, settings), settings)
    jobs = []
    for (kind, role), asked in heard.items():
        model = getattr(parts, kind)(role)
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
    parser.add_argument("--cases", type=int, default=32)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4, 8, 16])
    options = parser.parse_args()
    heard: dict[tuple[str, str], Asked] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.cases + 1):
            write_study(folder / f"{number:04d}", sample_recipe(FIRST + number))
        batch_seconds(folder, 2, heard)
        bare = bare_seconds(heard)
        print(f"bare loop  {60 * options.cases / bare:5.1f} cases a minute")
        for workers in options.workers:
            spent = batch_seconds(folder, workers)
            rate, share = 60 * options.cases / spent, bare / spent
            print(f"batch of {workers:2d}  {rate:5.1f} cases a minute, {share:.0%} of the bare loop (at least 90 %)")


if __name__ == "__main__":
    main()
