"""The draft, sentence by sentence, and the signed report in the same shape."""

from dataclasses import dataclass
from typing import TypeVar

from overread.records import SECTIONS, CaseFile, Section, Statement

Item = TypeVar("Item")


@dataclass(frozen=True)
class StatementView:
    """One sentence with what it rests on; `edited` when the signed words are the reviewer's own."""

    id: str
    text: str
    citations: tuple[str, ...]
    labels: tuple[str, ...]
    edited: bool = False


@dataclass(frozen=True)
class SectionView:
    title: str
    statements: tuple[StatementView, ...]


@dataclass(frozen=True)
class WithheldView:
    """A sentence that the verifier took out, and why."""

    section: str
    text: str
    citations: tuple[str, ...]
    objections: tuple[str, ...]


def section_views(file: CaseFile) -> tuple[SectionView, ...]:
    """Give the draft's sections in reading order, empty ones left out."""
    if file.draft is None:
        return ()
    labels = {finding.id: finding.label for finding in file.findings}
    return tuple(
        SectionView(section.capitalize(), tuple(_statement(item, labels) for item in statements))
        for section, statements in _ordered(file.draft.sections)
        if statements
    )


def final_sections(file: CaseFile) -> tuple[SectionView, ...]:
    """Give the signed report's sections; ids are the place in the report, because edits may repeat a sentence."""
    if file.final is None:
        return ()
    return tuple(
        SectionView(
            section.capitalize(),
            tuple(
                StatementView(f"{section}-{place}", item.text, item.citations, (), item.edited)
                for place, item in enumerate(statements)
            ),
        )
        for section, statements in _ordered(file.final.sections)
        if statements
    )


def withheld_views(file: CaseFile) -> tuple[WithheldView, ...]:
    return tuple(
        WithheldView(
            section=item.section.capitalize(),
            text=item.statement.text,
            citations=item.statement.citations,
            objections=tuple(f"{one.kind.replace('_', ' ')}: {one.message}" for one in item.objections),
        )
        for item in (file.draft.withheld if file.draft else ())
    )


def _ordered(sections: dict[Section, tuple[Item, ...]]) -> list[tuple[Section, tuple[Item, ...]]]:
    return [(section, sections[section]) for section in SECTIONS if section in sections]


def _statement(statement: Statement, labels: dict[str, str]) -> StatementView:
    return StatementView(
        id=statement.id,
        text=statement.text,
        citations=statement.citations,
        labels=tuple(labels[identity] for identity in statement.finding_ids if identity in labels),
    )
