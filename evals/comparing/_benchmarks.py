"""Compare what two voices, or two runs, made of the items of a benchmark."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from overread.evals._paired import Figure, Paired, paired_figures, paired_rights, paired_values
from overread.evals.answering._figures import parts
from overread.evals.answering._result import FEWEST, Said, Sample, Voice
from overread.evals.labelling._figures import Table, macro, micro, tables_of


class Both(NamedTuple):
    """One item with what each of two voices said to it."""

    sample: Sample
    first: Said
    second: Said


def compared_voices(voices: Sequence[Voice], samples: Sequence[Sample]) -> Iterator[Paired]:
    """Compare every two voices that differ in one thing, on the items that both were shown."""
    said = {voice.name: {sample.id: one for sample in samples for one in sample.said if one.voice == voice.name}
            for voice in voices}  # fmt: skip
    for first, second in combinations(voices, 2):
        if _differences(first, second) == 1:
            yield from compared_said(first, second, samples, said[first.name], said[second.name])


def compared_said(
    first: Voice, second: Voice, samples: Sequence[Sample], ours: Mapping[str, Said], theirs: Mapping[str, Said]
) -> Iterator[Paired]:
    """Compare two voices by item id to what each said: right and wrong, words, and figures of labels."""
    both = [
        Both(sample, ours[sample.id], theirs[sample.id])
        for sample in samples
        if sample.id in ours and sample.id in theirs
    ]
    for part, own in parts(samples):
        chosen = {sample.id for sample in own}
        yield from _answers(first.name, second.name, part, [one for one in both if one.sample.id in chosen])
    told = [one for one in both if one.first.fate == one.second.fate == "answered" and one.sample.labels]
    if told:
        yield from _labels(first, second, told)


def _answers(first: str, second: str, part: str, both: Sequence[Both]) -> Iterator[Paired]:
    scored = [one for one in both if one.first.right is not None and one.second.right is not None]
    if len(scored) < FEWEST:
        return
    clusters = [one.sample.cluster for one in scored]
    rights = [bool(one.first.right) for one in scored], [bool(one.second.right) for one in scored]
    yield paired_rights(first, second, part, *rights, clusters)
    words = [(one.first.words, one.second.words) for one in scored]
    known = [(a, b) for a, b in words if a is not None and b is not None]
    if len(known) == len(scored):
        yield paired_values(first, second, part, "F1 of words", [a for a, _ in known], [b for _, b in known], clusters)


def _labels(first: Voice, second: Voice, told: Sequence[Both]) -> Iterator[Paired]:
    """Compare AUROC or F1, label by label and together, on the items that both spoke of."""
    ranked = first.system == "classification"
    samples = [one.sample for one in told]
    truths = {sample.id: sample.labels for sample in samples}
    clusters = [sample.cluster for sample in samples]
    ours = tables_of(samples, truths, {one.sample.id: one.first for one in told})
    theirs = tables_of(samples, truths, {one.sample.id: one.second for one in told})
    names = first.name, second.name
    shared = sorted(ours.keys() & theirs.keys())
    for label in shared:
        a, b = ours[label], theirs[label]
        measure = "AUROC" if ranked else "F1"
        found = paired_figures(*names, label, measure, _over(a, ranked), _over(b, ranked), clusters)
        if found is not None:
            yield found
    if len(shared) > 1:
        mine, others = [ours[label] for label in shared], [theirs[label] for label in shared]
        yield from _together(names, mine, others, clusters, ranked)


def _together(
    names: tuple[str, str], ours: Sequence[Table], theirs: Sequence[Table], clusters: Sequence[str], ranked: bool
) -> Iterator[Paired]:
    measure = "macro AUROC" if ranked else "macro F1"
    found = [
        paired_figures(*names, "all labels", measure, macro(ours, ranked), macro(theirs, ranked), clusters),
        None if ranked else paired_figures(*names, "all labels", "micro F1", micro(ours), micro(theirs), clusters),
    ]
    yield from (one for one in found if one is not None)


def _over(table: Table, ranked: bool) -> Figure:
    figure = table.area if ranked else table.f1
    return lambda weight: figure(weight[table.place])


def _differences(first: Voice, second: Voice) -> int:
    return sum(getattr(first, name) != getattr(second, name) for name in ("profile", "system", "control"))
