"""Put the pieces that the child read together: one patient, one study, or the reason why not."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from overread.errors import SeveralStudies, Unreadable
from overread.imaging.gate import header_refusal
from overread.imaging.identity import differing, several
from overread.imaging.image_choice import set_aside
from overread.imaging.multi_frame import KINDS
from overread.imaging.read_result import ReadResult, derived_uid
from overread.imaging.wire_format import Frame, Instance, Narrative, PatientIdentity, Piece, Raster, Setback, Skipped
from overread.records import Aside, Hanging, ImageRef, Refusal, RefusalReason, Series, Study, SyntheticKind


class Kept(NamedTuple):
    """Digests of a frame's picture and, where they are kept, of its stored values."""

    picture: str
    greys: str | None


Keep = Callable[[Frame], Kept]
"""Puts a frame's picture and stored values into the sink."""


class Item(NamedTuple):
    """One piece, with the way to its pictures."""

    piece: Piece
    keep: Keep


def assemble(items: Sequence[Item], key: bytes) -> ReadResult:
    """Give the study; raise `Unreadable` when no piece is an image, `SeveralStudies` for several of one patient."""
    instances = [(item.piece, item.keep) for item in items if isinstance(item.piece, Instance)]
    rasters = [(item.piece, item.keep) for item in items if isinstance(item.piece, Raster)]
    beyond = sum(item.piece.count for item in items if isinstance(item.piece, Skipped) and item.piece.beyond)
    if beyond:
        slices = sum(piece.slice is not None for piece, _ in instances)
        detail = f"the input has {slices + beyond} CT slices, more than are read"
        return _refused("too_large", detail, "Give one series alone, or raise limits.slices")
    left = [_set_apart(item.piece) for item in items if isinstance(item.piece, Skipped | Setback | Narrative)]
    if instances:
        skipped = [Skipped(name=raster.name, what="a plain picture beside DICOM images") for raster, _ in rasters]
        return _dicom_study(instances, _left_out([*left, *skipped]), key)
    if rasters:
        return _plain_study(rasters, _left_out(left))
    return _nothing(left)


def _set_apart(piece: Skipped | Setback | Narrative) -> Skipped | Setback:
    """Take a report for what it is among images: an object without a picture."""
    if not isinstance(piece, Narrative):
        return piece
    return Skipped(name=piece.name, what="a report as text" if piece.source == "text" else "a SR object")


def _dicom_study(instances: Sequence[tuple[Instance, Keep]], notes: tuple[str, ...], key: bytes) -> ReadResult:
    instances = sorted(instances, key=lambda item: _why_aside(item[0]) is not None)
    pieces = [piece for piece, _ in instances]
    first = pieces[0]
    if apart := several([piece.identity for piece in pieces]):
        detail = f"the input names more than one patient (another {', '.join(apart)})"
        return replace(_refused("several_patients", detail, "Give one patient's study alone"), apart=apart)
    studies = {piece.study_uid for piece in pieces}
    if len(studies) > 1:
        raise SeveralStudies(
            f"the input holds {len(studies)} studies of one patient; give one of them, and the older ones with --prior"
        )
    kept: dict[tuple[str, int], tuple[ImageRef, ...]] = {}
    series: dict[str, list[ImageRef]] = {}
    for piece, keep in instances:
        images = tuple(_image(piece, frame, keep) for frame in piece.frames)
        # The frames of a multi-frame CT are pieces of one UID, each its own slice.
        name = piece.sop_instance_uid, images[0].frame if images else 1
        if name not in kept:
            kept[name] = images
            series.setdefault(piece.series_uid, []).extend(images)
        elif _told(kept[name]) != _told(images):
            detail = "two different images have the same SOP Instance UID"
            return _refused("invalid_identifier", detail, "Send the study again from the archive")
    named = _together([piece.identity for piece in pieces])
    study = Study(
        uid=first.study_uid,
        patient_key=_patient_key(named, key),
        study_date=first.study_date,
        study_time=first.study_time,
        age_years=first.age_years,
        sex=first.sex,
        source="dicom",
        **_made([piece.synthetic for piece in pieces]),
        series=tuple(_series(uid, images, pieces) for uid, images in series.items()),
    )
    if len(kept) < len(pieces):
        notes = (*notes, f"{len(pieces) - len(kept)} images were given twice and are read once.")
    if any(differing(first.identity, piece.identity) for piece in pieces):
        notes = ("Identity alert: the images name their patient in different ways.", *notes)
    return ReadResult(
        study,
        named if any(named.model_dump().values()) else None,
        headers={piece.sop_instance_uid: dict(piece.headers) for piece in pieces},
        notes=(*_image_notes(pieces), *notes),
        accession_numbers=frozenset(piece.accession_number for piece in pieces if piece.accession_number),
    )


def _told(images: Sequence[ImageRef]) -> list[tuple[str, Hanging | None]]:
    return [(image.pixels_digest, image.hanging) for image in images]


def _why_aside(piece: Instance) -> Aside | None:
    return set_aside({**piece.headers, "SeriesDescription": piece.series_description})


def _together(known: Sequence[PatientIdentity]) -> PatientIdentity:
    """Put together what the images of one patient say: what one leaves out, another may tell."""
    told = [one.model_dump() for one in known]
    return PatientIdentity(**{name: next((one[name] for one in told if one[name]), "") for name in told[0]})


def _patient_key(identity: PatientIdentity, key: bytes) -> str | None:
    if not identity.patient_id:
        return None
    return hmac.new(key, f"{identity.issuer}\0{identity.patient_id}".encode(), hashlib.sha256).hexdigest()


def _image(piece: Instance, frame: Frame, keep: Keep) -> ImageRef:
    kept = keep(frame)
    return ImageRef(
        sop_instance_uid=piece.sop_instance_uid,
        frame=frame.number,
        rows=frame.rows,
        columns=frame.columns,
        view=piece.view,
        view_source=None if piece.view is None else "header",
        laterality=piece.laterality,
        photometric=piece.photometric,
        spacing=piece.spacing,
        hanging=piece.hanging,
        slice=piece.slice,
        window=frame.window,
        aside=_why_aside(piece),
        pixels_digest=kept.picture,
        greys_digest=kept.greys,
    )


def _series(uid: str, images: Sequence[ImageRef], pieces: Sequence[Instance]) -> Series:
    first = next(piece for piece in pieces if piece.series_uid == uid)
    return Series(uid=uid, modality=first.modality, body_part=first.body_part, images=tuple(images))


def _image_notes(pieces: Sequence[Instance | Raster]) -> tuple[str, ...]:
    """Say of which image each note is; of slices, of which there are hundreds, each note is told once."""
    if len(pieces) == 1:
        return pieces[0].notes
    notes = (f"{_named(number, piece)}: {note}" for number, piece in enumerate(pieces, 1) for note in piece.notes)
    return tuple(dict.fromkeys(notes))


def _named(number: int, piece: Instance | Raster) -> str:
    return "CT slices" if isinstance(piece, Instance) and piece.slice else f"Image {number}"


def _plain_study(rasters: Sequence[tuple[Raster, Keep]], notes: tuple[str, ...]) -> ReadResult:
    """Make a study of plain pictures, its UIDs derived from their content."""
    images: dict[str, ImageRef] = {}
    for piece, keep in rasters:
        frame, (digest, greys) = piece.frame, keep(piece.frame)
        images[digest] = ImageRef(
            sop_instance_uid=derived_uid("instance", digest),
            rows=frame.rows,
            columns=frame.columns,
            photometric="MONOCHROME2",
            window=frame.window,
            pixels_digest=digest,
            greys_digest=greys,
        )
    series = Series(uid=derived_uid("series", *images), modality="OT", images=tuple(images.values()))
    made = _made([piece.synthetic for piece, _ in rasters])
    study = Study(uid=derived_uid("study", *images), source="image", series=(series,), **made)
    if len(images) > 1:
        notes = (f"{len(images)} plain pictures are taken as one study of one patient.", *notes)
    headers: dict[str, dict[str, str]] = {image.sop_instance_uid: {} for image in images.values()}
    return ReadResult(study, None, headers, (*_image_notes([piece for piece, _ in rasters]), *notes))


def _made(kinds: Sequence[SyntheticKind | None]) -> dict[str, bool]:
    return {"synthetic": any(kinds), "generated": "generated" in kinds}


def _left_out(left: Sequence[Skipped | Setback]) -> tuple[str, ...]:
    """Count what was left out by its kind; file names may name a patient and stay out of the case."""
    kinds = Counter(piece.what if isinstance(piece, Skipped) else piece.detail for piece in left)
    return tuple(f"{count} file{'s' if count > 1 else ''} left out: {kind}." for kind, count in kinds.most_common(10))


def _nothing(left: Sequence[Skipped | Setback]) -> ReadResult:
    """Say why no image came out: by an image's header first, then by what else was there."""
    setbacks = [piece for piece in left if isinstance(piece, Setback)]
    images = [piece for piece in setbacks if piece.headers]
    # What a CT lacks is told before that it is no radiograph: there is a protocol for CT.
    for piece in [each for each in images if (each.headers or {}).get("SOPClassUID") not in KINDS]:
        refusal = header_refusal(_empty_study(), {"": piece.headers or {}})
        if refusal is not None:
            return ReadResult(_empty_study(), None, {}, _left_out(left), refusal)
        if piece.reason == "invalid_identifier":
            return _refused(piece.reason, piece.detail, piece.next_step)
    if not images and any(isinstance(piece, Skipped) for piece in left):
        kinds = Counter(piece.what for piece in left if isinstance(piece, Skipped))
        what = ", ".join(kind for kind, _ in kinds.most_common(5))
        return _refused("not_an_image", f"the input has no image, only {what}", "Give the study's images")
    worst = (images or setbacks)[:1]
    if not worst:
        raise Unreadable("empty_input", "the input holds nothing to read", "Give a DICOM, PNG, JPEG or zip file")
    others = f" (and {len(setbacks) - 1} more files)" if len(setbacks) > 1 else ""
    raise Unreadable(worst[0].reason, f"{worst[0].name}{others}: {worst[0].detail}", worst[0].next_step)


def _refused(reason: RefusalReason, detail: str, next_step: str) -> ReadResult:
    refusal = Refusal(reason=reason, detail=detail, next_step=next_step)
    return ReadResult(_empty_study(), None, {}, (), refusal)


def _empty_study() -> Study:
    return Study(uid=derived_uid("nothing was read"), source="dicom", series=())
