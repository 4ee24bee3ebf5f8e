"""Run a public benchmark from the folder that a user downloaded: read it, draw from it, ask or look, score, write."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread import plugins
from overread._version import __version__
from overread.errors import UsageError
from overread.evals.answering._pictures import Album
from overread.evals.answering._replies import CONTROLS, Control, System
from overread.evals.answering._result import BenchmarkResult, Progress, Spec
from overread.evals.answering.ask import QUESTIONS, ask
from overread.evals.benchmarks._item import About, Benchmark, Item
from overread.evals.comparing._baseline import against, read_baseline
from overread.evals.comparing._benchmarks import compared_voices
from overread.evals.labelling.look import look
from overread.evals.reporting.pictures import item_pictures
from overread.evals.reporting.results import write_results
from overread.evals.running._identity import versions
from overread.settings import Settings


@dataclass(frozen=True)
class Request:
    """What is asked for on the command line."""

    benchmark: str
    data: Path
    split: str | None = None
    profiles: tuple[str, ...] = ()
    systems: tuple[System, ...] = ("model",)
    controls: tuple[Control, ...] = CONTROLS
    limit: int | None = None
    """Most items; whole clusters are taken in a random order that is always the same."""
    seed: int = 0
    baseline: Path | None = None
    """An earlier `results.json` to hold the run against."""
    margin: float = 0.0
    """How far below the baseline a figure may lie, 0 to 1."""


def name_of(text: str) -> str | None:
    """Give the benchmark that a word names, None for none; a hyphen may stand for an underscore.

    A `.py` file, or the dotted path of a module that can be found, is a loader of somebody's own.
    """
    if text.endswith(".py") and Path(text).is_file():
        return text
    if "." in text and not Path(text).exists() and all(part.isidentifier() for part in text.split(".")):
        return text
    name = text.lower().replace("-", "_")
    return name if name in plugins.names("evals.benchmarks") else None


def abouts(settings: Settings) -> Iterator[About]:
    """Say what each benchmark needs."""
    for name in plugins.names("evals.benchmarks"):
        yield plugins.builder("evals.benchmarks", name)(settings).about


def run(
    request: Request, settings: Settings, out: Path | None = None, progress: Progress | None = None
) -> BenchmarkResult:
    """Run and score; with `out` each answer to a question is on disk when it came, and a stopped run goes on from it.

    Raises `UsageError` for a folder that does not hold the benchmark, and for an agent where nothing is asked.
    """
    if request.baseline is not None:
        read_baseline(request.baseline, BenchmarkResult)  # says now what is wrong with it
    about, items = items_of(request, settings)
    spec = _spec(request, settings, about)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    album = Album(request.data, settings.limits)
    work = ask
    if items[0].gold.kind not in QUESTIONS:
        if "agent" in spec.systems:
            raise UsageError(f"{about.title} asks no questions that the agent could answer; leave out --agent")
        work, spec = look, spec.model_copy(update={"systems": (), "controls": ("as_is",)})
    result = work(spec, about, items, album, settings, out, progress)
    compared = tuple(compared_voices(result.voices, result.samples))
    result = result.model_copy(update={"versions": versions(), "compared": compared}).digested()
    if request.baseline is not None:
        result = against(result, request.baseline, request.margin)
    if out is not None:
        write_results(result, item_pictures(items, album), out)
    return result


def items_of(request: Request, settings: Settings) -> tuple[About, list[Item]]:
    """Give the items that a request draws, and what the benchmark says of itself; raises `UsageError` as `run` does."""
    benchmark: Benchmark = plugins.builder("evals.benchmarks", request.benchmark)(settings)
    split = _spec(request, settings, benchmark.about).split
    return benchmark.about, _drawn(_items(benchmark, request.data, split), request.limit, request.seed)


def _spec(request: Request, settings: Settings, about: About) -> Spec:
    split = request.split or about.splits[0]
    if split not in about.splits:
        raise UsageError(f"{about.title} has no split '{split}'; there are: {', '.join(about.splits)}")
    return Spec(
        benchmark=about.name,
        split=split,
        profiles=request.profiles or (settings.profile,),
        systems=request.systems,
        controls=request.controls,
        limit=request.limit,
        seed=request.seed,
        overread_version=__version__,
    )


def _items(benchmark: Benchmark, data: Path, split: str) -> list[Item]:
    items = list(benchmark.read(data, split))
    if not items:
        raise UsageError(f"{benchmark.about.title}: the split '{split}' has no items in this folder")
    repeated = [identity for identity, count in Counter(item.id for item in items).items() if count > 1]
    if repeated:
        raise UsageError(f"{benchmark.about.title}: {len(repeated)} ids are there twice; download the files anew")
    return items


def _drawn(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    if limit is None or len(items) <= limit:
        return list(items)
    clusters = sorted({item.cluster for item in items})
    random.Random(seed).shuffle(clusters)
    sizes = Counter(item.cluster for item in items)
    chosen: set[str] = set()
    for cluster in clusters:
        if sum(sizes[one] for one in chosen) + sizes[cluster] > limit and chosen:
            break
        chosen.add(cluster)
    return [item for item in items if item.cluster in chosen]
