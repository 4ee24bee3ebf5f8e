"""Bring a picture to the size that a model takes, before its own processor sees it."""

import numpy as np
from PIL import Image

from overread.imaging.letterbox import letterbox
from overread.ports import Picture

LONGEST_SIDE = 1536
"""Pixels; of a picture for a model that takes any size: the tokens of a picture grow with its area."""


def fitted(picture: Picture, size: int | None, longest: int = LONGEST_SIDE) -> Picture:
    """Fit a picture into the model's square of `size`, or, for a model without one, shrink it to `longest`.

    Image libraries resize by filters one grey level apart, so it is done here, for served and in-process models alike.
    """
    if size is not None:
        return letterbox(picture, size).pixels
    scale = longest / max(picture.shape)
    if scale >= 1:
        return picture
    rows, columns = (max(1, round(side * scale)) for side in picture.shape)
    return np.asarray(Image.fromarray(picture).resize((columns, rows), Image.Resampling.BILINEAR))
