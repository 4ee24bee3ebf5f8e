"""What was objected to a draft, and how a statement gives way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from overread.records import Objection, Review, Section, Statement, content_digest


@dataclass(frozen=True)
class Feedback:
    """Statement ids that may not come again as they were, and the reviewer's own words for some."""

    refused: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    """Refused by a person: the statement goes, with all its wordings."""
    edits: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[object]) -> "Feedback":
        """Read objections of the verifier and the reviews that asked to revise, oldest first; all else is ignored."""
        refused: set[str] = set()
        dropped: set[str] = set()
        edits: dict[str, str] = {}
        for item in items:
            if isinstance(item, Objection):
                refused.add(item.statement_id)
            elif isinstance(item, Review):
                dropped |= {each.statement_id for each in item.statements if each.action == "reject"}
                edits |= {
                    each.statement_id: each.text for each in item.statements if each.text and each.action == "edit"
                }
        return cls(frozenset(refused), frozenset(dropped), edits)

    def choose(self, section: Section, wordings: Sequence[Statement]) -> Statement | None:
        """Take the first wording after the last one refused, or None; a person's edit comes before all."""
        for wording in wordings:
            if wording.id in self.dropped:
                return None
            edited = self._edited(section, wording)
            if edited is not None and edited.id in self.dropped:
                return None
            if edited is not None and edited.id not in self.refused:
                return edited
        refused = [place for place, wording in enumerate(wordings) if wording.id in self.refused]
        rest = wordings[refused[-1] + 1 :] if refused else wordings
        return rest[0] if rest else None

    def _edited(self, section: Section, wording: Statement) -> Statement | None:
        """Follow a person's edits of a sentence to the last one: each was made of the words before it."""
        last, seen = None, set[str]()
        at: Statement | None = wording
        while at is not None and at.id in self.edits and at.id not in seen:
            seen.add(at.id)
            at = last = statement(section, self.edits[at.id], wording.citations, wording.finding_ids)
        return last


def statement(
    section: Section, text: str, citations: Iterable[str], finding_ids: Iterable[str] = ()
) -> Statement | None:
    """Make a statement named by its content; without a citation there is none."""
    cited = tuple(dict.fromkeys(citations))
    if not cited:
        return None
    identity = "s-" + content_digest([section, text, sorted(cited)])
    return Statement(id=identity, text=text, citations=cited, finding_ids=tuple(finding_ids))
