"""What sentences and answers say of a label in words that a vote has no place for: a size, a number, a zone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from overread.labeler.clauses import clauses
from overread.ports import EvidenceIndex
from overread.reasoning.opinions import Vote
from overread.reasoning.votes import votes_in
from overread.records import Answer, Case, Claim, Trust

Speaker = tuple[str, str | None]
"""A tool, and for a report the section: its findings and its impression are two voices."""


class Worded(NamedTuple):
    """A vote that something is there, with the words that are of it."""

    vote: Vote
    text: str

    @property
    def speaker(self) -> Speaker:
        return self.vote.tool, self.vote.section


def worded(case: Case, evidence: EvidenceIndex, trust: Trust | None) -> Iterator[Worded]:
    """Give every vote for presence that was put in words; doubts and denials say of no size, number or place."""
    for vote in votes_in(case, evidence.all(), trust):
        item = evidence.get(vote.evidence_id)
        if item is None or vote.status != "present":
            continue
        if isinstance(item.payload, Claim):
            yield Worded(vote, _words_of(item.payload.text, vote))
        elif isinstance(item.payload, Answer):
            yield Worded(vote, item.payload.answer)


def evidence_of(said: Sequence[Worded]) -> tuple[str, ...]:
    """List the evidence behind what was said, each once."""
    return tuple(dict.fromkeys(each.vote.evidence_id for each in said))


def _words_of(text: str, vote: Vote) -> str:
    """Give the words of a sentence that are of a vote; all of it where the labeler does not find its label."""
    own = [clause for clause in clauses(text) if clause.said.label == vote.label]
    sided = [clause for clause in own if clause.said.laterality == vote.laterality]
    return " ".join(dict.fromkeys(clause.text for clause in (sided or own))) or text
