"""What of a case is told to a program that may hand it to any model: what the prompts may hold, and no more.

Labels, codes, figures, what models said, and sentences of our own making. No word that a person wrote (of an order, a
header, an earlier report, an edited sentence, an addendum), no value of a patient, no UID.
"""

from collections.abc import Iterator, Mapping, Sequence

from overread.langchain._tool_message import message_of
from overread.records import REVIEWER, CaseFile, Evidence, FinalStatement, Section, Statement

SEEN = frozenset({"score", "mask", "activation", "box", "measurement", "answer", "claim", "growth", "change", "header"})
"""Kinds of evidence that models and the header give; of a header, codes and figures alone."""
SAID: tuple[Section, ...] = ("findings", "impression")
"""Sections without a word of the order."""
KEPT = "[the words of a person are not told here]"
IN_THE_PAGE = "This draft was sent back once and may hold words of a person: read it on the page."


def evidence_of(file: CaseFile) -> str:
    """Give one line for each piece of evidence that may be told, with its id."""
    told: Sequence[Evidence] = [
        item for item in file.evidence if item.payload.kind in SEEN and item.tool not in (REVIEWER, "reading")
    ]
    return message_of(told)


def findings_of(file: CaseFile) -> Iterator[str]:
    """Give one line for each finding that was assessed."""
    for finding in file.findings:
        if finding.status != "not_assessed":
            side = f", {finding.laterality}" if finding.laterality else ""
            yield f"{finding.label}: {finding.status}{side} ({', '.join(finding.evidence_ids) or 'no evidence'})"


def report_of(file: CaseFile) -> Iterator[str]:
    """Give the sentences of findings and impression with their citations: as signed, else as drafted."""
    signed = file.signed_sections
    if signed is not None:
        yield "Signed report."
        yield from _lines(signed)
        yield from (f"Addendum: {KEPT}" for _ in (file.newest.additions if file.newest else ()))
    elif file.draft is None:
        yield "There is no draft."
    elif file.draft.revision:
        yield IN_THE_PAGE
    else:
        yield "Draft, not signed: a radiologist decides."
        yield from _lines(file.draft.sections)


def impression_of(file: CaseFile) -> str:
    """Give the signed impression in one line."""
    said = (file.signed_sections or {}).get("impression", ())
    return " ".join(_words(item) for item in said) or "no impression"


def _lines(sections: Mapping[Section, Sequence[Statement | FinalStatement]]) -> Iterator[str]:
    for section in SAID:
        for item in sections.get(section, ()):
            yield f"{section}: {_words(item)} [{', '.join(item.citations)}]"


def _words(item: Statement | FinalStatement) -> str:
    return KEPT if isinstance(item, FinalStatement) and item.edited else item.text
