"""A case as it is printed: the report with its citations as numbered notes, and what it is, on every sheet."""

from collections.abc import Iterator
from dataclasses import dataclass

from overread.review.case_page import CasePage
from overread.review.evidence_view import EvidenceView


@dataclass(frozen=True)
class PaperSection:
    """A section of the report: each sentence with the numbers of its notes."""

    title: str
    sentences: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Paper:
    """What stands on paper of a case. Decisions that are not signed are not on it."""

    sections: tuple[PaperSection, ...]
    notes: tuple[tuple[int, EvidenceView], ...]
    """Evidence that the sentences cite, numbered as they first cite it, from 1."""
    signed: bool
    """False puts *not signed* across every sheet."""


def paper_of(page: CasePage) -> Paper:
    """Lay a case out for paper: the signed report once there is one, else the draft."""
    evidence = {view.id: view for view in page.evidence}
    cited = dict.fromkeys(one for one in _cited(page) if one in evidence)
    numbers = {one: place for place, one in enumerate(cited, 1)}
    return Paper(
        sections=tuple(
            PaperSection(
                section.title,
                tuple(
                    (item.text, tuple(numbers[one] for one in dict.fromkeys(item.citations) if one in numbers))
                    for item in section.statements
                ),
            )
            for section in page.sections
        ),
        notes=tuple((place, evidence[one]) for one, place in numbers.items()),
        signed=page.file.final is not None,
    )


def _cited(page: CasePage) -> Iterator[str]:
    for section in page.sections:
        for item in section.statements:
            yield from item.citations
