"""Figures of replies: accuracy and words, by kind of question and by scope, with what no model at all would reach."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from overread.evals._intervals import clustered, weighted_mean
from overread.evals.answering._judging import judge
from overread.evals.answering._replies import Judged, Reply
from overread.evals.answering._result import FEWEST, Figure, Voice
from overread.evals.benchmarks._choices import normal
from overread.evals.benchmarks._item import Choice, Item, Open, Several, YesNo

Floats = NDArray[np.float64]
Replies = Mapping[str, Reply]
"""Item id to the reply of one voice."""
NAMES = {"yes_no": "closed", "open": "open", "mcq": "options", "multi": "sets"}


def truth_of(item: Item) -> str:
    """Give the true answer as text."""
    gold = item.gold
    if isinstance(gold, Choice):
        return f"{gold.letter}: {gold.options[gold.letter]}"
    if isinstance(gold, YesNo):
        return "yes" if gold.yes else "no"
    return ", ".join(gold.texts) if isinstance(gold, Several) else gold.text if isinstance(gold, Open) else ""


class Scoped(Protocol):
    """An item, or what is kept of one."""

    @property
    def kind(self) -> str:
        """Name the kind of its answer."""

    @property
    def in_scope(self) -> bool | None:
        """Say whether it is of a frontal chest radiograph; None where nobody says."""


ScopedT = TypeVar("ScopedT", bound=Scoped)


def parts(items: Sequence[ScopedT]) -> Iterator[tuple[str, list[ScopedT]]]:
    """Give the parts that figures are told of: each kind of question, in all and by scope where it is known."""
    for kind, name in NAMES.items():
        own = [item for item in items if item.kind == kind]
        scopes = {item.in_scope for item in own}
        yield name, own
        if {True, False} <= scopes:
            yield f"{name}, in scope", [item for item in own if item.in_scope]
            yield f"{name}, out of scope", [item for item in own if item.in_scope is False]


def figures(voice: Voice, items: Sequence[Item], replies: Replies) -> Iterator[Figure]:
    """Give the figures of one voice; items without their picture are in none."""
    for part, own in parts(items):
        shown = [item for item in own if _counts(replies.get(item.id))]
        if len(shown) < FEWEST:
            continue
        judged = [judge(item, replies[item.id]) for item in shown]
        clusters = [item.cluster for item in shown]
        answered = sum(replies[item.id].fate == "answered" for item in shown)
        for measure, values in _measures(judged):
            value, low, high = clustered(weighted_mean(values), clusters)
            yield Figure(
                voice=voice.name,
                part=part,
                measure=measure,
                value=round(value, 4),
                low=round(low, 4),
                high=round(high, 4),
                items=len(shown),
                clusters=len(set(clusters)),
                answered=answered,
                commonest=commonest(shown) if measure == "accuracy" else None,
            )


def commonest(items: Sequence[Item]) -> float:
    """Give the accuracy of always giving the commonest true answer of all other clusters: what no model reaches."""
    own: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        own[item.cluster][normal(truth_of(item))] += 1
    total = sum(own.values(), Counter())
    right = 0
    for counts in own.values():
        others = total - counts
        best = max(sorted(others), key=lambda answer: others[answer]) if others else None
        right += counts[best] if best is not None else 0
    return round(right / len(items), 4)


def _counts(reply: Reply | None) -> bool:
    return reply is not None and reply.fate != "skipped"


def _measures(judged: Sequence[Judged]) -> Iterator[tuple[str, Floats]]:
    yield "accuracy", np.asarray([float(one.right) for one in judged])
    words = [one.words for one in judged]
    if all(value is not None for value in words):
        yield "F1 of words", np.asarray(words, np.float64)
