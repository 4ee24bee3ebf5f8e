"""A signed report as the rules read it: its sentences, what they assert, and the same as claims for the rules of
`overread.rules`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from overread.labeler import assertions
from overread.ports import EvidenceIndex
from overread.records import (
    Assertion,
    Case,
    CaseFile,
    Claim,
    Conflict,
    Evidence,
    Locator,
    Provenance,
    SignedNotice,
)

SPEAKER = "signed report"
"""Stands where a tool's name does; it is no tool."""
READ: tuple[Literal["findings", "impression"], ...] = ("findings", "impression")
"""Sections that say what was seen."""


@dataclass(frozen=True)
class SignedSentence:
    """One signed sentence, or several that the signer wrote in the place of one."""

    section: Literal["findings", "impression"]
    text: str
    citations: tuple[str, ...]
    assertions: tuple[Assertion, ...]
    """What the labeler reads in it."""
    addendum: bool = False
    """Words of an addendum: they stand beside the findings as the impression does."""


class Signed:
    """A case file whose report is signed; raises `ValueError` for one that has none."""

    def __init__(self, file: CaseFile) -> None:
        if file.final is None or file.signed_sections is None:
            raise ValueError("the report is not signed")
        self.file = file
        self._sections = file.signed_sections
        self._final = file.final

    @cached_property
    def sentences(self) -> tuple[SignedSentence, ...]:
        """Give the sentences of findings and impression in reading order, and the words of addenda after them."""
        said = tuple(
            SignedSentence(section, said.text, said.citations, assertions(said.text))
            for section in READ
            for said in self._sections.get(section, ())
        )
        newest = self.file.newest
        added = newest.additions if newest else ()
        return (*said, *(SignedSentence("impression", text, (), assertions(text), addendum=True) for text in added))

    @cached_property
    def _by_claim(self) -> dict[str, tuple[Evidence, SignedSentence]]:
        made = [(self._claim(sentence), sentence) for sentence in self.sentences]
        return {item.id: (item, sentence) for item, sentence in made}

    @property
    def claims(self) -> tuple[Evidence, ...]:
        """Give the sentences as claims about the image that was read; they are kept nowhere."""
        return tuple(item for item, _ in self._by_claim.values())

    @property
    def index(self) -> EvidenceIndex:
        """Give the claims alone."""
        return EvidenceIndex(self.claims)

    @cached_property
    def text_case(self) -> Case:
        """Give the case with sides as a reader has them: what a person wrote has its side, whatever the header says."""
        study = self.file.case.study
        series = tuple(
            each.model_copy(
                update={"images": tuple(image.model_copy(update={"hanging": None}) for image in each.images)}
            )
            for each in study.series
        )
        return self.file.case.model_copy(update={"study": study.model_copy(update={"series": series})})

    def notice(
        self, kind: str, message: str, sentence: SignedSentence, evidence_ids: Iterable[str] = ()
    ) -> SignedNotice:
        """Make a notice about a sentence; of `evidence_ids`, and what it cites, only evidence of the case is named."""
        known = {item.id for item in self.file.evidence}
        named = dict.fromkeys((*evidence_ids, *sentence.citations))
        return SignedNotice(
            kind=kind,
            section=None if sentence.addendum else sentence.section,
            statement=sentence.text,
            message=message,
            evidence_ids=tuple(identity for identity in named if identity in known),
        )

    def behind(self, conflict: Conflict) -> tuple[SignedSentence, ...]:
        """Give the sentences that a conflict cites, in reading order."""
        return tuple(
            sentence for identity, (_, sentence) in self._by_claim.items() if identity in conflict.evidence_ids
        )

    def _claim(self, sentence: SignedSentence) -> Evidence:
        plan = self.file.plan
        image = self.file.case.study.frontal or self.file.case.study.images[0]
        uid, frame = (plan.image_sop_instance_uid, plan.image_frame) if plan else (image.sop_instance_uid, image.frame)
        at = self._final.signed_at
        return Evidence.of(
            Claim(text=sentence.text, section=sentence.section, assertions=sentence.assertions),
            Locator(sop_instance_uid=uid, frame=frame),
            Provenance(tool=SPEAKER, tool_version="1", model="none", started=at, ended=at),
        )


class SignedRule(Protocol):
    """A rule over what was signed: pure, fast, silent when there is nothing to say."""

    @property
    def id(self) -> str:
        """Name the rule as its file is named; its notices carry it."""

    @property
    def describe(self) -> str:
        """Say what the rule notices, in one sentence with a full stop."""

    def check(self, signed: Signed) -> Iterable[SignedNotice]:
        """Give a notice for each thing to look at again; the same report has the same notices."""
