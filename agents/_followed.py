"""The sentences of a draft as they follow the reviewer's decisions on findings, in the phrases that composed it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import statement
from overread.agents._impression import together, unanswered
from overread.agents._limits import gap, left_open
from overread.agents._phrases import WORDINGS
from overread.agents._sentences import finding_wordings, impression_wordings, negative_wordings, ratio_sentence
from overread.reasoning.merging import NO_FINDING
from overread.reasoning.reviewed import Decided
from overread.reasoning.vocabulary import TERMS
from overread.records import DraftReport, Finding, RuleVerdict, Section, Statement, Unassessed

Origin = Literal["draft", "changed", "added"]


class Followed(NamedTuple):
    """A sentence as it stands after the decisions on findings."""

    statement: Statement
    of: str | None
    """The draft's statement whose decision it follows; None where it was composed for a decision on a finding."""
    origin: Origin = "draft"


class Follower:
    """Puts the sentences of one draft after the decisions of one review.

    `inputs` holds the findings as the reviewer left them, and the conflicts that are still open.
    """

    def __init__(self, inputs: DraftInputs, decided: Sequence[Decided]) -> None:
        self._inputs = inputs
        self._decided = {item.finding.id: item for item in decided}
        self._labels = frozenset(item.finding.label for item in decided)
        self._known = {finding.id: finding for finding in inputs.findings}

    def sections(self, draft: DraftReport) -> dict[Section, tuple[Followed, ...]]:
        """Give all sections, each sentence once, in the order of the draft."""
        return {section: tuple(self._section(section, items)) for section, items in draft.sections.items()}

    def _section(self, section: Section, items: Sequence[Statement]) -> list[Followed]:
        lines = [line for item in items for line in self._line(section, item)]
        spoken = {identity for item in items for identity in item.finding_ids}
        for decided in self._decided.values():
            if decided.finding.id not in spoken and self._belongs(section, decided.finding):
                lines.insert(self._place(section, decided.finding, lines), self._told(section, decided))
        return [*lines, *self._ratio(section, items)]

    def _line(self, section: Section, item: Statement) -> Iterator[Followed]:
        if section in ("limitations", "impression") and not item.finding_ids:
            kept = self._without_gaps(section, item)
            yield from [Followed(kept, item.id)] if kept else []
            return
        touched = [self._decided[identity] for identity in item.finding_ids if identity in self._decided]
        if not touched:
            yield from [] if self._is_denied(item) else [Followed(item, item.id)]
            return
        for decided in touched:
            if decided.finding.status != "not_assessed":
                yield self._told(section, decided)
        rest = [self._known[i] for i in item.finding_ids if i not in self._decided and i in self._known]
        if rest and (remainder := self._remainder(section, rest)) is not None:
            yield Followed(remainder.model_copy(update={"needs_decision": item.needs_decision}), item.id)

    def _told(self, section: Section, decided: Decided) -> Followed:
        wordings = impression_wordings if section == "impression" else finding_wordings
        made = wordings(self._inputs, decided.finding)[0].model_copy(update={"needs_decision": False})
        return Followed(made, None, "added" if decided.added else "changed")

    def _remainder(self, section: Section, rest: Sequence[Finding]) -> Statement | None:
        """Say what a sentence of several findings still says of those that were not changed."""
        inputs = self._inputs
        if all(finding.status == "absent" for finding in rest):
            return next(iter(negative_wordings(inputs, list(rest), section)), None)
        if len(rest) == 1:
            wordings = impression_wordings if section == "impression" else finding_wordings
            return next(iter(wordings(inputs, rest[0])), None)
        cited = [identity for finding in rest for identity in finding.evidence_ids]
        return statement(section, together(inputs, rest), cited, [finding.id for finding in rest])

    def _is_denied(self, item: Statement) -> bool:
        """Say whether a sentence that nothing was found stands against a finding that the reviewer made."""
        of_none = any(self._known[i].label == NO_FINDING for i in item.finding_ids if i in self._known)
        return of_none and any(made.finding.status in ("present", "uncertain") for made in self._decided.values())

    def _without_gaps(self, section: Section, item: Statement) -> Statement | None:
        """Take out of a sentence what the reviewer filled in: a label now assessed, a conflict now settled."""
        cited = [self._inputs.evidence.get(identity) for identity in item.citations]
        labels = {e.id: e.payload.label for e in cited if e and isinstance(e.payload, Unassessed)}
        said = gap if section == "limitations" else unanswered
        left = {identity: label for identity, label in labels.items() if label not in self._labels}
        if len(left) < len(labels) and _in_words(labels) and item.text == said(tuple(labels.values())):
            return _shortened(section, said(tuple(left.values())), left) if left else None
        waiting = {conflict.id for conflict in self._inputs.conflicts if conflict.resolution == "open"}
        rules = {e.id: e.payload for e in cited if e and isinstance(e.payload, RuleVerdict)}
        still = {identity: verdict.rule for identity, verdict in rules.items() if verdict.conflict_id in waiting}
        if len(still) < len(rules) and item.text == left_open({verdict.rule for verdict in rules.values()}):
            return _shortened(section, left_open(set(still.values())), still) if still else None
        return item

    def _belongs(self, section: Section, finding: Finding) -> bool:
        if section == "findings":
            return finding.status != "not_assessed"
        return (
            section == "impression"
            and finding.status in ("present", "uncertain")
            and finding.label != "Support Devices"
        )

    def _place(self, section: Section, finding: Finding, lines: Sequence[Followed]) -> int:
        """Put what is there before what is not, and in the impression what is urgent first."""
        if section == "impression":
            return 0 if finding.status == "present" and TERMS[finding.label].critical else len(lines)
        absent = (place for place, line in enumerate(lines) if self._denies(line.statement))
        return next(absent, len(lines)) if finding.status != "absent" else len(lines)

    def _denies(self, item: Statement) -> bool:
        known = [self._known[identity] for identity in item.finding_ids if identity in self._known]
        return bool(known) and all(finding.status == "absent" for finding in known)

    def _ratio(self, section: Section, items: Sequence[Statement]) -> Iterator[Followed]:
        """Tell the measured ratio apart where the heart's new sentence does not hold it any more."""
        heart = next((made for made in self._decided.values() if made.finding.label == "Cardiomegaly"), None)
        if section != "findings" or heart is None or heart.finding.status == "not_assessed":
            return
        ratio = ratio_sentence(self._inputs)
        if ratio is not None and all(item.id != ratio.id for item in items):
            yield Followed(ratio.model_copy(update={"needs_decision": False}), None, "changed")


def _in_words(labels: Mapping[str, str]) -> bool:
    return bool(labels) and all(label in WORDINGS for label in labels.values())


def _shortened(section: Section, text: str, cited: Mapping[str, str]) -> Statement | None:
    made = statement(section, text, cited)
    return made.model_copy(update={"needs_decision": False}) if made else None
