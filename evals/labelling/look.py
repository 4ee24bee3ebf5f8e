"""Look at every item of a benchmark of labels or reports with the profile's tool, and score what it says."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from overread.evals.answering._pictures import Album, Seen
from overread.evals.answering._result import BenchmarkResult, Progress, Said, Sample, Spec, Voice
from overread.evals.answering._taught import is_taught_by
from overread.evals.benchmarks._item import About, Item
from overread.evals.labelling._figures import PRESENT, figures, truth_of
from overread.evals.labelling._readers import Reader, Spoken, reader
from overread.evals.labelling._texts import text_figures
from overread.settings import Settings, load_profile


def look(
    spec: Spec,
    about: About,
    items: Sequence[Item],
    album: Album,
    settings: Settings,
    out: Path | None,
    progress: Progress | None,
) -> BenchmarkResult:
    """Read each item once for each profile; nothing is written before the end."""
    said: list[tuple[Voice, dict[str, Spoken]]] = []
    for number, profile in enumerate(spec.profiles):
        own = settings.model_copy(update={"profile": profile})
        with reader(items[0], load_profile(profile, own), own) as asked:
            voice = Voice(
                profile=profile,
                system=asked.system,
                control="as_is",
                identity=asked.identity,
                taught_by_it=is_taught_by(about.title, asked.taught_by),
            )
            spoken = {}
            for place, item in enumerate(items):
                spoken[item.id] = _one(asked, item, album)
                if progress:
                    progress(number * len(items) + place + 1, len(spec.profiles) * len(items), voice.name)
            said.append((voice, spoken))
    skipped = Counter(one.why or "skipped" for one in said[0][1].values() if one.fate == "skipped")
    return BenchmarkResult(
        spec=spec,
        about=about,
        voices=tuple(voice for voice, _ in said),
        figures=tuple(
            figure
            for voice, spoken in said
            for figure in (*figures(voice, items, spoken), *text_figures(voice, items, spoken, settings))
        ),
        samples=tuple(_sample(item, said) for item in items),
        skipped=dict(skipped),
    )


def _one(asked: Reader, item: Item, album: Album) -> Spoken:
    if asked.system == "labeler":
        return asked.read(item, Seen())
    seen = album.of(item)
    return Spoken("skipped", {}, why=seen.missing) if seen.missing else asked.read(item, seen)


def _sample(item: Item, said: Sequence[tuple[Voice, dict[str, Spoken]]]) -> Sample:
    there = [label for label, present in truth_of(item).items() if present]
    return Sample(
        id=item.id,
        cluster=item.cluster,
        kind=item.gold.kind,
        in_scope=item.in_scope,
        task=item.task,
        question=item.question,
        truth=", ".join(there) or "none of the labels",
        labels=truth_of(item),
        said=tuple(_said(voice, spoken[item.id]) for voice, spoken in said),
    )


def _said(voice: Voice, spoken: Spoken) -> Said:
    if voice.system == "classification":
        ranked = sorted(spoken.scores.items(), key=lambda pair: -pair[1])[:5]
        read = ", ".join(f"{label} {score:.2f}" for label, score in ranked)
    else:
        read = ", ".join(label for label, score in spoken.scores.items() if score == PRESENT)
    return Said(
        voice=voice.name,
        fate=spoken.fate,
        said=read or None,
        read=None,
        right=None,
        words=None,
        why=spoken.why,
        scores=dict(spoken.scores),
    )
