"""Votes on one label that fall into two sides."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from overread.ports import Rule
from overread.reasoning.opinions import Vote
from overread.records import Conflict, Question

Pair = tuple[list[Vote], list[Vote]]


class Opposition(NamedTuple):
    """A label, and those who say one thing of it and those who say the other."""

    label: str
    one: list[Vote]
    other: list[Vote]

    def conflict(self, rule: Rule, message: str, question: Question) -> Conflict:
        """Make the conflict that a rule sees in it; it cites both sides."""
        cited = tuple(dict.fromkeys(vote.evidence_id for vote in (*self.one, *self.other)))
        return Conflict.of(rule.id, rule.severity, message, label=self.label, evidence_ids=cited, question=question)


def oppositions(votes: Sequence[Vote], opposed: Callable[[Sequence[Vote]], Pair | None]) -> Iterator[Opposition]:
    """Give the labels, in order, whose votes `opposed` takes apart.

    Without the answers first: then an answer that is fetched to settle the conflict does not rename it.
    """
    for label in sorted({vote.label for vote in votes}):
        said = [vote for vote in votes if vote.label == label]
        pair = opposed([vote for vote in said if vote.kind != "answer"]) or opposed(said)
        if pair:
            yield Opposition(label, *pair)


def tools_of(votes: Sequence[Vote]) -> str:
    """Name the tools behind votes."""
    return " and ".join(sorted({vote.tool for vote in votes}))
