"""Write a phantom study to a folder: a synthetic chest radiograph, never a patient's."""

import sys
from pathlib import Path

from overread.testing.phantoms import PlacedFinding, sample_recipe, write_study

FINDINGS = (PlacedFinding(label="Pleural Effusion", laterality="left", severity="moderate"),)

if __name__ == "__main__":
    recipe = sample_recipe(2026, view="PA", supine=False, flipped=False, age_years=61, findings=FINDINGS)
    for path in write_study(Path(sys.argv[1]), recipe):
        print(path)
