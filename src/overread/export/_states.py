"""The states of a report, each a document that names the one before: the draft, then each signed version."""

from datetime import datetime
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.export._dicom import drafted_at, reference, series_uid, uid
from overread.records import CaseFile, FinalStatement, Finding, ReportVersion, Section, Statement


class State(NamedTuple):
    """One state of a report: its draft, or a signed version of it."""

    file: CaseFile
    version: ReportVersion | None

    @property
    def sections(self) -> dict[Section, tuple[FinalStatement, ...]] | dict[Section, tuple[Statement, ...]]:
        """Give the sentences by section."""
        if self.version is not None:
            return self.version.sections
        return self.file.draft.sections if self.file.draft else {}

    @property
    def at(self) -> datetime:
        """Give when it came about: when it was signed, or when the last tool of the read ended."""
        return self.version.at if self.version else drafted_at(self.file)

    @property
    def number(self) -> int:
        """Give its number in the series of its kind, from 1: the drafts that were sent back count."""
        revision = self.file.draft.revision if self.file.draft else 0
        return revision + 1 + (self.version.version if self.version else 0)

    @property
    def final(self) -> bool:
        """Say whether it is signed as final, or came after what was."""
        return self.version is not None and not self.version.preliminary

    def uid(self, kind: str) -> UID:
        """Name the object of a kind that this state is written as."""
        content = self.version.text_digest if self.version else ""
        return uid(self.file.case_id, self.file.draft_digest or "", kind, self.number, content)

    def before(self) -> "State | None":
        """Give the state that this one takes the place of; None for a draft."""
        if self.version is None:
            return None
        older = [item for item in self.file.versions if item.version < self.version.version]
        return State(self.file, older[-1] if older else None)

    def named(self, kind: str, sop_class: str) -> Dataset:
        """Name the object of a kind by its study, series and instance, as a predecessor is named."""
        return reference(self.file.case.study.uid, series_uid(self.file, kind), sop_class, self.uid(kind))


def newest(file: CaseFile) -> State:
    """Give the state that the report is in: its newest version of the draft on file, else the draft."""
    version = file.newest
    waits_again = version is not None and version.preliminary and file.preliminary is None and file.final is None
    return State(file, None if waits_again else version)


def coded(state: State) -> tuple[Finding, ...]:
    """Give the findings that a sentence of this state speaks of: what is coded says what is written, or is left out.

    Left out are findings whose sentence was withheld, edited or rejected, for the words of people are not coded, and
    all of them where a person wrote the text anew (amended) or only a preliminary report is signed.
    """
    file = state.file
    if state.version is None:
        return tuple(item for item in file.findings if item.id in _spoken(file) and item.status != "not_assessed")
    amended = any(item.status == "amended" for item in file.versions if item.version <= state.version.version)
    if not state.final or amended or file.final is None or file.review is None:
        return ()
    mine = {item.finding_id for item in file.review.findings}
    added = {item.label for item in file.review.added}
    standing = _spoken(file) - _reworded(file)
    return tuple(
        item
        for item in file.final.findings
        if item.status != "not_assessed" and (item.id in standing | mine or item.label in added)
    )


def _spoken(file: CaseFile) -> set[str]:
    statements = file.draft.statements if file.draft else ()
    return {identity for statement in statements for identity in statement.finding_ids}


def _reworded(file: CaseFile) -> set[str]:
    decisions = file.review.statements if file.review else ()
    changed = {item.statement_id for item in decisions if item.action != "accept"}
    statements = file.draft.statements if file.draft else ()
    return {identity for item in statements if item.id in changed for identity in item.finding_ids}
