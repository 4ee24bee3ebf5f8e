"""The safety header: whose images these are, and what the page is and is not. The only place with an identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from overread.records import CaseFile, CaseStatus
from overread.review.formatting import date_words, moment_words
from overread.review.language import gettext

BANNERS: Mapping[CaseStatus, str] = {
    "received": "WAITING TO BE READ",
    "running": "BEING READ BY THE MODELS – NO DRAFT YET",
    "refused": "NOT READ – REFUSED",
    "awaiting_review": "AI DRAFT – NOT SIGNED",
    "signed": "SIGNED",
    "rejected": "DRAFT REJECTED – NO REPORT",
    "failed": "READING FAILED – NO REPORT",
    "replaced": "REPLACED BY A LATER READ OF THIS STUDY – NOT TO BE SIGNED",
}
SEXES = {"F": "female", "M": "male", "O": "other"}


@dataclass(frozen=True)
class SafetyHeader:
    """What must be right before anything else on the page is read."""

    patient_name: str
    patient_id: str
    birth_date: str
    sex: str
    known: bool
    """False when the input names no patient."""
    accession: str
    exam: str
    study_date: str
    age: str | None
    """Age at the study, when the header states it."""
    priority: str
    indication: str | None
    question: str | None
    banner: str
    banner_detail: str | None
    synthetic: bool
    generated: bool
    """Synthetic, and no phantom."""
    prior: str


def safety_header(file: CaseFile, identity: Mapping[str, Any] | None) -> SafetyHeader:
    """Put the header together; what is not stated is said to be so, never guessed."""
    study, order, who = file.case.study, file.case.order, identity or {}
    return SafetyHeader(
        patient_name=name_words(who) or gettext("No patient named in the input"),
        patient_id=str(who.get("patient_id") or "") or gettext("not stated"),
        birth_date=date_words(who.get("birth_date")),
        sex=gettext(SEXES.get(str(who.get("sex") or study.sex or ""), "not stated")),
        known=bool(name_words(who) or who.get("patient_id")),
        accession=order.accession_number or gettext("not stated"),
        exam=_exam(file),
        study_date=date_words(study.study_date),
        age=None if study.age_years is None else gettext("{years} y").format(years=f"{study.age_years:.0f}"),
        priority=order.priority,
        indication=order.indication,
        question=order.question,
        banner=_banner(file),
        banner_detail=_detail(file),
        synthetic=study.synthetic,
        generated=study.generated,
        prior=_prior(file),
    )


def name_words(identity: Mapping[str, Any]) -> str:
    """Write a DICOM person name as FAMILY, Given (first component group, PS3.5 6.2.1)."""
    group = str(identity.get("name") or "").partition("=")[0]
    family, _, given = group.partition("^")
    rest = " ".join(part for part in given.split("^")[:2] if part)
    return ", ".join(part for part in (family.upper(), rest) if part)


def _exam(file: CaseFile) -> str:
    series = file.case.study.series
    modalities = "/".join(dict.fromkeys(one.modality for one in series))
    part = next((one.body_part for one in series if one.body_part), None)
    views = ", ".join(dict.fromkeys(image.view or gettext("view unknown") for image in file.case.study.images))
    asked = file.case.order.requested_procedure
    return " · ".join(word for word in (asked, f"{modalities} {part or ''}".strip(), views) if word)


def _detail(file: CaseFile) -> str | None:
    signed = file.case.follows.addendum_to if file.case.follows else None
    words = gettext("ADDENDUM to {case}, signed by {who}")
    said = [_state(file), words.format(case=signed.case_id, who=signed.signed_by) if signed else None]
    return "; ".join(words for words in said if words) or None


def _banner(file: CaseFile) -> str:
    newest = file.newest
    if file.preliminary is not None:
        return gettext("PRELIMINARY REPORT – NOT FINAL")
    if file.status == "signed" and newest is not None and newest.status in ("amended", "appended"):
        amended = gettext("SIGNED – AMENDED, VERSION {number}")
        words = amended if newest.status == "amended" else gettext("SIGNED – WITH AN ADDENDUM, VERSION {number}")
        return words.format(number=newest.version)
    return gettext(BANNERS[file.status])


def _state(file: CaseFile) -> str | None:
    if file.preliminary is not None:
        return _by(file.preliminary.signed_by, file.preliminary.at)
    if file.final is not None:
        return _by(file.final.signed_by, file.final.signed_at)
    if file.review is not None and file.review.decision == "reject":
        return _by(file.review.reviewer, file.review.at)
    if file.status == "awaiting_review" and file.draft is not None and file.draft.revision:
        return gettext("revision {number}").format(number=file.draft.revision)
    return None


def _by(who: str, at: datetime) -> str:
    return gettext("by {who}, {at}").format(who=who, at=moment_words(at))


def _prior(file: CaseFile) -> str:
    dates = [date_words(prior.study.study_date) for prior in file.case.priors]
    return gettext("prior of {days}").format(days=", ".join(dates)) if dates else gettext("no prior")
