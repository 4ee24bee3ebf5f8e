"""The overlay as a Secondary Capture (PS3.3 A.8.1), RGB: outlines and legend in the pixels for any viewer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from highdicom.sc import SCImage
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset

from overread.export._coding import body_part_of
from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    finish,
    images_read,
    no_study,
    series_uid,
    source_of,
    write_object,
)
from overread.export._output import Export, Writer
from overread.export._states import State, newest
from overread.outputs.overlay import image_read, render_overlay

WARNING = (255, 196, 87)


class OverlayCapture:
    """One colour picture: what the tools outlined, and across a draft that nobody has signed it."""

    name = "capture"
    describe = "DICOM Secondary Capture of the overlay, RGB; NOT SIGNED across drafts; capture.dcm"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no DICOM study, or no image that was read."""
        if why := no_study(export):
            return why
        return None if image_read(export.file) is not None else "no image was read"

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `capture.dcm`."""
        return [write_object(_object(export, newest(export.file)), folder / "capture.dcm")]


def build() -> Writer:
    """Give the writer."""
    return OverlayCapture()


def _object(export: Export, state: State) -> Dataset:
    series, image = images_read(export.file)[0]
    source = source_of(export, series, image)
    made = SCImage.from_ref_dataset(
        ref_dataset=source,
        pixel_array=_drawn(export, state),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series_uid(export.file, "capture"),
        series_number=SERIES_NUMBERS["capture"],
        sop_instance_uid=state.uid("capture"),
        instance_number=state.number,
        manufacturer=MANUFACTURER,
        patient_orientation=("L", "F"),
    )
    # The picture has a legend beside the film: no orientation holds for all of it.
    made.PatientOrientation, made.BodyPartExamined = [], body_part_of(export.file)
    made.SeriesDescription, made.BurnedInAnnotation = "Overread overlay", "YES"
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.DerivationDescription = "Outlines and measures of tools drawn over the image; not for diagnosis"
    named = Dataset()
    named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    made.SourceImageSequence = [named]
    finish(made, export, state.at)
    made.DateOfSecondaryCapture, made.TimeOfSecondaryCapture = made.ContentDate, made.ContentTime
    return made


def _drawn(export: Export, state: State) -> np.ndarray:
    """Give the overlay, rows × columns × 3, with how far the report is across it where it is not final."""
    overlay = render_overlay(export.file, export.pixels, export.artifacts)
    if overlay is None:
        raise AssertionError("'why_not' asks for an image first")
    if not state.final:
        overlay = _marked(overlay, "NOT SIGNED" if state.version is None else "PRELIMINARY")
    return np.asarray(overlay.convert("RGB"), dtype=np.uint8)


def _marked(picture: Image.Image, words: str) -> Image.Image:
    """Write words across a picture from corner to corner, half transparent."""
    font = ImageFont.load_default(picture.width / (0.75 * len(words)))
    layer = Image.new("L", picture.size)
    ImageDraw.Draw(layer).text((picture.width / 2, picture.height / 2), words, 110, font, anchor="mm")
    turned = layer.rotate(25, resample=Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", picture.size, WARNING), picture.convert("RGB"), turned)
