"""Decide whether a study may be read at all, from its header and from the quality tool's figures."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from overread.imaging.image_choice import RADIOGRAPHS, WORDS, is_chest, is_quality_control
from overread.imaging.quality import POLARITY_SUSPICIOUS
from overread.protocol import Headers
from overread.records import Evidence, ImageRef, Measurement, Refusal, Study

LEAST_SIDE = 32
"""Short side in pixels below which nothing of a chest can be told; the smallest public sets have 64."""
SMALL_SIDE = 256
VIEW_UNKNOWN = "The view (PA or AP) is not known; heart size may be magnified."
MAGNIFIED = "AP projection: heart and mediastinum are magnified, fluid may layer unseen if supine."
PAEDIATRIC_YEARS = 16
PHANTOM = "Synthetic phantom, not a patient."
GENERATED = "Synthetic image, no faithful picture of a patient: no model was measured on such images."
PREGNANT = {"2": "possibly pregnant", "3": "pregnant"}
"""PregnancyStatus (PS3.3 C.7.2.2, PS3.6): 1 not pregnant, 2 possibly, 3 definitely, 4 unknown."""
BLANK_FRACTION = 0.98
DIVIDED = 0.005
"""Part of the picture that an empty band through its middle takes, from which it holds two films (docs/gate.md)."""
MOST_BORDER = 0.5
"""Part of the picture that empty borders take, from which the draft says so (docs/gate.md)."""
LONGEST = 1.75
"""Long over short side from which two films may lie side by side. Of 3,418 films of three sets none has more than 1.61;
of small children, whose chests are wide and cropped closely, one in twelve has."""
LEAST_RANGE = 0.05
"""Fraction of the grey scale that percentiles 0.5 to 99.5 must span."""
MOST_CLIPPED = 0.3
"""Part of the picture, border left out, at pure black or white. Of 900 films of public sets the most has 0.25, and one
in a thousand more than 0.2."""
OTHER_PART = 0.2
"""Probability of a chest below which a refusal also names what the picture looks like."""

UPRIGHT_AFTER = "upright_after"
"""Name of the measurement that says by how many degrees a picture must be turned clockwise to look like a chest."""
FARTHER_HALF = "farther_half"
"""Name of the measurement: how likely that half of a long picture is no chest film which is farther from one."""
BOTH_CHESTS = 0.001
"""Up to which both halves are films by themselves: of 60 pairs the highest has 0.0004, of 150 wide films of children
(one each) the lowest 0.0018 (docs/gate.md)."""
LYING = {90.0: "turned a quarter anticlockwise", 180.0: "upside down", 270.0: "turned a quarter clockwise"}


def header_refusal(study: Study, headers: Headers) -> Refusal | None:
    """Refuse by what the header says: a quality film, wrong modality or part, no frontal view, too few pixels.

    Of several frontal images one that will do is enough; else the best by its header says why not. A study without
    series (its pixels could not be read) is judged by the header values alone.
    """
    if not study.series:
        return _by_values(headers)
    if all(is_quality_control(headers.get(image.sop_instance_uid, {})) for image in study.images):
        return _quality_control()
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
    """Refuse one image of a study: a quality control film, another modality or body part, too few pixels."""
    series = next(series for series in study.series if image in series.images)
    values = headers.get(image.sop_instance_uid, {})
    if is_quality_control(values):
        return _quality_control()
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
        if is_quality_control(values):
            return _quality_control()
        modality, part = values.get("Modality", "OT").upper(), values.get("BodyPartExamined", "").upper()
        if modality not in RADIOGRAPHS:
            return _wrong_modality(modality)
        if not is_chest(part):
            return _wrong_body_part(part)
    return None


def _quality_control() -> Refusal:
    return Refusal(
        reason="quality_control",
        detail="the header says that it is a quality control or phantom image",
        next_step="Keep it with the quality assurance of the device, or correct QualityControlImage at the source",
    )


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
    burnt_out = any(is_burnt_out(measured) for _, measured in _measurements(evidence))
    for item, measured in _measurements(evidence):
        blank = measured.name == "blank_fraction" and measured.value >= BLANK_FRACTION
        if blank or (measured.name == "dynamic_range" and measured.value < LEAST_RANGE):
            return Refusal(
                reason="blank", detail="the picture is all but one grey level", next_step="Send the image again"
            )
        if measured.name == "dividing_band" and measured.value >= DIVIDED and not burnt_out:
            return Refusal(
                reason="several_pictures",
                detail="an empty band divides the picture: it holds two films",
                next_step="Send each film as an image of its own",
            )
        if measured.name == FARTHER_HALF and measured.value <= BOTH_CHESTS:
            return Refusal(
                reason="several_pictures",
                detail="each half of the picture looks like a chest by itself: it holds two films",
                next_step="Send each film as an image of its own",
            )
        threshold = item.provenance.parameters.get("threshold")
        if measured.name == "view_lateral" and isinstance(threshold, int | float) and measured.value >= threshold:
            return _turned(evidence) or Refusal(
                reason="no_frontal_view",
                detail=f"the header states no view and the picture looks like a lateral ({measured.value:.2f})",
                next_step="Add the PA or AP image of the study",
            )
        if measured.name == "out_of_distribution" and isinstance(threshold, int | float) and measured.value > threshold:
            return _turned(evidence) or Refusal(
                reason="not_a_chest",
                detail=f"the picture is unlike the chest radiographs the models know "
                f"({measured.value:.2f}, at most {threshold:.2f}){_looks_like(evidence)}",
                next_step="Give a frontal chest radiograph",
            )
    return None


def is_burnt_out(measured: Measurement) -> bool:
    """Say whether a large part of the picture is pure black or white: an empty band in it may be the chest itself."""
    return measured.name == "saturated_fraction" and measured.value > MOST_CLIPPED


def _turned(evidence: Sequence[Evidence]) -> Refusal | None:
    """Refuse a picture that looks like a chest once it is turned; it is not turned here, for its sides would follow."""
    for _, measured in _measurements(evidence):
        if measured.name == UPRIGHT_AFTER and measured.value in LYING:
            return Refusal(
                reason="turned",
                detail=f"the picture looks like a chest that is {LYING[measured.value]}",
                next_step="Correct the picture or its PatientOrientation at the source; check the side marker",
            )
    return None


def _looks_like(evidence: Sequence[Evidence]) -> str:
    """Name the body part that the picture probably shows, where that is another than the chest."""
    for item, measured in _measurements(evidence):
        likely = str(item.provenance.parameters.get("most_likely", "")).lower()
        if measured.name == "body_part_chest" and measured.value < OTHER_PART and likely in ("head", "abdomen"):
            return f"; it looks like {'an' if likely[0] in 'aeiou' else 'a'} {likely}"
    return ""


def notes(
    study: Study, evidence: Sequence[Evidence], image: ImageRef | None = None, headers: Headers = MappingProxyType({})
) -> tuple[str, ...]:
    """Name the limits that the draft must tell its reader, of the study and of `image`, which is read (or the best)."""
    read = image or study.frontal
    said = headers.get(read.sop_instance_uid, {}) if read else {}
    return (
        *_study_notes(study),
        *_header_notes(said),
        *_view_notes(study, read),
        *_measured_notes(evidence),
    )


def _study_notes(study: Study) -> list[str]:
    found = []
    if study.synthetic:
        found.append(GENERATED if study.generated else PHANTOM)
    if study.age_years is not None and study.age_years < PAEDIATRIC_YEARS:
        found.append("The patient is a child; the models were made for adults.")
    return found


def _header_notes(values: Mapping[str, str]) -> list[str]:
    state = values.get("PregnancyStatus", "").strip().lstrip("0")
    if state not in PREGNANT:
        return []
    return [f"The header says that the patient is {PREGNANT[state]}; the models were not measured on such films."]


def _view_notes(study: Study, frontal: ImageRef | None) -> list[str]:
    found: list[str] = []
    if frontal is None:
        return found
    if frontal.aside is not None:
        found.append(f"No better image came with it: the one that is read is {WORDS[frontal.aside]}.")
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
    if max(frontal.rows, frontal.columns) >= LONGEST * min(frontal.rows, frontal.columns):
        found.append("The picture is far from square: check that it holds one film alone, and the whole of it.")
    if min(frontal.rows, frontal.columns) < SMALL_SIDE:
        found.append("The picture has few pixels; small findings cannot be seen.")
    return found


def _measured_notes(evidence: Sequence[Evidence]) -> list[str]:
    values = {measured.name: measured.value for _, measured in _measurements(evidence)}
    found = []
    if values.get("polarity", -1.0) > POLARITY_SUSPICIOUS:
        found.append("Grey levels look inverted; check the polarity before relying on any finding.")
    if any(is_burnt_out(measured) for _, measured in _measurements(evidence)):
        found.append("A large part of the picture is pure black or white: check exposure and window, repeat the image.")
    if values.get("border_fraction", 0.0) > MOST_BORDER:
        found.append("More than half of the picture is empty border: the models see the chest small.")
    if "out_of_distribution" not in values:
        found.append("No model checked that the picture shows a chest.")
    return found


def _measurements(evidence: Sequence[Evidence]) -> list[tuple[Evidence, Measurement]]:
    return [(item, item.payload) for item in evidence if isinstance(item.payload, Measurement)]
