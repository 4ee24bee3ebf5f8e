"""Measure whether a picture that was mirrored is told from one that was not (`overread.tools._mirrored`).

    python -m training.mirrored_fit [--films 100]

Phantoms and NIH films of adults, each as it is and mirrored. Among the films as they are there may be mirrored ones.
"""

import argparse

import numpy as np
from PIL import Image
from tqdm import tqdm

from overread.ports import Picture
from overread.rules.orientation import MIRRORED
from overread.testing.phantoms import render, sample_recipe, to_display
from overread.tools._mask_quality import quality_beside
from overread.tools._mirrored import mirrored_fit
from overread.tools._mirrored import seen as organs
from training.data import manifest
from training.growth_eval import Eyes
from training.paths import data_root

FIRST, PHANTOMS = 700_100, 40
LEAST_WIDTH = 300
"""Least width of a film, in pixels."""


def films(count: int) -> list[Picture]:
    """Give films of adults, drawn once."""
    rows = [row for row in manifest() if row.source == "nih-cxr14" and int(row.fields["width"]) >= LEAST_WIDTH]
    rows = [row for row in rows if float(row.fields["age"] or 0) >= 18]
    drawn = np.random.default_rng(1).choice(len(rows), count, replace=False)
    paths = [data_root() / "cxr" / rows[place].fields["path"] for place in drawn]
    return [np.asarray(Image.open(path).convert("L")) for path in paths]


def phantoms() -> list[Picture]:
    """Give phantoms of adults with the heart on the left."""
    recipes = [sample_recipe(number, flipped=False, age_years=50) for number in range(FIRST, FIRST + PHANTOMS)]
    return [to_display(render(recipe)) for recipe in recipes]


def main() -> None:
    """Print how many are told, as they are and mirrored."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--films", type=int, default=100)
    eyes = Eyes()
    quality = quality_beside(eyes.segmenter.card)
    for name, pictures in (("phantoms", phantoms()), ("films", films(parser.parse_args().films))):
        for kind in ("as they are", "mirrored"):
            told = seen = 0
            for picture in tqdm(pictures, desc=f"{name} {kind}"):
                shown = np.ascontiguousarray(picture[:, ::-1]) if kind == "mirrored" else picture
                here = organs(eyes.segmenter.segment(shown), quality, 0.5)
                fit = mirrored_fit(eyes.segmenter, shown, here, quality, 0.5)
                seen += fit is not None
                told += fit is not None and fit.value >= MIRRORED
            print(f"{name} {kind}: {told} of {seen} measured told as mirrored ({len(pictures)} pictures)")


if __name__ == "__main__":
    main()
