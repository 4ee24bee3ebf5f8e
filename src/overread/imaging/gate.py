"""Decide whether a study may be read at all, from its header and from the quality tool's figures."""

from collections.abc import Mapping, Sequence

from overread.imaging.image_choice import RADIOGRAPHS, is_chest
from overread.imaging.quality import POLARITY_SUSPICIOUS
from overread.records import Evidence, ImageRef, Measurement, Refusal, Study

LEAST_SIDE = 32
"""Short side in pixels below which nothing of a chest can be told; the smallest public sets have 64."""
SMALL_SIDE = 256
VIEW_UNKNOWN = "The view (PA or AP) is not known; heart size may be magnified."
MAGNIFIED = "AP projection: heart and mediastinum are magnified, fluid may layer unseen if supine."
PAEDIATRIC_YEARS = 16
BLANK_FRACTION = 0.98
LEAST_RANGE = 0.05
"""Fraction of the grey scale that percentiles 0.5 to 99.5 must span."""
MOST_CLIPPED = 0.3
"""Part of the picture, border left out, at pure black or white. Of 900 films of public sets the most has 0.25, and one
in a thousand more than 0.2."""
OTHER_PART = 0.2
"""Probability of a chest below which a refusal also names what the picture looks like."""

Headers = Mapping[str, Mapping[str, str]]


def header_refusal(study: Study, headers: Headers) -> Refusal | None:
    """Refuse by what the header says: wrong modality, wrong body part, no frontal view, too few pixels.

    Of several frontal images one that will do is enough; else the best by its header says why not. A study without
    series (its pixels could not be read) is judged by the header values alone.
    """
    if not study.series:
        return _by_values(headers)
    modalities = [series.modality for series in study.series]
    if not any(modality in RADIOGRAPHS for modality in modalities):
        return _wrong_modality(modalities[0])
    if not study.frontals:
        return Refusal(
            reason="no_frontal_view",
            detail="the study has lateral images only",
            next_step="Add the PA or AP image of the study",
        )
    refusals = [image_refusal(study, image, headers) for image in study.frontals]
    return None if None in refusals else refusals[0]


def image_refusal(study: Study, image: ImageRef, headers: Headers) -> Refusal | None:
    """Refuse one image of a study by its modality, its body part or its size."""
    series = next(series for series in study.series if image in series.images)
    values = headers.get(image.sop_instance_uid, {})
    modality = values.get("Modality", series.modality).upper()
    part = values.get("BodyPartExamined", series.body_part or "").upper()
    if modality not in RADIOGRAPHS:
        return _wrong_modality(modality)
    if not is_chest(part):
        return _wrong_body_part(part)
    if min(image.rows, image.columns) < LEAST_SIDE:
        return Refusal(
            reason="resolution_too_low",
            detail=f"the image has {image.rows} x {image.columns} pixels, the short side needs {LEAST_SIDE}",
            next_step="Give the image at its full size",
        )
    return None


def _by_values(headers: Headers) -> Refusal | None:
    for values in headers.values():
        modality, part = values.get("Modality", "OT").upper(), values.get("BodyPartExamined", "").upper()
        if modality not in RADIOGRAPHS:
            return _wrong_modality(modality)
        if not is_chest(part):
            return _wrong_body_part(part)
    return None


def _wrong_modality(modality: str) -> Refusal:
    return Refusal(
        reason="wrong_modality",
        detail=f"the modality is {modality}, chest radiographs are CR or DX",
        next_step="Give a chest radiograph",
    )


def _wrong_body_part(part: str) -> Refusal:
    return Refusal(
        reason="wrong_body_part",
        detail=f"the body part is {part}, not the chest",
        next_step="Give a chest radiograph, or correct BodyPartExamined at the source",
    )


def pixel_refusal(evidence: Sequence[Evidence]) -> Refusal | None:
    """Refuse by what the quality tool measured: a blank picture, a lateral, or one unlike any chest radiograph.

    `view_lateral` and `out_of_distribution` are judged against `provenance.parameters["threshold"]`; without one they
    decide nothing.
    """
    for item, measured in _measurements(evidence):
        blank = measured.name == "blank_fraction" and measured.value >= BLANK_FRACTION
        if blank or (measured.name == "dynamic_range" and measured.value < LEAST_RANGE):
            return Refusal(
                reason="blank", detail="the picture is all but one grey level", next_step="Send the image again"
            )
        threshold = item.provenance.parameters.get("threshold")
        if measured.name == "view_lateral" and isinstance(threshold, int | float) and measured.value >= threshold:
            return Refusal(
                reason="no_frontal_view",
                detail=f"the header states no view and the picture looks like a lateral ({measured.value:.2f})",
                next_step="Add the PA or AP image of the study",
            )
        if measured.name == "out_of_distribution" and isinstance(threshold, int | float) and measured.value > threshold:
            return Refusal(
                reason="not_a_chest",
                detail=f"the picture is unlike the chest radiographs the models know "
                f"({measured.value:.2f}, at most {threshold:.2f}){_looks_like(evidence)}",
                next_step="Give a frontal chest radiograph",
            )
    return None


def _looks_like(evidence: Sequence[Evidence]) -> str:
    """Name the body part that the picture probably shows, where that is another than the chest."""
    for item, measured in _measurements(evidence):
        likely = str(item.provenance.parameters.get("most_likely", "")).lower()
        if measured.name == "body_part_chest" and measured.value < OTHER_PART and likely in ("head", "abdomen"):
            return f"; it looks like {'an' if likely[0] in 'aeiou' else 'a'} {likely}"
    return ""


def notes(study: Study, evidence: Sequence[Evidence], image: ImageRef | None = None) -> tuple[str, ...]:
    """Name the limits that the draft must tell its reader, of the study and of `image`, which is read (or the best)."""
    return (*_study_notes(study), *_view_notes(study, image or study.frontal), *_measured_notes(evidence))


def _study_notes(study: Study) -> list[str]:
    found = []
    if study.synthetic:
        found.append("Synthetic phantom, not a patient.")
    if study.age_years is not None and study.age_years < PAEDIATRIC_YEARS:
        found.append("The patient is a child; the models were made for adults.")
    return found


def _view_notes(study: Study, frontal: ImageRef | None) -> list[str]:
    found: list[str] = []
    if frontal is None:
        return found
    if frontal.view is None:
        found.append(VIEW_UNKNOWN)
    elif frontal.view == "AP":
        found.append(MAGNIFIED)
    if not any(image.view == "LATERAL" for image in study.images):
        found.append("No lateral view; findings behind the heart and diaphragm may be missed.")
    if frontal.spacing is None:
        found.append("Pixel spacing is not known; nothing is given in millimetres.")
    elif not frontal.spacing.calibrated:
        found.append("Spacing is not calibrated to the patient; lengths in millimetres are overestimated.")
    if min(frontal.rows, frontal.columns) < SMALL_SIDE:
        found.append("The picture has few pixels; small findings cannot be seen.")
    return found


def _measured_notes(evidence: Sequence[Evidence]) -> list[str]:
    values = {measured.name: measured.value for _, measured in _measurements(evidence)}
    found = []
    if values.get("polarity", -1.0) > POLARITY_SUSPICIOUS:
        found.append("Grey levels look inverted; check the polarity before relying on any finding.")
    if values.get("saturated_fraction", 0.0) > MOST_CLIPPED:
        found.append("A large part of the picture is pure black or white: check exposure and window, repeat the image.")
    if "out_of_distribution" not in values:
        found.append("No model checked that the picture shows a chest.")
    return found


def _measurements(evidence: Sequence[Evidence]) -> list[tuple[Evidence, Measurement]]:
    return [(item, item.payload) for item in evidence if isinstance(item.payload, Measurement)]
