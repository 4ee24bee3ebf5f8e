"""Take an input in: files become a case, a prior is checked to be the same patient's, an order is read."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from overread._version import __version__
from overread.errors import UsageError
from overread.imaging import ReadResult, read_input
from overread.imaging.identity import differing, is_confirmed
from overread.imaging.wire_format import PatientIdentity
from overread.records import Case, Order, Prior, Refusal, Study, content_digest
from overread.settings import Settings
from overread.store.home import Home


@dataclass(frozen=True)
class AdmittedCase:
    """A case with what is kept beside it: header values for the tools, identity for the review page."""

    case: Case
    headers: Mapping[str, Mapping[str, str]]
    identity: Mapping[str, Any] | None


@dataclass(frozen=True)
class Refused:
    """An input that is no study at all."""

    refusal: Refusal
    notes: tuple[str, ...]


def admit_input(
    paths: Sequence[Path],
    home: Home,
    settings: Settings,
    *,
    order: Order | None = None,
    priors: Sequence[Path] = (),
) -> AdmittedCase | Refused:
    """Read files into a case; raises `Unreadable` for what cannot be read.

    The case id is a digest of study, patient, order, priors, profile and version: the same input sent again is the same
    case, and one whose header was corrected is another.
    """
    read = _read(paths, home, settings)
    if read.refusal is not None or read.study is None:
        return Refused(read.refusal or _nothing_in_it(), read.notes)
    kept, notes, headers = _read_priors(read, priors, home, settings)
    asked, said = _attached(order or Order(), read)
    case_id = case_id_of(read.study, _who(read, home.key), asked, kept, settings.profile)
    case = Case(
        case_id=case_id,
        profile=settings.profile,
        order=asked,
        study=read.study,
        priors=kept,
        input_notes=(*read.notes, *said, *notes, *_other_cases(read.study, case_id, home)),
    )
    identity = None if read.identity is None else read.identity.model_dump()
    return AdmittedCase(case=case, headers={**headers, **read.headers}, identity=identity)


def case_id_of(study: Study, who: str, order: Order, priors: Sequence[Prior], profile: str) -> str:
    """Name a case by its content: `c-` and 16 hex digits over study, patient, priors, order, profile and version.

    `who` stands for the patient. The order in which images and priors are given changes nothing.
    """
    images = sorted(content_digest(image.model_dump(mode="json")) for image in study.images)
    earlier = sorted(image.pixels_digest for prior in priors for image in prior.study.images)
    about = study.model_dump(mode="json", exclude={"series", "patient_key"})
    content = [about, images, who, earlier, order.model_dump(mode="json"), profile, __version__]
    return "c-" + content_digest(content, length=16)


def _who(read: ReadResult, key: bytes) -> str:
    """Stand for all that is known of the patient by a keyed hash: a case id is shown and logged."""
    known = (read.identity or PatientIdentity()).model_dump_json()
    return hmac.new(key, known.encode(), hashlib.sha256).hexdigest()


def read_order(path: Path) -> Order:
    """Read an order from JSON or YAML; raises `UsageError` with the field that is wrong."""
    try:
        return Order.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"the order {path.name} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the order {path.name} is neither JSON nor YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise UsageError(f"the order {path.name}, {where}: {first['msg']}") from error


def _read(paths: Sequence[Path], home: Home, settings: Settings) -> ReadResult:
    return read_input(paths, sink=home.pictures, key=home.key, limits=settings.limits)


def _other_cases(study: Study, case_id: str, home: Home) -> tuple[str, ...]:
    """Say which other cases are of the same study: two reports of one study know of each other."""
    others = [row for row in home.cases.rows(study_uid=study.uid) if row.case_id != case_id]
    told = ", ".join(f"{row.case_id} ({row.status.replace('_', ' ')})" for row in others)
    if not others:
        return ()
    return (f"Of the same study, with another header, order, prior or pixels, there is on file: {told}.",)


def _attached(order: Order, current: ReadResult) -> tuple[Order, tuple[str, ...]]:
    """Attach an order unless its accession number and that of the images are known and differ; then say so."""
    wanted = (order.accession_number or "").strip()
    known = {number.strip() for number in current.accession_numbers}
    if not wanted or not known or wanted in known:
        return order, ()
    return Order(), ("Identity alert: the order is of another accession number than the images and was not attached.",)


def _read_priors(
    current: ReadResult, paths: Sequence[Path], home: Home, settings: Settings
) -> tuple[tuple[Prior, ...], tuple[str, ...], dict[str, Mapping[str, str]]]:
    """Keep the priors that are surely this patient's; say of each other one why it was left out."""
    kept: list[Prior] = []
    notes: list[str] = []
    headers: dict[str, Mapping[str, str]] = {}
    for path in paths:
        read = _read([path], home, settings)
        if (why := _unusable(current, read)) is not None:
            notes.append(f"{why}.")
            continue
        # The same person may be named with and without an issuer: the key is that of the current study.
        kept.append(Prior(study=read.study.model_copy(update={"patient_key": current.study.patient_key})))
        headers.update(read.headers)
    return tuple(kept), tuple(notes), headers


def _unusable(current: ReadResult, prior: ReadResult) -> str | None:
    """Say why a prior may not be compared with, without a value of a patient; None when it may."""
    if prior.refusal is not None:
        return "A prior was not used: it is no study that can be read"
    if prior.study.uid == current.study.uid:
        return "A prior was not used: it is the study itself"
    one, other = current.identity or PatientIdentity(), prior.identity or PatientIdentity()
    if apart := differing(one, other):
        return f"Identity alert: a prior of another patient (another {', '.join(apart)}) was sent and was not used"
    if not is_confirmed(one, other):
        return "A prior was not used: that it is of the same patient could not be confirmed"
    if (prior.study.study_date or "") > (current.study.study_date or "99999999"):
        return "A prior was not used: it is later than this study"
    return None


def _nothing_in_it() -> Refusal:
    return Refusal(
        reason="empty_input",
        detail="The input holds no image",
        next_step="Send a DICOM file, a folder or zip of one study, a PNG or a JPEG.",
    )
