"""Make a case's overlay.png small enough for the README; the path of the overlay is the argument."""

import sys
from pathlib import Path

from PIL import Image

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "overlay.png"
SCALE = 0.72

if __name__ == "__main__":
    overlay = Image.open(sys.argv[1]).convert("RGB")
    size = round(overlay.width * SCALE), round(overlay.height * SCALE)
    # FASTOCTREE keeps the few saturated pixels of the outlines, which median cut turns grey.
    small = overlay.resize(size, Image.Resampling.LANCZOS).quantize(
        160, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    small.save(PICTURE, optimize=True)
