"""Measure how far `lung_volumes` is off on CT phantoms of known volumes; prints the table of docs/chest_ct.md.

The tool, its threshold and its steps were fixed before these numbers of phantoms were rendered.
"""

import itertools

import numpy as np

from overread.records import Measurement
from overread.testing.doubles.ct import make_ct_work
from overread.testing.doubles.parts import make_parts
from overread.testing.phantoms.ct import CtRecipe, truth
from overread.tools.lung_volumes import build

SEEDS = range(200, 204)
USUAL = CtRecipe(number=0, rows=192, columns=192, pixel_mm=(2.0, 2.0), distance_mm=2.5, noise_hu=15.0)
VARIANTS: dict[str, dict[str, object]] = {
    "usual (2 x 2 x 2.5 mm, noise 15 HU)": {},
    "slices of 5 mm": {"distance_mm": 5.0},
    "slices of 10 mm": {"distance_mm": 10.0},
    "pixels of 3.0 x 2.6 mm": {"rows": 128, "columns": 148, "pixel_mm": (3.0, 2.6)},
    "slices turned by 15 degrees": {"turn_degrees": 15.0, "low_mm": -200.0, "high_mm": 200.0},
    "noise 40 HU": {"noise_hu": 40.0},
    "lungs of -780 HU": {"lung_hu": -780.0},
    "lungs of -900 HU": {"lung_hu": -900.0},
    "lungs that touch": {"joined": True},
    "effusion, a quarter of the depth": {"effusion": 0.25},
    "emphysema 25 mm and nodule 12 mm": {"emphysema_mm": 25.0, "nodule_mm": 12.0},
}


def errors(recipe: CtRecipe) -> tuple[list[float], list[float], list[float]]:
    """Give errors of both lungs in percent of the volume and in HU, and of the part below -950 HU in points."""
    evidence = build(make_parts()).run(make_ct_work(recipe))
    seen = {item.payload.name: item.payload.value for item in evidence if isinstance(item.payload, Measurement)}
    known = truth(recipe)
    volumes = {"right_lung": known.right_lung_ml, "left_lung": known.left_lung_ml}
    low = {"right_lung": 100 * known.emphysema_ml / known.right_lung_ml, "left_lung": 0.0}
    return (
        [100 * (seen[f"{name}_volume"] / volume - 1) for name, volume in volumes.items()],
        [seen["left_lung_mean_density"] - recipe.lung_hu],
        [seen[f"{name}_below_950"] - part for name, part in low.items() if f"{name}_below_950" in seen],
    )


def main() -> None:
    """Print a row for each kind of phantom: four sizes of each, two lungs in each."""
    print("| phantoms | volume, mean error | volume, largest | mean density | below -950 HU |")
    print("| --- | --- | --- | --- | --- |")
    every: list[float] = []
    for name, changes in VARIANTS.items():
        recipes = [
            USUAL.model_copy(update={"number": seed, "scale": scale, **changes})
            for seed, scale in zip(SEEDS, (0.82, 0.91, 1.0, 1.05), strict=True)
        ]
        found = [errors(recipe) for recipe in recipes]
        volume, density, low = (list(itertools.chain(*part)) for part in zip(*found, strict=True))
        every += volume
        worst = max(volume, key=abs)
        part = f"{np.mean(low):+.2f} points" if low else "not given"
        print(f"| {name} | {np.mean(volume):+.2f} % | {worst:+.2f} % | {np.mean(density):+.1f} HU | {part} |")
    print(f"\nAll {len(every)} lungs: mean {np.mean(every):+.2f} %, largest {max(every, key=abs):+.2f} %.")


if __name__ == "__main__":
    main()
