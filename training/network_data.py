"""Batches for the classifier's networks: real films with labels and boxes, phantoms with labels and exact maps."""

import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.augment import affine, intensity, occlude, swap_style, unit_planes, warp
from training.clip_data import label_vector
from training.data import LABELS, Row, manifest
from training.facts import row_facts
from training.film_boxes import places_of
from training.folds import fold_of
from training.label_heads import ONE_SOURCE
from training.paths import WORK
from training.phantom_cache import Phantoms

REAL, PHANTOM = 14, 4
"""Images of each kind in the batch of one process."""
SEEN = 192
"""Pixels a side that the networks see."""
STRIDE = 16
SHARES = {
    "nih-cxr14": 0.5,
    "nih-cxr14-128px": 0.3,
    "nih-cxr14-64px": 0.04,
    "kermany": 0.1,
    "hannover": 0.05,
    "covid-chestxray": 0.01,
}
"""How often a real film is drawn from each source: NIH is the one with many labels."""
COVERED = 6.0
"""Weight of a place that a finding covers: such places are few."""
NAN = float("nan")


@dataclass
class Batch:
    """n images; NaN marks what is unknown."""

    images: Tensor
    """(n, 1, SEEN, SEEN) in [0, 1]."""
    labels: Tensor
    """(n, labels): 0 or 1."""
    weight: Tensor
    """(n, labels): what a known label counts."""
    maps: Tensor
    """(n, channels, SEEN / STRIDE, SEEN / STRIDE): share of each place that a structure covers."""


LIKE_PNEUMONIA = frozenset({"Infiltration", "Consolidation"})
"""NIH's terms for what pneumonia looks like. Labels were read from reports: whether one says pneumonia is not seen."""


def real_labels(row: Row) -> list[float]:
    """Give a film's labels as the heads are taught them: No Finding as stated, nothing that only one source has.

    A film with an infiltration or consolidation whose report did not call it pneumonia teaches nothing of pneumonia.
    """
    vector = label_vector(row_facts(row))
    vector[LABELS.index("No Finding")] = row.label("No Finding")
    for name in ONE_SOURCE:
        vector[LABELS.index(name)] = NAN
    if row.label("Pneumonia") == 0 and LIKE_PNEUMONIA & set(row.fields["findings"].split(";")):
        vector[LABELS.index("Pneumonia")] = NAN
    return vector


def teaches(row: Row) -> bool:
    """Say whether a film may teach the classifier: of a shipped licence, and not a lateral."""
    return row.trainable and row.fields["view"] != "L"


class Taken(NamedTuple):
    """Films drawn for a batch, n of them."""

    images: NDArray[np.uint8]
    """(n, 256, 256)."""
    labels: Tensor
    """(n, labels)."""
    places: NDArray[np.float16]
    """(n, channels, CELLS, CELLS), as `places_of` gives them."""


class Films:
    """Real films of shipped licence, frontal ones only, without the patients of one fold."""

    def __init__(self, left_out: int | None) -> None:
        rows = manifest()
        kept = [i for i, row in enumerate(rows) if teaches(row) and fold_of(row.fields["patient_id"]) != left_out]
        self.rows = np.array(kept)
        self.images: NDArray[np.uint8] = np.load(WORK / "cache" / "real.npz")["images"][kept]
        self.labels = torch.tensor([real_labels(rows[i]) for i in kept])
        self.places = np.stack([places_of(rows[i]).astype(np.float16) for i in kept])
        sources = np.array([rows[i].source for i in kept])
        self.by_source = {name: np.flatnonzero(sources == name) for name in SHARES}


class Sampler:
    """Draw batches; the same seed draws the same batch."""

    def __init__(self, left_out: int | None) -> None:
        self.films = Films(left_out)
        self.phantoms = Phantoms("train", frontal_only=True)
        self.phantom_labels = torch.tensor([label_vector(facts) for facts in self.phantoms.facts])
        self.balance = {"real": _balance(self.films.labels), "phantom": _balance(self.phantom_labels)}

    def draw(self, seed: int) -> Batch:
        """Give the batch of a seed."""
        generator = torch.Generator().manual_seed(seed)
        draw = random.Random(seed)
        real, phantom = self._real(generator, draw, seed), self._phantom(generator, draw)
        images = torch.cat([real.images, phantom.images])
        return Batch(
            occlude(intensity(images, generator), generator, 0.2),
            torch.cat([real.labels, phantom.labels]),
            torch.cat([real.weight, phantom.weight]),
            torch.cat([real.maps, phantom.maps]),
        )

    def taken(self, index: list[int], seed: int) -> Taken:
        """Give the films that a seed's batch has drawn."""
        return Taken(self.films.images[index], self.films.labels[index], self.films.places[index])

    def _real(self, generator: torch.Generator, draw: random.Random, seed: int) -> Batch:
        names = draw.choices(list(SHARES), list(SHARES.values()), k=REAL)
        taken = self.taken([int(draw.choice(self.films.by_source[name])) for name in names], seed)
        images, labels = unit_planes(taken.images), taken.labels
        maps = affine(REAL, generator, degrees=10, zoom=(0.85, 1.25), shift=0.07)
        places = torch.from_numpy(taken.places.astype(np.float32))
        known = ~places.isnan().all(3).all(2)
        covered = functional.avg_pool2d(warp(places.nan_to_num(0.0), maps, 4 * SEEN // STRIDE), 4)
        covered = torch.where(known[:, :, None, None], covered, torch.full((), NAN))
        return Batch(warp(images, maps, SEEN), labels, self._weight(labels, "real"), covered)

    def _phantom(self, generator: torch.Generator, draw: random.Random) -> Batch:
        index = [draw.randrange(len(self.phantoms.images)) for _ in range(PHANTOM)]
        maps = affine(PHANTOM, generator, degrees=8, zoom=(0.88, 1.18), shift=0.06)
        warped = warp(unit_planes(self.phantoms.images[index]), maps, SEEN)
        chosen = [draw.randrange(len(self.films.images)) for _ in index]
        styles = functional.interpolate(unit_planes(self.films.images[chosen]), (SEEN, SEEN), mode="area")
        covered = warp(torch.from_numpy(self.phantoms.maps(index)), maps, 4 * SEEN // STRIDE)
        labels = self.phantom_labels[index]
        return Batch(
            swap_style(warped, styles, generator, 0.3),
            labels,
            self._weight(labels, "phantom"),
            functional.avg_pool2d(covered, 4),
        )

    def _weight(self, labels: Tensor, kind: str) -> Tensor:
        return torch.where(labels == 1, self.balance[kind], torch.ones(()))


def label_counts() -> list[dict[str, dict[str, int]]]:
    """Count, label by label, the training films and phantoms that have it, and those that have not."""
    facts = Phantoms("train", frontal_only=True).facts
    kinds = {"real": Films(None).labels, "phantom": torch.tensor([label_vector(item) for item in facts])}
    return [
        {
            kind: {"positive": int((rows[:, label] == 1).sum()), "negative": int((rows[:, label] == 0).sum())}
            for kind, rows in kinds.items()
        }
        for label in range(len(LABELS))
    ]


def _balance(labels: Tensor) -> Tensor:
    """Weigh each label's positives so that rare ones count; at most 4."""
    return (0.3 * (~labels.isnan()).sum(0) / labels.nansum(0).clamp_min(1)).clamp(1, 4)
