"""The sentences of a draft or a signed report, laid out once for the page, the terminal and the documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from overread.records import SECTIONS, CaseFile, FinalStatement, Objection, Section, Statement


@dataclass(frozen=True)
class StatementView:
    """One sentence with what it rests on."""

    id: str
    """Id of the draft's statement; in a signed report the place, because edits may repeat a sentence."""
    text: str
    citations: tuple[str, ...]
    """Evidence ids, as the statement gives them."""
    numbers: tuple[int, ...]
    """Numbers of those citations that are evidence of the case, by `numbering`."""
    labels: tuple[str, ...] = ()
    needs_decision: bool = True
    """False for what is signed with the report, or decided where its finding is described."""
    edited: bool = False
    """True when the signed words are the reviewer's own."""
    decided: Literal["changed", "added"] | None = None
    """Set where the sentence was composed for a finding that the reviewer changed or added."""
    finding_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionView:
    """A section that says something."""

    title: str
    statements: tuple[StatementView, ...]
    name: Section = "findings"
    """Its name in the records."""

    @property
    def signed_with_report(self) -> bool:
        """Say whether no sentence of it waits for a decision, nor follows one on a finding."""
        return not any(item.needs_decision or item.finding_ids for item in self.statements)


@dataclass(frozen=True)
class WithheldView:
    """A sentence that the verifier took out, and why."""

    section: Section
    text: str
    citations: tuple[str, ...]
    objections: tuple[Objection, ...]


def section_views(file: CaseFile) -> tuple[SectionView, ...]:
    """Give the sections in reading order, empty ones left out: the signed report's once there is one."""
    numbers = numbering(file)
    labels = {finding.id: finding.label for finding in file.findings}
    titles = dict(file.draft.headings) if file.draft else {}
    return tuple(
        SectionView(
            titles.get(section, section.capitalize()),
            tuple(_view(f"{section}-{place}", item, numbers, labels) for place, item in enumerate(statements)),
            section,
        )
        for section, statements in _sections(file)
    )


def withheld_views(file: CaseFile) -> tuple[WithheldView, ...]:
    """Give what the verifier took out of the draft."""
    return tuple(
        WithheldView(item.section, item.statement.text, item.statement.citations, item.objections)
        for item in (file.draft.withheld if file.draft else ())
    )


def language_notes(file: CaseFile) -> tuple[str, ...]:
    """Say in a line each what a language model did to the plan and to the draft; nothing where none was asked."""
    wording = file.draft.wording if file.draft and not file.final else None
    return (*(file.plan.reasons if file.plan else ()), *((f"The draft was {wording.summary}.",) if wording else ()))


def cited_ids(file: CaseFile) -> tuple[str, ...]:
    """List the evidence of the case that its sentences cite, in the order it is first cited."""
    known = {item.id for item in file.evidence}
    cited = (identity for _, statements in _sections(file) for item in statements for identity in item.citations)
    return tuple(identity for identity in dict.fromkeys(cited) if identity in known)


def numbering(file: CaseFile) -> dict[str, int]:
    """Number evidence from 1 in the order it is first cited, then the rest in the order it was seen."""
    order = dict.fromkeys([*cited_ids(file), *(item.id for item in file.evidence)])
    return {identity: number for number, identity in enumerate(order, start=1)}


def _sections(file: CaseFile) -> list[tuple[Section, tuple[Statement | FinalStatement, ...]]]:
    said = file.signed_sections or (file.draft.sections if file.draft else {})
    order = tuple(section for section, _ in file.draft.headings) if file.draft else ()
    return [(section, tuple(said[section])) for section in order or SECTIONS if said.get(section)]


def _view(
    place: str, item: Statement | FinalStatement, numbers: Mapping[str, int], labels: Mapping[str, str]
) -> StatementView:
    cited = tuple(numbers[identity] for identity in item.citations if identity in numbers)
    if isinstance(item, FinalStatement):
        return StatementView(place, item.text, item.citations, cited, edited=item.edited, decided=item.decided)
    about = tuple(labels[identity] for identity in item.finding_ids if identity in labels)
    return StatementView(
        item.id, item.text, item.citations, cited, about, item.needs_decision, finding_ids=item.finding_ids
    )
