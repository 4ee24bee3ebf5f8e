"""Batches for the vision tower: real views with their teachers, phantoms with exact maps, images out of scope."""

import random
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.attributes import NAMES, attribute_vector
from training.augment import affine, intensity, occlude, swap_style, unit_planes, warp
from training.data import LABELS, manifest
from training.distil import HINT_GRID, HINT_PARTS, PARTS
from training.facts import Facts, row_facts
from training.film_boxes import places_of
from training.paths import WORK
from training.phantom_cache import DENSE_CHANNELS as DENSE_CHANNELS
from training.phantom_cache import Phantoms
from training.resolution import GRID, SIZE
from training.scope import out_of_scope_images

VIEWS = ("PA", "AP", "LATERAL")
THIN = frozenset({"Support Devices", "Fracture", "Pneumoperitoneum", "Atelectasis", "Lung Lesion"})
"""Findings that cover little of a patch even where they are plain to see."""
SUBTLE = {
    "Fracture": 0.3,
    "Lung Lesion": 0.25,
    "Lung Opacity": 0.15,
    "Consolidation": 0.15,
    "Support Devices": 0.1,
    "Atelectasis": 0.05,
}
"""Findings that are learnt last, and how often each is asked for."""
SUBTLE_SHARE = 0.7
"""How many of the phantoms are drawn among those that show such a finding."""
SOURCE_SHARES = {
    "nih-cxr14": 0.48,
    "nih-cxr14-128px": 0.29,
    "nih-cxr14-64px": 0.06,
    "kermany": 0.12,
    "hannover": 0.04,
    "covid-chestxray": 0.01,
}
"""How often a real film is drawn from each source: NIH is the one with many labels."""
BY_LABEL = 0.5
"""How many of the real films are drawn by a label first, each as often, so that rare ones come."""
LEAST_GROUP = 20
"""Films of a source that show a label from which they are drawn together."""
REAL, PHANTOM, OTHER = 9, 6, 1
NAN = float("nan")
CHILDREN = {
    "Lung Opacity": frozenset({"Consolidation", "Atelectasis", "Edema", "Lung Lesion", "Pneumonia", "COVID-19"}),
    "Enlarged Cardiomediastinum": frozenset({"Cardiomegaly"}),
}


@dataclass
class Batch:
    """One training batch of n images; NaN marks what is unknown."""

    images: Tensor
    """(n, 3, 240, 240), normalised."""
    labels: Tensor
    label_weight: Tensor
    view: Tensor
    out_of_scope: Tensor
    attributes: Tensor
    dense: Tensor
    """(n, GRID * GRID, channels): share of each patch that a structure covers (`covered`)."""
    teacher_labels: Tensor
    """(n, labels): what the classifier's network says of a real film."""
    teacher_maps: Tensor
    """(n, GRID * GRID, PARTS): what the classifier's trunk sees in the same place."""
    teacher_hints: Tensor
    """(n, GRID * GRID, 4 * HINT_PARTS): what it sees early on, in the four quarters of the same place."""


def label_vector(facts: Facts) -> list[float]:
    """Give 1, 0 or NaN for each label; a child makes its parent 1 (the hierarchy of CheXpert).

    Real films are given the parent Lung Opacity only: no source denies Enlarged Cardiomediastinum, so that its known
    real rows would all be positive.
    No Finding is 1 only where nothing is present and nearly all is known.
    """
    values = []
    for name in LABELS:
        if facts.present & CHILDREN.get(name, frozenset()) and (facts.placed or name == "Lung Opacity"):
            values.append(1.0)
            continue
        if name == "No Finding":
            present = facts.present - {"Support Devices"}
            values.append(0.0 if present else 1.0 if len(facts.absent) > 5 else NAN)
        else:
            values.append(1.0 if name in facts.present else 0.0 if name in facts.absent else NAN)
    return values


class Sampler:
    """Draw batches; the same seed draws the same batch."""

    def __init__(self, *, phantoms: bool) -> None:
        cache = np.load(WORK / "cache" / "distil.npz")
        self.rows = cache["rows"]
        self.images: NDArray[np.uint8] = np.load(WORK / "cache" / "real.npz")["images"][self.rows]
        self.seen = Seen(cache["films"], cache["films_hint"])
        rows = manifest()
        self.films = [rows[i] for i in self.rows]
        self.facts = {int(i): row_facts(rows[i]) for i in self.rows}
        self.chances = torch.from_numpy(cache["chances"]).float()
        sources = np.array([row.source for row in self.films])
        self.by_source = {name: np.nonzero(sources == name)[0] for name in SOURCE_SHARES}
        self.by_label = {name: self._groups(rows) for name, rows in self.by_source.items()}
        self.no_finding = {i: rows[i].label("No Finding") for i in self.facts}
        self.phantoms = Phantoms("train") if phantoms else None
        self.phantoms_seen = _matched(cache, self.phantoms)
        self.subtle = {name: showing(self.phantoms.facts if self.phantoms else [], name) for name in SUBTLE}
        self.other = out_of_scope_images("train")
        self.balance = self._balance()

    def _groups(self, members: NDArray[np.int64]) -> list[list[int]]:
        """Group the films of a source by the labels that they show, those that show none together."""
        groups: dict[str, list[int]] = {}
        for member in members:
            for label in sorted(self.facts[int(self.rows[member])].present) or ["nothing"]:
                groups.setdefault(label, []).append(int(member))
        return [group for _, group in sorted(groups.items()) if len(group) >= LEAST_GROUP] or [members.tolist()]

    def film(self, source: str, draw: random.Random) -> int:
        """Draw a film of a source, half the time by a label first."""
        if draw.random() < BY_LABEL:
            return draw.choice(draw.choice(self.by_label[source]))
        return int(draw.choice(self.by_source[source]))

    def _balance(self) -> Tensor:
        """Weigh each label's positives so that rare ones count; at most 4."""
        labels = torch.tensor([label_vector(self.facts[int(i)]) for i in self.rows])
        positive, known = labels.nansum(0), (~labels.isnan()).sum(0)
        return (0.3 * known / positive.clamp_min(1)).clamp(1, 4)

    def draw(self, seed: int) -> Batch:
        """Give the batch of a seed."""
        generator = torch.Generator().manual_seed(seed)
        draw = random.Random(seed)
        real = REAL if self.phantoms else REAL + PHANTOM
        parts = [self._real(generator, draw, real), self._other(generator, draw)]
        if self.phantoms is not None:
            parts.append(self._phantom(self.phantoms, generator, draw))
        batch = Batch(**{f.name: torch.cat([getattr(part, f.name) for part in parts]) for f in fields(Batch)})
        shown = occlude(intensity(batch.images, generator), generator, 0.2)
        batch.images = ((shown - 0.5) / 0.25).expand(-1, 3, -1, -1)
        batch.label_weight = torch.where(batch.labels == 1, self.balance, torch.ones(()))
        batch.out_of_scope[batch.view == VIEWS.index("LATERAL")] = 1.0
        return batch

    def _real(self, generator: torch.Generator, draw: random.Random, count: int) -> Batch:
        names = draw.choices(list(SOURCE_SHARES), list(SOURCE_SHARES.values()), k=count)
        index = [self.film(name, draw) for name in names]
        facts = [self.facts[int(self.rows[i])] for i in index]
        images = unit_planes(self.images[index])
        maps = affine(count, generator, degrees=8, zoom=(0.85, 1.25), shift=0.07)
        part = _part(warp(images, maps, SIZE), torch.tensor([self._labels(i) for i in index]), facts)
        part.dense = self._places(index, maps)
        part.teacher_labels = self.chances[index]
        part.teacher_maps, part.teacher_hints = self.seen.turned(index, maps)
        return part

    def _places(self, index: list[int], maps: Tensor) -> Tensor:
        """Give the map of what radiologists' boxes, or the absence of any finding, tell of films; NaN elsewhere."""
        places = torch.from_numpy(np.stack([places_of(self.films[i]) for i in index]))
        known = ~places.isnan().all(3).all(2)
        shares = covered(warp(places.nan_to_num(0.0), maps, 4 * GRID))
        return torch.where(known[:, :, None, None], shares, torch.full((), NAN)).flatten(2).transpose(1, 2)

    def _labels(self, view_index: int) -> list[float]:
        row = int(self.rows[view_index])
        vector = label_vector(self.facts[row])
        vector[LABELS.index("No Finding")] = self.no_finding[row]
        return vector

    def _phantom(self, phantoms: Phantoms, generator: torch.Generator, draw: random.Random) -> Batch:
        index = [self._one_phantom(phantoms, draw) for _ in range(PHANTOM)]
        facts = [phantoms.facts[i] for i in index]
        maps = affine(PHANTOM, generator, degrees=7, zoom=(0.88, 1.15), shift=0.06)
        warped = warp(unit_planes(phantoms.images[index]), maps, SIZE)
        other = [draw.randrange(len(self.images)) for _ in index]
        styles = functional.interpolate(unit_planes(self.images[other]), SIZE, mode="bilinear", antialias=True)
        organs = warp(torch.from_numpy(phantoms.maps(index)), maps, 4 * GRID)
        labels = torch.tensor([label_vector(item) for item in facts])
        part = _part(swap_style(warped, styles, generator, 0.3), labels, facts)
        part.dense = covered(organs).flatten(2).transpose(1, 2)
        part.teacher_maps, part.teacher_hints = self.phantoms_seen.turned(index, maps)
        return part

    def _one_phantom(self, phantoms: Phantoms, draw: random.Random) -> int:
        if draw.random() < SUBTLE_SHARE:
            return draw.choice(self.subtle[draw.choices(list(SUBTLE), list(SUBTLE.values()))[0]])
        return draw.randrange(len(phantoms.images))

    def _other(self, generator: torch.Generator, draw: random.Random) -> Batch:
        images = [self.strange(draw) for _ in range(OTHER)]
        batch = unit_planes(np.stack(images))
        maps = affine(OTHER, generator, degrees=8, zoom=(0.8, 1.3), shift=0.08)
        nothing = Facts((), frozenset(), None, False)
        part = _part(warp(batch, maps, SIZE), torch.full((OTHER, len(LABELS)), NAN), [nothing] * OTHER)
        part.out_of_scope = torch.ones(OTHER)
        return part

    def strange(self, draw: random.Random) -> NDArray[np.uint8]:
        """Give an image out of scope (CACHED, CACHED): something else or a chest inverted, on its side, upside down."""
        if draw.random() < 0.6:
            return self.other[draw.randrange(len(self.other))]
        pool: Any = self.images if self.phantoms is None or draw.random() < 0.6 else self.phantoms.images
        image = pool[draw.randrange(len(pool))]
        if image.shape[0] != self.other.shape[1]:
            planes = torch.from_numpy(image)[None, None].float()
            image = functional.interpolate(planes, self.other.shape[1])[0, 0].byte().numpy()
        kind = draw.randrange(4)
        return np.ascontiguousarray(255 - image if kind == 0 else np.rot90(image, kind))


def _part(images: Tensor, labels: Tensor, facts: list[Facts]) -> Batch:
    """Make a part of a batch in which the teachers and the maps are unknown."""
    count = len(images)
    return Batch(
        images=images,
        labels=labels,
        label_weight=torch.ones_like(labels),
        view=torch.tensor([VIEWS.index(item.view) if item.view in VIEWS else -1 for item in facts]),
        out_of_scope=torch.zeros(count),
        attributes=torch.tensor([attribute_vector(item) for item in facts]).view(count, len(NAMES)),
        dense=torch.full((count, GRID * GRID, len(DENSE_CHANNELS)), NAN),
        teacher_labels=torch.full((count, len(LABELS)), NAN),
        teacher_maps=torch.full((count, GRID * GRID, PARTS), NAN),
        teacher_hints=torch.full((count, GRID * GRID, 4 * HINT_PARTS), NAN),
    )


def showing(facts: list[Facts], name: str) -> list[int]:
    """List the rows that show a finding."""
    return [row for row, item in enumerate(facts) if name in item.present]


def covered(planes: Tensor) -> Tensor:
    """Give (n, channels, GRID, GRID) of finer coverage: the mean, but for thin structures the most in any place.

    A tube covers little of a patch that it crosses; its mean would teach that it is hardly there.
    """
    mean, most = functional.adaptive_avg_pool2d(planes, GRID), functional.adaptive_max_pool2d(planes, GRID)
    thin = torch.tensor([name in THIN for name in DENSE_CHANNELS]).view(1, -1, 1, 1)
    return torch.where(thin, most, mean)


@dataclass(frozen=True)
class Seen:
    """What the teacher saw of images, as `training.distil` keeps it."""

    late: NDArray[np.float16]
    """(n, PARTS, GRID, GRID)."""
    early: NDArray[np.float16]
    """(n, HINT_PARTS, HINT_GRID, HINT_GRID)."""

    def turned(self, index: list[int], maps: Tensor) -> tuple[Tensor, Tensor]:
        """Give the targets of the late and of the early tokens, turned as the images are by `maps` (n, 2, 3).

        They are (n, GRID * GRID, PARTS) and (n, GRID * GRID, 4 * HINT_PARTS), NaN outside of the image.
        """
        late = turned_alike(self.late[index], maps, GRID)
        early = turned_alike(self.early[index], maps, HINT_GRID)
        return late.flatten(2).transpose(1, 2), quarters(early)


def turned_alike(seen: NDArray[np.float16], maps: Tensor, grid: int) -> Tensor:
    """Give (n, parts, grid, grid) of what the teacher saw, turned as the image is; NaN outside of the image."""
    planes = torch.from_numpy(seen).float()
    inside = warp(torch.ones_like(planes[:, :1]), maps, grid) > 0.99
    return torch.where(inside, warp(planes, maps, grid), torch.full((), NAN))


def quarters(planes: Tensor) -> Tensor:
    """Give (n, GRID * GRID, 4 * parts) of (n, parts, 2 * GRID, 2 * GRID): the four places of each token together."""
    return functional.pixel_unshuffle(planes, 2).flatten(2).transpose(1, 2)


def _matched(cache: Any, phantoms: Phantoms | None) -> Seen:
    if phantoms is not None and not np.array_equal(cache["numbers"], phantoms.numbers):
        raise RuntimeError("distil.npz is of other phantoms than phantoms.npz: delete it and run training.distil")
    return Seen(cache["phantoms"], cache["phantoms_hint"])
