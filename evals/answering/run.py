"""Run a benchmark of questions: every voice is asked every item by itself, and what was said is kept as it comes."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread import plugins
from overread._version import __version__
from overread.errors import UsageError
from overread.evals.answering._figures import Replies, compared, figures, truth_of
from overread.evals.answering._judging import judge
from overread.evals.answering._ledger import Ledger
from overread.evals.answering._page import small_pictures, write_page
from overread.evals.answering._pictures import Album, Seen, in_its_place, strangers
from overread.evals.answering._replies import Control, Reply, System
from overread.evals.answering._result import BenchmarkResult, Said, Sample, Spec, Voice
from overread.evals.answering._systems import Asked, Respondent, asked_digest, reply_of, respondent
from overread.evals.answering._wording import worded
from overread.evals.benchmarks._item import About, Benchmark, Item
from overread.settings import Settings, load_profile

Progress = Callable[[int, int, str], None]
CHUNK = 256
"""Items that are asked about together: enough for a server's batches, few enough for their pictures to be held."""
QUESTIONS = frozenset({"mcq", "yes_no", "open", "multi"})
CONTROLS: tuple[Control, ...] = ("as_is", "no_picture", "shuffled")


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


def name_of(text: str) -> str | None:
    """Give the benchmark that a word names, None for none; a hyphen may stand for an underscore."""
    name = text.lower().replace("-", "_")
    return name if name in plugins.names("evals.benchmarks") else None


def abouts(settings: Settings) -> Iterator[About]:
    """Say what each benchmark needs."""
    for name in plugins.names("evals.benchmarks"):
        yield plugins.builder("evals.benchmarks", name)(settings).about


def run(
    request: Request, settings: Settings, out: Path | None = None, progress: Progress | None = None
) -> BenchmarkResult:
    """Ask and score; with `out` every reply is on disk when it came, and a run that was stopped goes on from there.

    Raises `UsageError` for a folder that does not hold the benchmark, or one that asks no questions.
    """
    benchmark: Benchmark = plugins.builder("evals.benchmarks", request.benchmark)(settings)
    spec = _spec(request, settings, benchmark.about)
    items = _drawn(_items(benchmark, request.data, spec.split), request.limit, request.seed)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(out / "replies.jsonl" if out else None)
    asking = _Asking(items, Album(request.data, settings.limits), strangers(items, request.seed), ledger)
    said: list[tuple[Voice, Replies]] = []
    total = len(items) * len(spec.profiles) * len(spec.systems) * len(spec.controls)
    for profile in spec.profiles:
        own = settings.model_copy(update={"profile": profile})
        for system in spec.systems:
            with respondent(system, load_profile(profile, own), own) as asked:
                for control in spec.controls:
                    voice = _voice(profile, asked, control, benchmark.about)
                    tell = _telling(progress, len(said) * len(items), total, voice.name)
                    said.append((voice, asking.replies(asked, control, tell)))
    result = _result(spec, benchmark.about, items, said)
    if out is not None:
        write_page(result, small_pictures(items, asking.album), out)
    return result


def _voice(profile: str, asked: Respondent, control: Control, about: About) -> Voice:
    taught = None if asked.taught_by is None else about.title.lower() in asked.taught_by
    return Voice(profile=profile, system=asked.system, control=control, identity=asked.identity, taught_by_it=taught)


def _spec(request: Request, settings: Settings, about: About) -> Spec:
    split = request.split or about.splits[0]
    if split not in about.splits:
        raise UsageError(f"{about.title} has no split '{split}'; there are: {', '.join(about.splits)}")
    return Spec(
        benchmark=request.benchmark,
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
    if not any(item.gold.kind in QUESTIONS for item in items):
        raise UsageError(f"{benchmark.about.title} asks no questions; its items can be read, and not be scored yet")
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


@dataclass(frozen=True)
class _Asking:
    items: Sequence[Item]
    album: Album
    instead: Mapping[str, Item]
    ledger: Ledger

    def replies(self, respondent: Respondent, control: Control, tell: Callable[[int], None]) -> Replies:
        """Ask every item under a control; what the ledger knows is not asked again."""
        replies: dict[str, Reply] = {}
        for start in range(0, len(self.items), CHUNK):
            open_ = []
            for item in self.items[start : start + CHUNK]:
                asked = Asked(item.id, worded(item), self._seen(item, control), control)
                if (known := self._settled(respondent, asked)) is not None:
                    replies[item.id] = known
                else:
                    open_.append(asked)
            tell(len(replies))
            for place, outcome in respondent.answer(open_):
                reply = reply_of(respondent, open_[place], outcome)
                self.ledger.keep(reply)
                replies[reply.item] = reply
                tell(len(replies))
        return replies

    def _seen(self, item: Item, control: Control) -> Seen:
        other = self.instead.get(item.cluster) if control == "shuffled" else None
        return in_its_place(self.album.of(item), control, None if other is None else self.album.of(other))

    def _settled(self, respondent: Respondent, asked: Asked) -> Reply | None:
        if asked.seen.missing is None:
            known = self.ledger.known(asked_digest(respondent, asked), asked.item)
            return None if known is None else known.model_copy(update={"control": asked.control})
        return Reply(
            item=asked.item,
            system=respondent.system,
            control=asked.control,
            fate="skipped",
            why=asked.seen.missing,
            asked=asked_digest(respondent, asked),
        )


def _telling(progress: Progress | None, before: int, total: int, name: str) -> Callable[[int], None]:
    return lambda done: progress(before + done, total, name) if progress else None


def _result(spec: Spec, about: About, items: Sequence[Item], said: Sequence[tuple[Voice, Replies]]) -> BenchmarkResult:
    skipped = Counter(
        reply.why or "skipped" for reply in (said[0][1].values() if said else ()) if reply.fate == "skipped"
    )
    return BenchmarkResult(
        spec=spec,
        about=about,
        voices=tuple(voice for voice, _ in said),
        figures=tuple(figure for voice, replies in said for figure in figures(voice, items, replies)),
        compared=tuple(compared(items, said)),
        samples=tuple(_sample(item, said) for item in items),
        skipped=dict(skipped),
    )


def _sample(item: Item, said: Sequence[tuple[Voice, Replies]]) -> Sample:
    return Sample(
        id=item.id,
        cluster=item.cluster,
        kind=item.gold.kind,
        in_scope=item.in_scope,
        task=item.task,
        question=worded(item),
        truth=truth_of(item),
        said=tuple(_said(voice, item, replies[item.id]) for voice, replies in said),
    )


def _said(voice: Voice, item: Item, reply: Reply) -> Said:
    judged = None if reply.fate == "skipped" else judge(item, reply)
    return Said(
        voice=voice.name,
        fate=reply.fate,
        said=reply.said,
        read=judged.read if judged else None,
        right=judged.right if judged else None,
        words=judged.words if judged else None,
        why=reply.why,
    )
