"""Measure the segmenter: Dice by source, cardiothoracic ratio, side swaps, and the mask quality score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from training.augment import unit_planes
from training.data import HEART, LEFT_LUNG, RIGHT_LUNG

BATCH = 32


@dataclass(frozen=True)
class Film:
    """One film's truth and result; the planes are (3, 256, 256): right lung, left lung, heart."""

    source: str
    chance: NDArray[np.float32]
    truth: NDArray[np.bool_]
    knows_lungs: bool
    knows_heart: bool
    ignore: NDArray[np.bool_]
    """Pixels left out of the lungs' score: the heart, where the truth's lungs stop at its border."""


@torch.no_grad()
def predict(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give (n, 3, 256, 256) probabilities for (n, 256, 256) canvases."""
    out = []
    for start in range(0, len(images), BATCH):
        batch = unit_planes(images[start : start + BATCH])
        logits = model(pixel_values=((batch - 0.5) / 0.25).expand(-1, 3, -1, -1)).logits
        out.append(torch.sigmoid(logits.float()).numpy())
    return np.concatenate(out)


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the largest connected component of a mask (h, w)."""
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = ndimage.sum_labels(mask, labels, np.arange(1, count + 1))
    return np.asarray(labels == int(np.argmax(sizes)) + 1)


def dice(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """Give the Dice overlap, 0 to 1; 1 where both are empty."""
    total = int(left.sum()) + int(right.sum())
    return 1.0 if total == 0 else 2.0 * int((left & right).sum()) / total


def unpack(packed: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Give (3, h, w) planes of a packed mask."""
    return np.stack([(packed & bit) > 0 for bit in (RIGHT_LUNG, LEFT_LUNG, HEART)])


def lung_dice(film: Film) -> float:
    """Give the Dice of both lungs together, which the two-lung masks of every source allow."""
    guess = largest(film.chance[0] >= 0.5) | largest(film.chance[1] >= 0.5)
    return dice(guess & ~film.ignore, (film.truth[0] | film.truth[1]) & ~film.ignore)


def side_dice(film: Film) -> tuple[float, float]:
    """Give the Dice of the right and of the left lung."""
    return (
        dice(largest(film.chance[0] >= 0.5) & ~film.ignore, film.truth[0] & ~film.ignore),
        dice(largest(film.chance[1] >= 0.5) & ~film.ignore, film.truth[1] & ~film.ignore),
    )


def is_swapped(film: Film) -> bool:
    """Say whether the mask called right overlaps the true left lung more than the true right one."""
    guess = largest(film.chance[0] >= 0.5)
    return dice(guess, film.truth[1]) > dice(guess, film.truth[0])


def heart_dice(film: Film) -> float:
    """Give the heart's Dice."""
    return dice(largest(film.chance[2] >= 0.5), film.truth[2])


def ratio_of(lungs: NDArray[np.bool_], heart: NDArray[np.bool_]) -> float | None:
    """Give heart width over the width of both lungs, from masks (h, w); None where either is missing."""
    across, wide = np.flatnonzero(heart.any(0)), np.flatnonzero(lungs.any(0))
    if not across.size or not wide.size:
        return None
    return float(across[-1] - across[0] + 1) / float(wide[-1] - wide[0] + 1)


def ratio_error(film: Film) -> float | None:
    """Give the absolute error of the cardiothoracic ratio, the truth measured alike on the true masks."""
    guess = ratio_of(largest(film.chance[0] >= 0.5) | largest(film.chance[1] >= 0.5), largest(film.chance[2] >= 0.5))
    truth = ratio_of(film.truth[0] | film.truth[1], film.truth[2])
    return None if guess is None or truth is None else abs(guess - truth)


def certainty(plane: NDArray[np.float32]) -> float | None:
    """Give the mean of |2p - 1|, 0 to 1, where p > 0.05; None where no pixel is."""
    inside = plane[plane > 0.05]
    return float(np.abs(2 * inside - 1).mean()) if inside.size else None


def fit_quality(films: Sequence[Film]) -> dict[str, Any]:
    """Fit expected Dice = intercept + slope x certainty for each channel, by least squares on held-out films."""
    channels: dict[str, Any] = {}
    for channel, name in enumerate(("right_lung", "left_lung", "heart")):
        pairs = []
        for film in films:
            if not (film.knows_heart if channel == 2 else film.knows_lungs):
                continue
            sure = certainty(film.chance[channel])
            if sure is not None:
                pairs.append((sure, dice(largest(film.chance[channel] >= 0.5), film.truth[channel])))
        sure_of, got = np.array(pairs).T
        slope, intercept = np.polyfit(sure_of, got, 1)
        channels[name] = {"intercept": round(float(intercept), 4), "slope": round(float(slope), 4), "films": len(pairs)}
    return {"schema": 1, "channels": channels, "low": 0.85}
