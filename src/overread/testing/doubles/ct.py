"""A CT phantom as a tool's work, in memory: the records that a read series gives, without files and child process."""

import numpy as np

from overread.ports import ToolInput
from overread.records import Greys, Hanging, ImageRef, Series, Slice, Spacing, Study
from overread.testing.doubles.makers import make_uid
from overread.testing.doubles.memory import MemoryArtifacts, MemoryPixels
from overread.testing.phantoms.ct import CtPhantom, CtRecipe, render_ct

SMALL = CtRecipe(number=1, rows=64, columns=64, pixel_mm=(6.0, 6.0), distance_mm=10.0, noise_hu=5.0)
"""Renders in a tenth of a second."""


def make_ct_work(recipe: CtRecipe = SMALL) -> ToolInput:
    """Make a tool's work on a phantom series; its image is the middle slice, and the study lists the slices by UID."""
    phantom, pixels = render_ct(recipe), MemoryPixels()
    images = [_image(phantom, index, pixels) for index in range(len(phantom.voxels))]
    listed = tuple(sorted(images, key=lambda image: image.sop_instance_uid))
    series = Series(uid=make_uid("ct", recipe.number), modality="CT", body_part="CHEST", images=listed)
    study = Study(uid=make_uid("ct study", recipe.number), source="dicom", synthetic=True, series=(series,))
    return ToolInput(study, images[len(images) // 2], pixels, MemoryArtifacts())


def _image(phantom: CtPhantom, index: int, pixels: MemoryPixels) -> ImageRef:
    recipe, values = phantom.recipe, phantom.voxels[index]
    shown = np.clip((values.astype(np.float64) + 1350) / 1500 * 255, 0, 255).astype(np.uint8)
    codes = (values.astype(np.int32) - int(values.min())).astype(np.uint16)
    greys = Greys(
        rows=recipe.rows, columns=recipe.columns, highest=int(codes.max()), offset=int(values.min()), bits=12,
        unit="HU", shown="", window="lung",
    )  # fmt: skip
    x, y, z = phantom.origins[index]
    height, width = recipe.pixel_mm
    return ImageRef(
        sop_instance_uid=make_uid("ct", recipe.number, index),
        rows=recipe.rows,
        columns=recipe.columns,
        photometric="MONOCHROME2",
        spacing=Spacing(row_mm=height, column_mm=width, source="PixelSpacing", calibrated=True),
        hanging=Hanging(sides="stated"),
        window="lung",
        aside="other_modality",
        pixels_digest=pixels.put(shown),
        greys_digest=pixels.put_greys(codes, greys),
        slice=Slice(position=(x, y, z), row=phantom.row, column=phantom.column, hounsfield=True),
    )
