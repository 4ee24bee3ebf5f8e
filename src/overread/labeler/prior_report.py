"""What a prior's report says was seen: typed assertions of its findings and impression, and what is wrong with it.

Only this module reads such a report, by the labeler's rules. Its text goes to no model, and an instruction in it is a
flag and nothing else.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from overread.labeler.headings import concluding_parts
from overread.labeler.instructions import instructions
from overread.labeler.labeling import assertions
from overread.labeler.language import is_english
from overread.labeler.sentences import report_sentences
from overread.records import Assertion, Claim, Laterality, Prior, Record, Status

READABLE = 8_192
"""Longest report that is read, in characters: the longest that is taken in."""
PriorFlag = Literal["too_long", "foreign_language", "injection", "contradicts_itself"]
Part = Literal["findings", "impression"]


class PriorAssertion(Record):
    """One label as the report of a prior speaks of it."""

    label: str
    status: Status
    laterality: Laterality | None
    """The side that the sentence names; None for none, and for a label without sides."""
    part: Part
    """`impression` under an impression, conclusion and the like, else `findings`."""
    sentence: str
    start: int
    """Of the phrase within the whole report, in characters; it ends before `end`."""
    end: int


class PriorReading(Record):
    """A prior's report as read: nothing is asserted where `flags` say that it could not be read."""

    assertions: tuple[PriorAssertion, ...] = ()
    flags: tuple[PriorFlag, ...] = ()


def read_prior_report(prior: Prior) -> PriorReading:
    """Read a prior's report; empty without one. Pure: the same report gives the same reading, and none raises."""
    return read_signed_text(prior.report or "")


def read_signed_text(text: str) -> PriorReading:
    """Read a report that somebody signed, here or elsewhere, as `read_prior_report` does.

    Where impression and findings differ about a label on a side, the impression stands and the report
    `contradicts_itself`; so does one that says both within one part, where both are given. A report that is `too_long`
    or in a `foreign_language` is not read at all. A sentence that speaks to a program asserts nothing (`injection`).
    """
    orders = list(instructions(text[:READABLE]))
    flags: list[PriorFlag] = ["injection"] if orders else []
    unread: list[PriorFlag] = ["too_long"] if len(text) > READABLE else []
    if not unread and not is_english(text):
        unread = ["foreign_language"]
    if unread:
        return PriorReading(flags=(*unread, *flags))
    found = list(_read(text, orders))
    if any(_oppose(one, other) for number, one in enumerate(found) for other in found[:number]):
        flags.append("contradicts_itself")
    concluded = [item for item in found if item.part == "impression"]
    kept = [item for item in found if item.part == "impression" or not _overruled(item, concluded)]
    return PriorReading(assertions=tuple(kept), flags=tuple(flags))


def prior_claims(prior: Prior) -> tuple[Claim, ...]:
    """Give what `read_prior_report` reads as claims, one a sentence in its order; spans are in the claim's text."""
    claims = []
    for (part, sentence), group in groupby(
        read_prior_report(prior).assertions, key=lambda item: (item.part, item.sentence)
    ):
        kept = {(item.label, item.status, item.laterality) for item in group}
        said = (item for item in assertions(sentence) if (item.label, item.status, item.laterality) in kept)
        claims.append(Claim(text=sentence, section=part, assertions=tuple(said)))
    return tuple(claims)


def _read(text: str, orders: Sequence[tuple[int, int]]) -> Iterator[PriorAssertion]:
    concluding = list(concluding_parts(text))
    for piece in report_sentences(text):
        end = piece.start + len(piece.text)
        if any(start < end and piece.start < stop for start, stop in orders):
            continue
        part: Part = "impression" if any(a <= piece.start < b for a, b in concluding) else "findings"
        for said in assertions(piece.text):
            yield _assertion(said, piece.text, piece.start, part)


def _assertion(said: Assertion, sentence: str, start: int, part: Part) -> PriorAssertion:
    return PriorAssertion(
        label=said.label,
        status=said.status,
        laterality=said.laterality,
        part=part,
        sentence=" ".join(sentence.split()),
        start=start + said.start,
        end=start + said.end,
    )


def _overruled(item: PriorAssertion, concluded: Sequence[PriorAssertion]) -> bool:
    """Say whether the impression says otherwise of the same label and side, and nowhere the same."""
    same = [other for other in concluded if other.label == item.label and _meet(item, other)]
    return bool(same) and item.status not in {other.status for other in same}


def _oppose(one: PriorAssertion, other: PriorAssertion) -> bool:
    return one.label == other.label and {one.status, other.status} == {"present", "absent"} and _meet(one, other)


def _meet(one: PriorAssertion, other: PriorAssertion) -> bool:
    """Say whether two assertions are of one side; no side, like both, is every side."""
    sides = {one.laterality, other.laterality}
    return len(sides) == 1 or bool(sides & {None, "bilateral"})
