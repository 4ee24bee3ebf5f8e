"""The states of a report, each a document that names the one before: the draft, then each signed version."""

from datetime import datetime
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import UID

from overread.export._dicom import drafted_at, reference, series_uid, uid
from overread.records import CaseFile, FinalStatement, ReportVersion, Section, Statement


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
