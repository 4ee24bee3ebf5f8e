"""Pictures as PNG, without loss; fast rather than small."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def png_of(picture: NDArray[np.uint8], level: int = 1) -> bytes:
    """Give a picture [rows, columns] or [rows, columns, 3], not empty, as PNG; `level` is zlib's, 1 fast to 9 small."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG", optimize=False, compress_level=level)
    return stream.getvalue()
