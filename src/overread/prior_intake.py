"""Priors that were sent with a study: each is surely this patient's and earlier, or is left out aloud.

Of one that is left out nothing is kept but why: no picture, no header value, no word of its report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overread.errors import SeveralStudies, Unreadable, UsageError
from overread.imaging import ReadResult, read_input
from overread.imaging.gate import header_refusal
from overread.imaging.identity import differing, is_confirmed
from overread.imaging.wire_format import PatientIdentity
from overread.prior_reports import Told, told_by
from overread.records import Prior, PriorRefusalReason, PriorRefused, RefusalReason, Study
from overread.settings import Limits
from overread.store.home import Home
from overread.store.pictures import HeldPictures

WHY: Mapping[PriorRefusalReason, str] = {
    "another_patient": "it is of another patient",
    "not_confirmed": "that it is of the same patient could not be confirmed",
    "later": "it is later than this study",
    "the_study_itself": "it is the study itself",
    "the_same_pixels": "it holds the same picture as this study, under another identifier",
    "given_twice": "it was given twice",
    "wrong_modality": "it is no radiograph",
    "wrong_body_part": "it is not of the chest",
    "no_frontal_view": "it has no frontal image",
    "too_few_pixels": "its picture is too small",
    "several_patients": "it names more than one patient",
    "several_studies": "it holds several studies; each is a prior of its own",
    "unreadable": "it is no study that can be read",
}
AT_THE_GATE: Mapping[RefusalReason, PriorRefusalReason] = {
    "wrong_modality": "wrong_modality",
    "wrong_body_part": "wrong_body_part",
    "no_frontal_view": "no_frontal_view",
    "resolution_too_low": "too_few_pixels",
    "several_patients": "several_patients",
}
STATED = "That a prior is an earlier study of the same patient was stated by its sender; no header confirms it."
UNDATED = "The date of a prior or of this study is not known; that the prior is the earlier one was not confirmed."


@dataclass(frozen=True)
class SentPriors:
    """What was sent as priors, and what is said of it."""

    paths: tuple[Path, ...] = ()
    reports: tuple[Path, ...] = ()
    """The first is of the first prior, and so on."""
    same_patient: bool = False
    """True when the sender states that each is an earlier study of the same patient, where no header tells."""


GivenPriors = SentPriors | Sequence[Path]


def sent_priors(given: GivenPriors) -> SentPriors:
    """Take paths alone for priors of which nothing more is said."""
    return given if isinstance(given, SentPriors) else SentPriors(tuple(given))


@dataclass
class Taken:
    """What came of the priors: those to use, and in sentences what is to be told of them."""

    kept: list[Prior] = field(default_factory=list)
    refused: list[PriorRefused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    """Paths of what is used, by which the same input is known again."""


def take_priors(current: ReadResult, sent: SentPriors, home: Home, limits: Limits) -> Taken:
    """Keep the priors that may be compared with, with their reports; say of each other one why not.

    Raises `UsageError` for a path that is not there, and for more reports than priors.
    """
    if len(sent.reports) > len(sent.paths):
        raise UsageError(
            f"{len(sent.reports)} reports were given for {len(sent.paths)} priors; give one for each prior"
        )
    taken = Taken()
    for number, path in enumerate(sent.paths, start=1):
        named = "A prior" if len(sent.paths) == 1 else f"Prior {number}"
        report = sent.reports[number - 1] if number <= len(sent.reports) else None
        _take(taken, current, sent, (number, named, path, report), home, limits)
    return taken


def _take(
    taken: Taken,
    current: ReadResult,
    sent: SentPriors,
    one: tuple[int, str, Path, Path | None],
    home: Home,
    limits: Limits,
) -> None:
    number, named, path, report = one
    held = HeldPictures()
    read = _read(path, held, home.key, limits)
    why = read if isinstance(read, str) else _unusable(current, read, [prior.study for prior in taken.kept], sent)
    if why is not None or isinstance(read, str):
        taken.refused.append(_refused(number, named, why or "unreadable", current, read))
        return
    confirmed = is_confirmed(_identity(current), _identity(read))
    # The same person may be named with and without an issuer: the key is that of the current study.
    study = read.study.model_copy(update={"patient_key": current.study.patient_key})
    prior = Prior(study=study, stated=not confirmed)
    told: Told = told_by(prior, read, report, named, limits)
    held.keep_in(home.pictures, {image.pixels_digest for image in study.images}, study.greys_digests)
    taken.kept.append(told.prior)
    taken.files += [path] if report is None else [path, report]
    taken.headers.update(read.headers)
    if told.of_another_patient is not None:
        taken.refused.append(PriorRefused(number=number, reason="another_patient", message=told.of_another_patient))
    dates = (study.study_date, current.study.study_date)
    taken.notes += [STATED] if prior.stated else [UNDATED] if None in dates else []
    taken.notes += told.notes


def _read(path: Path, held: HeldPictures, key: bytes, limits: Limits) -> ReadResult | PriorRefusalReason:
    """Read a prior; what cannot be read is no reason to leave the study at hand unread."""
    try:
        return read_input([path], sink=held, key=key, limits=limits)
    except SeveralStudies:
        return "several_studies"
    except Unreadable:
        return "unreadable"


def _unusable(
    current: ReadResult, prior: ReadResult, kept: Sequence[Study], sent: SentPriors
) -> PriorRefusalReason | None:
    """Say why a prior may not be compared with; None when it may."""
    if prior.refusal is not None:
        return AT_THE_GATE.get(prior.refusal.reason, "unreadable")
    one, other = _identity(current), _identity(prior)
    if differing(one, other):
        return "another_patient"
    if prior.study.uid == current.study.uid:
        return "the_study_itself"
    if pixels_of(prior.study) & pixels_of(current.study):
        return "the_same_pixels"
    if not is_confirmed(one, other) and not sent.same_patient:
        return "not_confirmed"
    if (gate := header_refusal(prior.study, prior.headers)) is not None:
        return AT_THE_GATE.get(gate.reason, "unreadable")
    if is_later(prior.study, current.study):
        return "later"
    if any(prior.study.uid == each.uid or pixels_of(prior.study) & pixels_of(each) for each in kept):
        return "given_twice"
    return None


def is_later(prior: Study, current: Study) -> bool:
    """Say whether a prior is surely later: by its day, on one day by its time, as far as both are known."""
    if not prior.study_date or not current.study_date:
        return False
    if prior.study_date != current.study_date:
        return prior.study_date > current.study_date
    return bool(prior.study_time and current.study_time) and (prior.study_time or "") > (current.study_time or "")


def pixels_of(study: Study) -> frozenset[str]:
    """Give the digests of a study's pictures."""
    return frozenset(image.pixels_digest for image in study.images)


def _refused(
    number: int, named: str, why: PriorRefusalReason, current: ReadResult, read: ReadResult | str
) -> PriorRefused:
    said = f"{named} was not used: {WHY[why]}."
    if why == "another_patient" and isinstance(read, ReadResult):
        apart = ", ".join(differing(_identity(current), _identity(read)))
        what = f"{named[0].lower()}{named[1:]} of another patient (another {apart})"
        said = f"Identity alert: {what} was sent and was not used."
    return PriorRefused(number=number, reason=why, message=said)


def _identity(read: ReadResult) -> PatientIdentity:
    return read.identity or PatientIdentity()
