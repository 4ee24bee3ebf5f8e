"""Take an input in: files become a case, a prior is checked to be the same patient's, an order is read."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import ValidationError

from overread.errors import UsageError
from overread.imaging import ReadResult, read_input
from overread.imaging.files import list_files
from overread.imaging.plain_text import plain_text
from overread.imaging.wire_format import PatientIdentity
from overread.ports import Picture
from overread.prior_intake import GivenPriors, sent_priors, take_priors
from overread.records import Case, Greys, Order, Prior, Refusal, content_digest
from overread.settings import Limits, Settings
from overread.store.greys import greys_digest
from overread.store.home import Home
from overread.store.pictures import picture_digest

ORDER_TEXTS = ("indication", "question", "requested_procedure")
ORDER_LIMIT = 1024
"""Longest DICOM ST value (PS3.5 table 6.2-1), as Reason for Study and its like are."""


@dataclass(frozen=True)
class AdmittedCase:
    """A case with what is kept beside it: header values for the tools, identity for the review page."""

    case: Case
    headers: Mapping[str, Mapping[str, str]]
    identity: Mapping[str, Any] | None
    content: str = ""
    """Digest of what was read of it: 64 hex digits."""
    sources: frozenset[str] = frozenset()
    """Digests of the files themselves: the same file is the same, however a later version of the program reads it."""
    accessions: frozenset[str] = frozenset()
    """Accession numbers that the images name."""
    said: tuple[str, ...] = ()
    """What whoever sent it should be told at once: an identity alert, a prior or an order that is not used."""


@dataclass(frozen=True)
class Refused:
    """An input that is no study at all."""

    refusal: Refusal
    notes: tuple[str, ...]
    apart: tuple[str, ...] = ()
    """In what the patients differ that it names, where it names several."""


def admit_input(
    paths: Sequence[Path],
    home: Home,
    settings: Settings,
    *,
    order: Order | None = None,
    priors: GivenPriors = (),
    notes: Sequence[str] = (),
) -> AdmittedCase | Refused:
    """Read files into a case; raises `Unreadable` for what cannot be read.

    `notes` are sentences of whoever sends it that the draft must say: what was waited for and did not come.

    The case id comes of the content: study, patient, order, priors. The same input sent again has the same one, and one
    whose header was corrected another; profile and version are of a read, not of the case.
    """
    read = _read(paths, home, settings)
    if read.refusal is not None or read.study is None:
        return Refused(read.refusal or _nothing_in_it(), read.notes, read.apart)
    earlier = take_priors(read, sent_priors(priors), home, settings.limits)
    asked, said = _attached(order or Order(), read)
    told = (*notes, *said, *(item.message for item in earlier.refused), *earlier.notes)
    case = Case(
        case_id="",
        profile=settings.profile,
        order=asked,
        study=read.study,
        priors=tuple(earlier.kept),
        priors_refused=tuple(earlier.refused),
        input_notes=tuple(dict.fromkeys((*read.notes, *told))),
    )
    content = content_of(case, read.identity, home.key)
    case = case.model_copy(update={"case_id": f"c-{content[:16]}"})
    identity = None if read.identity is None else read.identity.model_dump()
    sources = file_digests([*paths, *earlier.files], settings.limits)
    accessions = frozenset(filter(None, (number.strip() for number in read.accession_numbers)))
    return AdmittedCase(case, {**earlier.headers, **read.headers}, identity, content, sources, accessions, told)


def content_of(case: Case, identity: PatientIdentity | None, key: bytes) -> str:
    """Digest study, patient, sent priors and order as 64 hex digits; the order of images and priors changes nothing.

    Priors that were found on this machine stay out: which there are changes while the same input stays the same.

    What is known of the patient goes in by a hash under `key`: a digest of it is shown and logged.
    """
    known = (identity or PatientIdentity()).model_dump_json()
    who = hmac.new(key, known.encode(), hashlib.sha256).hexdigest()
    # Without the key of the stored values: an input keeps the id that it had before these were kept.
    left_out = {"greys_digest"}
    images = sorted(content_digest(image.model_dump(mode="json", exclude=left_out)) for image in case.study.images)
    sent = [prior for prior in case.priors if prior.origin == "sent"]
    earlier = sorted(image.pixels_digest for prior in sent for image in prior.study.images)
    about = case.study.model_dump(mode="json", exclude={"series", "patient_key", "study_time"})
    # Left out where there is none, so that a case from before priors had reports keeps its id.
    said = sorted(told for prior in sent for told in _said_of(prior))
    parts = [about, images, who, earlier, case.order.model_dump(mode="json"), *([said] if said else [])]
    return content_digest(parts, length=64)


def _said_of(prior: Prior) -> list[str]:
    """Give what its sender said of a prior: its report, and that it is of the same patient."""
    report = [] if prior.report is None or prior.report_origin == "signed_here" else [content_digest(prior.report)]
    return [f"{prior.study.uid} {said}" for said in (*report, *(["stated"] if prior.stated else []))]


def file_digests(paths: Sequence[Path], limits: Limits) -> frozenset[str]:
    """Give the SHA-256 of every file of an input, as 64 hex digits."""
    found = set()
    for file in list_files(paths, limits):
        with Path(file.path).open("rb") as stream:
            found.add(hashlib.file_digest(stream, "sha256").hexdigest())
    return frozenset(found)


def read_order(path: Path) -> Order:
    """Read an order from JSON or YAML; raises `UsageError` with the field that is wrong."""
    try:
        return Order.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"the order {path.name} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the order {path.name} is neither JSON nor YAML") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise UsageError(f"the order {path.name}, {where}: {first['msg']}") from error


class _Digests:
    """A sink that keeps nothing."""

    def put(self, picture: Picture) -> str:
        return picture_digest(picture)

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str:
        return greys_digest(codes, greys)


def look_at(paths: Sequence[Path], home: Home, limits: Limits) -> ReadResult:
    """Read what an input says of itself and keep none of its pictures; raises as `read_input` does."""
    return read_input(paths, sink=_Digests(), key=home.key, limits=limits)


def _read(paths: Sequence[Path], home: Home, settings: Settings) -> ReadResult:
    return read_input(paths, sink=home.pictures, key=home.key, limits=settings.limits)


def _attached(order: Order, current: ReadResult) -> tuple[Order, tuple[str, ...]]:
    """Attach an order unless its accession number and that of the images are known and differ; then say so."""
    wanted = (order.accession_number or "").strip()
    known = {number.strip() for number in current.accession_numbers}
    if not wanted or not known or wanted in known:
        return tidied(order)
    return Order(), ("Identity alert: the order is of another accession number than the images and was not attached.",)


def tidied(order: Order) -> tuple[Order, tuple[str, ...]]:
    """Give an order whose texts can be shown, on one line and of bounded length, with a note for what was left out."""
    notes: list[str] = []
    texts: dict[str, str | None] = {}
    for field in ORDER_TEXTS:
        written = getattr(order, field)
        if written is None:
            continue
        texts[field] = plain_text(written, ORDER_LIMIT) or None
        words = field.replace("_", " ")
        if len(written) > ORDER_LIMIT:
            notes.append(f"The order's {words} is longer than {ORDER_LIMIT:,} characters; the rest was left out.")
        elif any(not (character.isprintable() or character.isspace()) for character in written):
            notes.append(f"The order's {words} held characters that cannot be shown; they were left out.")
    return order.model_copy(update=texts), tuple(notes)


def _nothing_in_it() -> Refusal:
    return Refusal(
        reason="empty_input",
        detail="The input holds no image",
        next_step="Send a DICOM file, a folder or zip of one study, a PNG or a JPEG.",
    )
