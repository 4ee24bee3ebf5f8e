"""What a batch holds twice, and in how many bits its images are stored: told of all its cases together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from overread.batch.summary import SummaryLine

MOST_GROUPS = 10
"""Groups that are written out; of more only the count is told."""


class Mixture(NamedTuple):
    """Inputs that belong together, by name as the summary has them."""

    same_case: tuple[tuple[str, ...], ...]
    """Each of the same content: one case."""
    same_picture: tuple[tuple[str, ...], ...]
    """Each with one picture in it, under headers or identifiers that differ: several cases."""
    bits: Counter[int]
    """Inputs with images of so many stored bits."""


def mixture_of(lines: Iterable[SummaryLine]) -> Mixture:
    """Look through the lines of a batch; an input that became no case is left out."""
    cases: dict[str, list[str]] = defaultdict(list)
    pictures: dict[str, dict[str, str]] = defaultdict(dict)
    bits: Counter[int] = Counter()
    for line in lines:
        bits.update(set(line.bits))
        if line.case_id is not None:
            cases[line.case_id].append(line.input)
            for digest in line.pictures:
                pictures[digest].setdefault(line.case_id, line.input)
    several = (tuple(sorted(cased.values())) for cased in pictures.values() if len(cased) > 1)
    return Mixture(
        same_case=tuple(tuple(sorted(names)) for names in cases.values() if len(names) > 1),
        same_picture=tuple(dict.fromkeys(several)),
        bits=bits,
    )


def told(mixture: Mixture) -> Iterator[str]:
    """Say it in lines; nothing of a batch without repeats whose images have one depth."""
    yield from _groups("the same content, read once", mixture.same_case)
    yield from _groups("the same picture in several cases", mixture.same_picture)
    if len(mixture.bits) > 1:
        counts = ", ".join(f"{bits} in {count}" for bits, count in sorted(mixture.bits.items()))
        yield f"mixed depths, stored bits: {counts}"


def _groups(what: str, groups: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for names in groups[:MOST_GROUPS]:
        yield f"{what}: {', '.join(names)}"
    if len(groups) > MOST_GROUPS:
        yield f"{what}: {len(groups) - MOST_GROUPS} more groups"
