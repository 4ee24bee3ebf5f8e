"""What the header says of the image: view, year, spacing and its source, grey scale, body part. No model."""

from collections.abc import Callable, Iterator, Sequence

from overread.ports import Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, HeaderValue, ImageRef, Refusal, Spacing, Study
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._scope import not_a_radiograph

PASSED_ON = (
    "Modality",
    "BodyPartExamined",
    "PhotometricInterpretation",
    "BitsStored",
    "BurnedInAnnotation",
    "PatientOrientation",
)
"""Keywords given as they are."""
MAGNIFIED = "at the imager plane; a projection is magnified there by an unknown factor (PS3.3 10.7.1.3)"
CALIBRATED = "calibrated in the patient (PS3.3 10.7.1.3)"


class HeaderTool:
    """Reads the values that may be known; a value that the header lacks is not given."""

    card = ToolCard(
        name="header",
        version="1",
        describe="View, year, spacing and its source, grey scale and body part from the header.",
        payloads=("header",),
        views=("PA", "AP", "LATERAL"),
    )

    def __init__(self, reads: Callable[[Study], Refusal | None] | None = None) -> None:
        self._reads = reads or not_a_radiograph

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse a DICOM study without a projection radiograph; of another protocol, what that does not read."""
        return self._reads(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a header value for each of view, year, spacing, modality and the like, side, and size in pixels.

        What the header lacks is left out, but for the spacing: "none", or row and column millimetres with a note on
        what lengths in them mean. Raises no error of its own.
        """
        builder = EvidenceBuilder(self.card, work)
        return [builder.evidence(value) for value in _values(work)]


def build(parts: Parts) -> Tool:
    """Build the tool; it needs no model and no setting."""
    return HeaderTool(parts.reads)


def _values(work: ToolInput) -> Iterator[HeaderValue]:
    image = work.image
    if image.view is not None:
        note = None if image.view_source == "header" else "read from the picture, the header does not say"
        yield HeaderValue(keyword="ViewPosition", value=image.view, note=note)
    if work.study.study_date is not None:
        yield HeaderValue(keyword="StudyDate", value=work.study.study_date[:4], note="the year only")
    yield _spacing(image, work.study)
    for keyword in PASSED_ON:
        if value := work.header.get(keyword):
            yield HeaderValue(keyword=keyword, value=value)
    side = work.header.get("ImageLaterality") or work.header.get("Laterality")
    if side:
        yield HeaderValue(keyword="ImageLaterality", value=side)
    yield from _size(image)


def _size(image: ImageRef) -> Iterator[HeaderValue]:
    """Give rows and columns as the file has them; where the picture was turned, they change places in what is shown."""
    turned = image.hanging is not None and image.hanging.transposed
    rows, columns = (image.columns, image.rows) if turned else (image.rows, image.columns)
    note = f"of the file; the picture is shown turned, as {image.rows} x {image.columns}" if turned else None
    yield HeaderValue(keyword="Rows", value=str(rows), note=note)
    yield HeaderValue(keyword="Columns", value=str(columns), note=note)


def _spacing(image: ImageRef, study: Study) -> HeaderValue:
    spacing = image.spacing
    if spacing is None:
        missing = "the header gives no spacing" if study.source == "dicom" else "a plain picture has no spacing"
        return HeaderValue(keyword="PixelSpacing", value="none", note=f"{missing}; no lengths in millimetres")
    if image.hanging is None or not image.hanging.transposed:
        return HeaderValue(keyword=spacing.source, value=_millimetres(spacing), note=_meaning(spacing))
    stored = spacing.model_copy(update={"row_mm": spacing.column_mm, "column_mm": spacing.row_mm})
    note = f"{_meaning(spacing)}; in the rows and columns of the file, which change places in the picture as shown"
    return HeaderValue(keyword=spacing.source, value=_millimetres(stored), note=note)


def _millimetres(spacing: Spacing) -> str:
    return f"{spacing.row_mm:g}\\{spacing.column_mm:g} mm"


def _meaning(spacing: Spacing) -> str:
    if spacing.magnification is not None:
        return f"{CALIBRATED}: at the imager plane, divided by the stated magnification of {spacing.magnification:g}"
    return CALIBRATED if spacing.calibrated else MAGNIFIED
