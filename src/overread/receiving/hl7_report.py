"""Reports that were signed elsewhere, out of ORU^R01: only those that are final or correct one that was."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from overread.errors import MessageRefused
from overread.hl7v2.message import Message, Segment
from overread.hl7v2.refusal import REQUIRED_FIELD, SEGMENT_SEQUENCE
from overread.hl7v2.writing import OURS
from overread.imaging.plain_text import plain_lines, plain_text
from overread.receiving.hl7_patient import patient_of
from overread.records import ElsewhereStatus
from overread.store.reports_elsewhere import SignedElsewhere

KINDS = frozenset({("ORU", "R01")})
SIGNED: Mapping[str, ElsewhereStatus] = MappingProxyType({"F": "final", "C": "amended", "X": "withdrawn"})
"""OBR-25 (table 0123); all others are of a report that nobody has signed yet."""
TEXTS = frozenset({"TX", "FT", "ST"})
TAKEN_BACK = frozenset({"D", "W", "X"})
"""OBX-11 (table 0085): deleted, posted in error, cannot be obtained."""
STUDY = frozenset({"110180", "113014"})
"""DCM: Study Instance UID; DICOM Study, as IHE's results distribution writes it."""
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "18785-6": "INDICATION", "11329-0": "HISTORY", "55111-9": "TECHNIQUE", "18834-2": "COMPARISON",
        "59776-5": "FINDINGS", "18782-3": "FINDINGS", "19005-8": "IMPRESSION", "55110-1": "IMPRESSION",
    }
)  # fmt: skip
"""LOINC codes of sections to the words that the labeler tells parts of a report apart by."""
SUFFIXES: Mapping[str, str] = MappingProxyType({"GDT": "FINDINGS", "IMP": "IMPRESSION", "ADT": "ADDENDUM"})
"""Observation id suffixes (chapter 7.2.4)."""


def signed_reports(message: Message) -> Sequence[SignedElsewhere]:
    """Give the signed reports of a message; raises `MessageRefused` for one without OBR, number or study."""
    if message.header.application.upper() == OURS:
        return ()  # what we sent ourselves
    groups = list(message.groups("OBR"))
    if not groups:
        raise MessageRefused("AE", SEGMENT_SEQUENCE, "there is no OBR segment of a report")
    return [report for group in groups if (report := _report(message, group)) is not None]


def _report(message: Message, group: Sequence[Segment]) -> SignedElsewhere | None:
    request = group[0]
    status = SIGNED.get(request.value(25).upper())
    if status is None:
        return None
    accession = plain_text(request.value(18) or request.value(3))
    study = next((each.value(5) for each in group if each.name == "OBX" and each.value(3) in STUDY), "")
    number = request.value(3) or request.value(2) or accession or study
    if not number:
        raise MessageRefused("AE", REQUIRED_FIELD, "a report has no number (OBR-2, OBR-3, OBR-18)")
    return SignedElsewhere(
        source=f"{message.header.application}|{message.header.facility}",
        key=hashlib.sha256(number.encode()).hexdigest(),
        status=status,
        text="" if status == "withdrawn" else plain_lines("\n".join(_lines(group))),
        accession_number=accession,
        study_uid=study if set(study) <= set("0123456789.") else "",
        identity=patient_of(message).model_dump(),
        at=_digits(request.value(22)) or _digits(message.header.at),
    )


def _lines(group: Sequence[Segment]) -> Iterator[str]:
    """Give the lines of the text, with a heading where the code of one names another part."""
    heading = ""
    for segment in group:
        if segment.name != "OBX" or segment.value(2).upper() not in TEXTS or segment.value(3) in STUDY:
            continue
        if segment.value(11).upper() in TAKEN_BACK:
            continue
        named = HEADINGS.get(segment.value(3)) or SUFFIXES.get(segment.value(3, 1, 2).upper(), "")
        if named and named != heading:
            yield f"{named}:"
            heading = named
        yield from segment.values(5)


def _digits(value: str) -> str:
    text = value.split(".")[0].split("+")[0].split("-")[0]
    return text[:14] if text.isdigit() else ""
