"""Findings of phantoms drawn into real films without a finding, with exact masks.

    python -m training.mixed_films [--count 1600] [--show FOLDER]

Writes .training/cache/mixed.npz; `--show` writes pictures of some instead, beside the films as they were. A phantom is
drawn with a finding and without it, and the difference of its logarithmic detector signals, what the finding absorbs
more or less than what it replaces, is laid over the film's lungs (`training.laid_over`) and added to the film where
grey levels are straightened by the inverse of a film's logistic curve. A film's contrast is that between its own heart
and lungs, held against the phantom's. Of what lay there the fine structure is damped: fluid and free air hide vessels.

The same film and number give the same picture. Only films whose licence and patient may teach are drawn into.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.special import expit, logit
from tqdm import tqdm

from overread.testing.phantoms.body import build_body
from overread.testing.phantoms.chest import Chest, Layers, build_chest
from overread.testing.phantoms.devices import insert_device
from overread.testing.phantoms.findings import place
from overread.testing.phantoms.frontal import healthy, place_film
from overread.testing.phantoms.physics import scattered, signal_of, transmission
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding
from overread.testing.phantoms.sampling import DEVICES, sample_recipe
from overread.testing.phantoms.streams import stream
from training.data import Row, manifest
from training.folds import TEST_FOLD, fold_of
from training.laid_over import Lungs, carried, organs_of, seen_lungs
from training.network_data import teaches
from training.paths import WORK, save_arrays, work
from training.phantom_cache import FINDING_CHANNELS
from training.resolution import CACHED, COARSE

DRAWN = ("Pleural Effusion", "Pneumothorax", "Lung Lesion", "Consolidation", "Atelectasis", "Support Devices")
SOURCES = ("nih-cxr14", "nih-cxr14-128px")
FIRST = 900_000
"""Numbers from here are those of mixed films' phantoms; nothing else uses them."""
DAMPED = {"Pleural Effusion": 0.7, "Pneumothorax": 0.5, "Consolidation": 0.5}
"""Share of a film's fine structure that a finding hides; ribs lie before and behind it and stay in part."""
FINE = 3.0
"""Pixels (standard deviation): wider structure than this is not fine."""
DARKEST, BRIGHTEST = 0.02, 0.98
CONTRAST = (0.4, 4.0)
"""Slopes of a film's curve that are believed, in straightened grey levels for one of logarithmic signal."""
SHOWN = 12


class Finding(NamedTuple):
    """What a phantom's finding does to its film, (CACHED, CACHED) each."""

    placed: PlacedFinding
    change: NDArray[np.float32]
    """Logarithmic signal with the finding less that without it; positive where it absorbs more."""
    mask: NDArray[np.bool_]
    lungs: Lungs
    contrast: float
    """Logarithmic signal of the heart less that of the lungs."""


@dataclass(frozen=True)
class Mixed:
    """A film with a finding drawn in."""

    image: NDArray[np.uint8]
    """(CACHED, CACHED)."""
    cover: NDArray[np.uint8]
    """(COARSE, COARSE): share of each place that the finding covers, 0 to 255; of a device the most in any pixel."""
    label: str


def placed_of(number: int) -> PlacedFinding:
    """Draw the finding of a number; each of DRAWN as often."""
    draw = stream("mixed", number)
    label = DRAWN[int(draw.integers(len(DRAWN)))]
    severity = ("small", "moderate", "large")[int(draw.choice(3, p=[0.3, 0.4, 0.3]))]
    if label == "Support Devices":
        device = DEVICES[int(draw.integers(len(DEVICES)))]
        return PlacedFinding(label=label, device=device, device_position="ok")
    side = ("left", "right", "bilateral")[int(draw.choice(3, p=[0.45, 0.45, 0.1]))]
    if label in ("Pneumothorax", "Lung Lesion") and side == "bilateral":
        side = "right"
    zone = ("upper", "mid", "lower")[int(draw.integers(3))]
    sided = label in ("Pleural Effusion", "Pneumothorax")
    return PlacedFinding(label=label, laterality=side, severity=severity, zone=None if sided else zone)


def finding_of(number: int) -> Finding:
    """Render what the finding of a number does to the phantom of that number, an upright adult."""
    placed = placed_of(number)
    recipe = sample_recipe(
        number, findings=(placed,), view="PA", supine=False, age_years=50, rotation_deg=0.0, tilt_deg=0.0
    )
    body = build_body(recipe)
    chest = build_chest(place_film(recipe, body, CACHED), body)
    layers = healthy(chest, recipe)
    before = _signal(layers, recipe, chest)
    mask = (insert_device if placed.device else place)(chest, layers, placed, recipe)
    organs = organs_of(chest.masks)
    return Finding(placed, _signal(layers, recipe, chest) - before, mask, organs, _contrast(before, organs))


def _signal(layers: Layers, recipe: PhantomRecipe, chest: Chest) -> NDArray[np.float32]:
    return signal_of(scattered(transmission(layers, chest.body.scale), recipe, chest.grid.step))


def mixed(film: NDArray[np.uint8], lungs: Lungs, number: int) -> Mixed | None:
    """Draw the finding of a number into a film (CACHED, CACHED).

    None where the film's contrast is not believable, or nothing of the finding comes to lie on it.
    """
    finding = finding_of(number)
    level = logit(np.clip(film.astype(np.float32) / 255, DARKEST, BRIGHTEST))
    slope = _contrast(level, lungs) / finding.contrast
    if not CONTRAST[0] <= slope <= CONTRAST[1]:
        return None
    change, cover = carried(finding.change, finding.mask, finding.lungs, lungs, sided=finding.placed.device is None)
    label = finding.placed.label
    if cover.max() < 0.5:
        return None
    fine = level - ndimage.gaussian_filter(level, FINE)
    hidden = DAMPED.get(label, 0.0) * ndimage.gaussian_filter(cover, 1.0)
    drawn = expit(level + np.float32(slope) * change - hidden * fine)
    image = np.where(np.abs(change) + hidden > 1e-3, np.rint(255 * drawn), film)
    return Mixed(image.astype(np.uint8), _coarse(cover, thin=label == "Support Devices"), label)


def _contrast(level: NDArray[np.float32], organs: Lungs) -> float:
    """Give the signal (s, s) of the heart less that of the lungs; 0 where no heart is seen."""
    air = organs.right | organs.left
    return float(np.median(level[organs.heart]) - np.median(level[air])) if organs.heart.any() else 0.0


def _coarse(cover: NDArray[np.float32], *, thin: bool) -> NDArray[np.uint8]:
    step = CACHED // COARSE
    blocks = cover.reshape(COARSE, step, COARSE, step)
    return np.asarray((blocks.max((1, 3)) if thin else blocks.mean((1, 3))) * 255, np.uint8)


def normals(rows: Sequence[Row]) -> list[int]:
    """List the films (rows of the whole manifest) that findings may be drawn into: frontal, and without any finding.

    None is of the fold that tests, or of a licence that may not teach. Films at 512 px come first.
    """
    found = [
        (SOURCES.index(row.source), index)
        for index, row in enumerate(rows)
        if row.source in SOURCES and row.label("No Finding") == 1 and teaches(row)
        if fold_of(row.fields["patient_id"]) != TEST_FOLD
    ]
    return [index for _, index in sorted(found)]


def drawn_into(indices: Sequence[int], images: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8], Mixed]]:
    """Give the index, the film as it was and with its finding, of those that a finding can be drawn into."""
    for index, film, lungs in seen_lungs(indices, images):
        done = mixed(film, lungs, FIRST + index)
        if done is not None:
            yield index, film, done


def build(count: int) -> Path:
    """Write the cache."""
    chosen = normals(manifest())[:count]
    images = np.load(WORK / "cache" / "real.npz")["images"]
    done = list(tqdm(drawn_into(chosen, images), total=len(chosen), desc="mixed", mininterval=10))
    arrays: dict[str, NDArray[Any]] = {
        "rows": np.array([index for index, _, _ in done]),
        "images": np.stack([item.image for _, _, item in done]),
        "cover": np.stack([item.cover for _, _, item in done]),
        "channels": np.array([FINDING_CHANNELS.index(item.label) for _, _, item in done]),
    }
    path = work("cache", "mixed.npz")
    save_arrays(path, arrays)
    return path


def show(folder: Path) -> None:
    """Write SHOWN pictures: the film, the film with its finding, and where it covers the film."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.load(WORK / "cache" / "real.npz")["images"]
    for index, film, done in drawn_into(normals(manifest())[:SHOWN], images):
        cover = np.asarray(Image.fromarray(done.cover).resize((CACHED, CACHED)))
        side_by_side = Image.fromarray(np.concatenate([film, done.image, cover], 1))
        side_by_side.save(folder / f"{index}-{done.label.lower().replace(' ', '-')}.png")


def main() -> None:
    """Write the cache, or pictures to look at."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1600)
    parser.add_argument("--show", type=Path, help="write pictures into this folder instead")
    options = parser.parse_args()
    if options.show:
        show(options.show)
    else:
        print(build(options.count))


if __name__ == "__main__":
    main()
