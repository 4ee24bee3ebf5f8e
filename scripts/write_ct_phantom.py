"""Write a CT phantom series to a folder: solids of known volume, never a patient's chest."""

import sys
from pathlib import Path

from overread.testing.phantoms.ct import CtRecipe, truth
from overread.testing.phantoms.ct_dicom import write_ct

RECIPE = CtRecipe(
    number=2026, rows=256, columns=256, pixel_mm=(1.5, 1.5), distance_mm=2.5, noise_hu=20.0, nodule_mm=8.0
)

if __name__ == "__main__":
    print(f"{len(write_ct(Path(sys.argv[1]), RECIPE))} slices")
    print(", ".join(f"{name} {value:.0f}" for name, value in truth(RECIPE)._asdict().items()))
