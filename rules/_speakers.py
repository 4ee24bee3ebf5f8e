"""Speakers that contradict each other about one label."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from overread.reasoning.zones import SIDES, Side
from overread.rules._worded import Speaker, Worded

Clash = tuple[str, Sequence[Worded], Sequence[Worded]]
"""A label, and what the two sides said."""


def clashes(
    said: Sequence[Worded], contradict: Callable[[Sequence[Worded], Sequence[Worded]], bool]
) -> Iterator[Clash]:
    """Give, label by label, the first two speakers of whom `contradict` says that they do.

    Where both name a side they are compared side by side, so that a small effusion here and a large one there are two;
    who names none is held against all that the other says.
    """
    for label in sorted({each.vote.label for each in said}):
        speakers: dict[Speaker, list[Worded]] = defaultdict(list)
        for each in said:
            if each.vote.label == label:
                speakers[each.speaker].append(each)
        pairs = (
            pair
            for one, other in combinations(sorted(speakers, key=str), 2)
            for pair in _pairs(speakers[one], speakers[other])
        )
        clash = next((pair for pair in pairs if contradict(*pair)), None)
        if clash is not None:
            yield label, *clash


def _pairs(one: Sequence[Worded], other: Sequence[Worded]) -> Iterator[tuple[Sequence[Worded], Sequence[Worded]]]:
    """Give what two speakers say of the same: of each side that both name, or of everything."""
    if not (_names_sides(one) and _names_sides(other)):
        yield one, other
        return
    for side in SIDES:
        here = tuple([each for each in said if _is_on(each, side)] for said in (one, other))
        if all(here):
            yield here[0], here[1]


def _names_sides(said: Sequence[Worded]) -> bool:
    return all(each.vote.laterality for each in said)


def _is_on(said: Worded, side: Side) -> bool:
    return said.vote.laterality in (side, "bilateral")


def named(said: Sequence[Worded]) -> str:
    """Name who speaks: the tool, and the section of a report."""
    tool, section = said[0].speaker
    return f"the {tool}'s {section}" if section else f"the {tool}"
