"""What may be wrong in the words that a reviewer has now: rules and verifier, run over a review so far.

Nothing here blocks a signature. A note says what it is about and names the statement; whose report it is decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal

from pydantic import Field

from overread.agents import verifier
from overread.errors import UsageError
from overread.graphs._final_report import Drafted, Outcome, carried_over, outcome_of
from overread.labeler import assertions
from overread.ports import EvidenceIndex, Rule
from overread.records import (
    REVIEWER,
    Claim,
    Conflict,
    Evidence,
    Locator,
    Provenance,
    Record,
    Review,
    Section,
    Statement,
    StatementReview,
)

About = Literal["uncited", "side", "negation", "measurement", "prior", "view", "decision", "words"]
OF_RULE: Mapping[str, About] = {
    "laterality": "side",
    "site": "side",
    "polarity": "negation",
    "impression_vs_findings": "negation",
    "prior_comparison": "prior",
    "measurement_without_source": "measurement",
    "hallucinated_measurement": "measurement",
    "view_never_acquired": "view",
}
"""Rule to what its conflicts are about; those of other rules are about the words."""
NOT_OF_PERSONS = ("unsupported_claim",)
"""Rules that ask for a second voice beside a report model's; a person needs none."""
SPEAKING: tuple[Literal["findings", "impression"], ...] = ("findings", "impression")


class Note(Record):
    """Something to look at before signing."""

    statement_id: str | None = None
    """Of the draft, or of the sentence that was composed for a decision; None: of the review as a whole."""
    section: Section | None = None
    about: About
    source: str
    """`verifier`, `review`, or the id of a rule."""
    message: str


class Line(Record):
    """A sentence as the report would have it now."""

    statement: Statement
    origin: Literal["draft", "edited", "changed", "added"]
    of: str | None = None
    """The draft's statement that it stands for; None where it was composed for a decision on a finding."""
    altered: bool = False
    """True where the words are not the draft's."""


class Preview(Record):
    """The report as it would be signed now, and what to look at in it."""

    sections: dict[Section, tuple[Line, ...]] = Field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def preview(drafted: Drafted, rules: Sequence[Rule], review: Review) -> Preview:
    """Compose the report as a review so far leaves it, undecided statements as they are drafted, and look it over.

    A review that contradicts itself gives one note that says so and no sections.
    """
    try:
        outcome = outcome_of(drafted, review)
    except UsageError as error:
        return Preview(notes=(Note(about="decision", source="review", message=f"{error}"),))
    lines = _lines(drafted, outcome, review)
    notes = (*_of_verifier(drafted, outcome, lines), *_of_rules(drafted, outcome, lines, rules, review))
    first = {(note.statement_id, note.about): note for note in reversed(notes)}
    return Preview(sections=lines, notes=tuple(note for note in notes if first[note.statement_id, note.about] is note))


def _lines(drafted: Drafted, outcome: Outcome, review: Review) -> dict[Section, tuple[Line, ...]]:
    texts = {statement.id: statement.text for statement in drafted.draft.statements}
    by_id = carried_over(drafted.draft, review.statements)
    made: dict[Section, tuple[Line, ...]] = {}
    for section, items in outcome.sections.items():
        kept = []
        for item in items:
            decision = by_id.get(item.of) if item.of else None
            if decision is None or decision.action != "reject":
                said, edited = _worded(item.statement, decision)
                origin = "edited" if edited else item.origin
                altered = item.of is None or said.text != texts.get(item.of)
                kept.append(Line(statement=said, origin=origin, of=item.of, altered=altered))
        made[section] = tuple(kept)
    return made


def _worded(statement: Statement, decision: StatementReview | None) -> tuple[Statement, bool]:
    if decision is None or decision.action != "edit":
        return statement, False
    return statement.model_copy(update={"text": (decision.text or "").strip()}), True


def _of_verifier(drafted: Drafted, outcome: Outcome, lines: Mapping[Section, Sequence[Line]]) -> Iterator[Note]:
    sections = {section: tuple(_named(line) for line in items) for section, items in lines.items()}
    altered = {_name(line): section for section, items in lines.items() for line in items if line.altered}
    draft = drafted.draft.model_copy(update={"sections": sections})
    index = EvidenceIndex((*drafted.evidence, *outcome.evidence))
    for doubt in verifier.doubts(draft, drafted.case, outcome.findings, index, drafted.trust):
        identity = doubt.objection.statement_id
        if identity in altered:
            yield Note(
                statement_id=identity,
                section=altered[identity],
                about=doubt.about,
                source="verifier",
                message=doubt.objection.message,
            )


def _of_rules(
    drafted: Drafted,
    outcome: Outcome,
    lines: Mapping[Section, Sequence[Line]],
    rules: Sequence[Rule],
    review: Review,
) -> Iterator[Note]:
    """Run the rules over the words as if the reviewer were one more voice, and tell what is about altered words."""
    made = list(_claims(drafted, lines, review))
    claims = {claim.id: (section, line) for section, line, claim in made}
    index = EvidenceIndex((*drafted.evidence, *(claim for _, _, claim in made)))
    for rule in (each for each in rules if each.id not in NOT_OF_PERSONS):
        for conflict in rule.check(drafted.case, outcome.findings, index, drafted.trust):
            cited = (identity for identity in conflict.evidence_ids if _counts(conflict, claims, identity))
            for section, line in (claims[identity] for identity in islice(cited, 1)):
                yield Note(
                    statement_id=_name(line),
                    section=section,
                    about=OF_RULE.get(rule.id, "words"),
                    source=rule.id,
                    message=conflict.message,
                )


def _counts(conflict: Conflict, claims: Mapping[str, tuple[Section, Line]], identity: str) -> bool:
    """What was decided of a finding may differ from the tools; what was edited, or differs from itself, is told."""
    if identity not in claims:
        return False
    _, line = claims[identity]
    return line.altered and (line.origin == "edited" or all(each in claims for each in conflict.evidence_ids))


def _claims(
    drafted: Drafted, lines: Mapping[Section, Sequence[Line]], review: Review
) -> Iterator[tuple[Section, Line, Evidence]]:
    where = Locator(sop_instance_uid=drafted.plan.image_sop_instance_uid, frame=drafted.plan.image_frame)
    made = Provenance(tool=REVIEWER, tool_version="1", model="none", started=review.at, ended=review.at)
    for section in SPEAKING:
        for line in lines.get(section, ()):
            text = line.statement.text
            claim = Claim(text=text, section=section, assertions=tuple(assertions(text)))
            yield section, line, Evidence.of(claim, where, made)


def _name(line: Line) -> str:
    return line.of or line.statement.id


def _named(line: Line) -> Statement:
    return line.statement.model_copy(update={"id": _name(line)})
