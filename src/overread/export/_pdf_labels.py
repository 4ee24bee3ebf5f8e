"""What stands at the edges of every page of a PDF: whose report it is, what it is, and what made it."""

from dataclasses import dataclass

from overread.export._output import Export
from overread.imaging.wire_format import PatientIdentity
from overread.outputs.day_text import day_words
from overread.records import CaseFile

NO_PATIENT = "Patient not stated in the input"
NOT_SIGNED = "NOT SIGNED"
PRELIMINARY = "PRELIMINARY"
_SEXES = {"F": "female", "M": "male", "O": "other"}


@dataclass(frozen=True)
class PageLabels:
    """Text at the head and the foot of each page, and across it."""

    patient: str
    details: str
    """Patient ID with its issuer, date of birth, sex: those that are known."""
    study: str
    software: str
    watermark: str | None
    """None on a report that is signed as final."""


def page_labels(export: Export) -> PageLabels:
    """Say whose report it is by what the input states; nothing is guessed."""
    file, who = export.file, export.identity
    return PageLabels(
        patient=(name_words(who.name) if who else "") or NO_PATIENT,
        details=" · ".join(_details(who)) if who else "",
        study=" · ".join(_study(file)),
        software=f"Overread {file.manifest.overread_version}, profile {file.manifest.profile} · case {file.case_id}",
        watermark=_watermark(file),
    )


def name_words(name: str) -> str:
    """Write a DICOM person name as FAMILY, Given (first component group, PS3.5 6.2.1)."""
    family, _, given = name.partition("=")[0].partition("^")
    rest = " ".join(part for part in given.split("^")[:2] if part)
    return ", ".join(part for part in (family.upper(), rest) if part)


def _details(who: PatientIdentity) -> list[str]:
    issuer = f" ({who.issuer})" if who.issuer else ""
    told = (
        f"ID {who.patient_id}{issuer}" if who.patient_id else "",
        f"born {day_words(who.birth_date)}" if who.birth_date else "",
        _SEXES.get(who.sex, ""),
    )
    return [part for part in told if part]


def _study(file: CaseFile) -> list[str]:
    accession, date = file.case.order.accession_number, file.case.study.study_date
    told = (f"Accession {accession}" if accession else "", f"Study of {day_words(date)}" if date else "")
    return [part for part in told if part]


def _watermark(file: CaseFile) -> str | None:
    if file.final is not None:
        return None
    return PRELIMINARY if file.preliminary is not None else NOT_SIGNED
