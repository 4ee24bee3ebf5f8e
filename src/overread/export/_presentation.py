"""A presentation state of one image: its greys as its header has them, and what is drawn over it."""

from collections.abc import Mapping, Sequence

import numpy as np
from highdicom import ModalityLUTTransformation, PresentationLUTTransformation
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from pydicom.dataset import Dataset

from overread.export._coding import body_part_of
from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    components,
    finish,
    series_uid,
    source_of,
    stored_shape,
    tracking_uid,
)
from overread.export._output import Export
from overread.export._places import Place, Shown
from overread.export._states import State
from overread.records import CaseFile, ImageRef

LAYER = "FINDINGS"
CORNER = (0.01, 0.01, 0.6, 0.06)
"""Where how final it is stands, in parts of the displayed area."""


def unfit(export: Export, image: ImageRef) -> str | None:
    """Say why no state of an image can be written, or None.

    A state takes the place of the greys that the image's own header asks for (PS3.4 N.2): what shows it through a
    lookup table would be shown without it.
    """
    kept = export.headers[image.sop_instance_uid]
    if not image.photometric.startswith("MONOCHROME"):
        return "the image is no grey one, and a grayscale presentation state needs one"
    if kept.get("NumberOfFrames", "1") != "1":
        return "the image has several frames, which is not built yet"
    if (kept.get("Rows"), kept.get("Columns")) != tuple(map(str, stored_shape(export, image))):
        return "the picture that the places are in has another size than the image as it is stored"
    if "LUT " in image.window:
        return "the image is shown through a lookup table of its header, which is not on file"
    return None


def presentation_of(export: Export, state: State, number: int, shown: Shown, places: Sequence[Place]) -> Dataset:
    """Make the state of one image; it says in label, description and on the picture whether the report is signed."""
    source = source_of(export, *shown)
    source.SamplesPerPixel, source.PhotometricInterpretation = 1, shown.image.photometric
    layer = GraphicLayer(LAYER, order=1, description="Places of findings")
    label, description, mark = _told(state)
    kept = export.headers[shown.image.sop_instance_uid]
    made = GrayscaleSoftcopyPresentationState(
        referenced_images=[source],
        series_instance_uid=series_uid(export.file, "gsps"),
        series_number=SERIES_NUMBERS["gsps"],
        sop_instance_uid=state.uid(f"gsps {shown.image.sop_instance_uid}"),
        instance_number=100 * (state.number - 1) + number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=export.file.manifest.overread_version,
        device_serial_number="0",
        content_label=label,
        content_description=description,
        graphic_layers=[layer],
        graphic_annotations=[_annotation(export.file, source, layer, places, mark)],
        modality_lut_transformation=_rescaled(kept),
        voi_lut_transformations=_window(kept),
        presentation_lut_transformation=_polarity(shown.image, kept),
        series_description="Overread places of findings",
    )
    made.BodyPartExamined = body_part_of(export.file)
    signed = state.version is not None and state.final
    made.ContentCreatorName = components(state.version.signed_by) if state.version and signed else f"{MANUFACTURER}^"
    finish(made, export, state.at)
    made.PresentationCreationDate, made.PresentationCreationTime = made.ContentDate, made.ContentTime
    del made.ContentDate, made.ContentTime  # no attributes of a presentation state
    return made


def _told(state: State) -> tuple[str, str, str | None]:
    """Give label (at most 16 characters), description (64), and what stands on the picture."""
    if state.version is None:
        return "OVERREAD_DRAFT", "Draft, NOT SIGNED: places of findings", "DRAFT - NOT SIGNED"
    if not state.final:
        return "OVERREAD_PRELIM", "PRELIMINARY report: places of findings", "PRELIMINARY"
    return "OVERREAD_SIGNED", "Signed report: places of findings", None


def _annotation(
    file: CaseFile, source: Dataset, layer: GraphicLayer, places: Sequence[Place], mark: str | None
) -> GraphicAnnotation:
    words = [_words(file, place) for place in places]
    if mark is not None:
        words.append(TextObject(mark, units="DISPLAY", bounding_box=CORNER, text_justification="LEFT"))
    return GraphicAnnotation([source], layer, graphic_objects=[_box(file, item) for item in places], text_objects=words)


def _box(file: CaseFile, place: Place) -> GraphicObject:
    left, top, right, bottom = place.corners
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], np.float64)
    name, tracked = _tracked(file, place)
    return GraphicObject("POLYLINE", corners, units="PIXEL", tracking_id=name, tracking_uid=tracked)


def _words(file: CaseFile, place: Place) -> TextObject:
    left, top, _, _ = place.corners
    name, tracked = _tracked(file, place)
    return TextObject(
        place.words,
        units="PIXEL",
        anchor_point=(left, top),
        anchor_point_visible=False,
        tracking_id=name,
        tracking_uid=tracked,
    )


def _tracked(file: CaseFile, place: Place) -> tuple[str, str]:
    """Name the finding as the structured report tracks it: identifier and UID."""
    label = place.finding.label
    return label, tracking_uid(file, label)


def _rescaled(kept: Mapping[str, str]) -> ModalityLUTTransformation | None:
    slope, intercept = _first(kept.get("RescaleSlope")), _first(kept.get("RescaleIntercept"))
    if slope is None or intercept is None:
        return None
    return ModalityLUTTransformation(rescale_intercept=intercept, rescale_slope=slope, rescale_type="US")


def _window(kept: Mapping[str, str]) -> list[SoftcopyVOILUTTransformation] | None:
    """Give the first window of the header, which is the one that the picture was shown through; None: it has none."""
    centre, width = _first(kept.get("WindowCenter")), _first(kept.get("WindowWidth"))
    if centre is None or width is None:
        return None
    function = kept.get("VOILUTFunction", "").strip().upper() or None
    return [SoftcopyVOILUTTransformation(window_center=centre, window_width=width, voi_lut_function=function)]


def _polarity(image: ImageRef, kept: Mapping[str, str]) -> PresentationLUTTransformation:
    """A state says itself whether high values are dark: it takes the place of MONOCHROME1 (PS3.4 N.2.1.3)."""
    dark = image.photometric == "MONOCHROME1" or kept.get("PresentationLUTShape", "").upper() == "INVERSE"
    return PresentationLUTTransformation("INVERSE" if dark else "IDENTITY")


def _first(value: str | None) -> float | None:
    """Read the first number of a value; None where there is none."""
    try:
        return float((value or "").split("\\")[0])
    except ValueError:
        return None
