"""Recipe in, radiograph out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overread.testing.phantoms.frontal import frontal
from overread.testing.phantoms.grid import Mask
from overread.testing.phantoms.lateral import lateral
from overread.testing.phantoms.physics import WHITE
from overread.testing.phantoms.recipe import PhantomRecipe, PhantomTruth, labels_of


@dataclass(frozen=True)
class Phantom:
    """A synthetic radiograph with its masks and truth. Never a patient."""

    recipe: PhantomRecipe
    pixels: NDArray[np.uint16]
    """[H, W], 0 to 4095, MONOCHROME2: air dark, bone bright."""
    masks: Mapping[str, Mask] = field(repr=False)
    """[H, W] each. Frontal: ``right_lung`` and ``left_lung`` (beside heart and mediastinum, above the diaphragm,
    pathology included), ``right_lung_full`` and ``left_lung_full`` (from the spine to the chest wall, over the heart,
    down to the dome: what many public lung masks mean), ``heart`` (to just below the dome), ``mediastinum``,
    ``cardiomediastinum`` (heart and great vessels from the aortic knob down). Lateral: ``lungs``, ``heart``.
    And one for each finding, by its key."""
    spacing_mm: float
    """Millimetres a pixel at the detector."""
    truth: PhantomTruth


def render(recipe: PhantomRecipe, size: int = 512) -> Phantom:
    """Render a recipe on size x size pixels; the same recipe and size give the same bytes."""
    image, masks, spacing = (lateral if recipe.view == "LATERAL" else frontal)(recipe, size)
    ratio = None if recipe.view == "LATERAL" else measured_ratio(masks)
    if recipe.flipped:
        image = image[:, ::-1]
        masks = {name: np.ascontiguousarray(mask[:, ::-1]) for name, mask in masks.items()}
    pixels = np.ascontiguousarray(np.clip(np.rint(image * WHITE), 0, WHITE).astype(np.uint16))
    truth = PhantomTruth(
        labels=labels_of(recipe.findings),
        findings=recipe.findings,
        cardiothoracic_ratio=ratio,
        view=recipe.view,
        supine=recipe.supine,
        age_years=recipe.age_years,
        sex=recipe.sex,
        flipped=recipe.flipped,
        spacing_mm=spacing,
    )
    return Phantom(recipe, pixels, masks, spacing, truth)


def measured_ratio(masks: Mapping[str, Mask]) -> float | None:
    """Return heart width over the greatest internal thoracic width, None where either is out of the picture."""
    columns = np.flatnonzero(masks["heart"].any(axis=0))
    chest = masks["right_lung_full"] | masks["left_lung_full"]
    rows = np.flatnonzero(chest.any(axis=1))
    if not columns.size or not rows.size:
        return None
    first = chest.argmax(axis=1)
    last = chest.shape[1] - 1 - chest[:, ::-1].argmax(axis=1)
    width = float((last - first + 1)[rows].max())
    return round(float(columns[-1] - columns[0] + 1) / width, 4)


def to_display(phantom: Phantom) -> NDArray[np.uint8]:
    """Return the picture as a viewer shows it, [H, W] 8-bit."""
    return np.asarray(np.rint(phantom.pixels / (WHITE / 255)), dtype=np.uint8)
