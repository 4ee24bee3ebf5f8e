"""Batches for the CLIP: real views with the teacher's features, phantoms with exact maps, images out of scope."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.augment import affine, intensity, occlude, swap_style, warp
from training.captions import caption, not_chest_caption
from training.data import LABELS, manifest
from training.distil import DENSE_PARTS, GRID, POOLED_PARTS, SIZE
from training.facts import SIDED, Facts, row_facts
from training.paths import WORK
from training.phantom_cache import FINDING_CHANNELS, Phantoms
from training.scope import out_of_scope_images
from training.tokens import clip_tokenizer

VIEWS = ("PA", "AP", "LATERAL")
SIDES = tuple(f"{label}/{side}" for label in SIDED for side in ("right", "left"))
DENSE_CHANNELS = ("right_lung", "left_lung", "heart", *FINDING_CHANNELS)
SOURCE_SHARES = {"nih-cxr14": 0.4, "nih-cxr14-64px": 0.2, "kermany": 0.25, "hannover": 0.13, "covid-chestxray": 0.02}
REAL, PHANTOM, OTHER = 13, 16, 3
NAN = float("nan")
POOLED_TAUGHT, MAPS_TAUGHT = 40, 16
"""Leading principal components of the teacher's features that are distilled; the others proved to be noise."""
CHILDREN = {
    "Lung Opacity": frozenset({"Consolidation", "Atelectasis", "Edema", "Lung Lesion", "Pneumonia", "COVID-19"}),
    "Enlarged Cardiomediastinum": frozenset({"Cardiomegaly"}),
}


@dataclass
class Batch:
    """One training batch; NaN marks what is unknown."""

    images: Tensor
    tokens: Tensor
    token_mask: Tensor
    same: Tensor
    """(n, n): 1 where two captions say the same."""
    labels: Tensor
    label_weight: Tensor
    view: Tensor
    out_of_scope: Tensor
    sides: Tensor
    dense: Tensor
    """(n, 100, channels): share of each patch that a structure covers."""
    teacher_pooled: Tensor
    teacher_maps: Tensor


@dataclass
class _Part:
    images: Tensor
    captions: list[tuple[str, str]]
    labels: Tensor
    view: Tensor
    sides: Tensor
    dense: Tensor
    pooled: Tensor
    maps: Tensor


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


def side_vector(facts: Facts) -> list[float]:
    """Give 1 or 0 for each label and side where sides are known."""
    if not facts.placed:
        return [NAN] * len(SIDES)
    values = []
    for name in SIDED:
        sides = {finding.laterality for finding in facts.of(name)}
        values += [float(bool(sides & {"right", "bilateral"})), float(bool(sides & {"left", "bilateral"}))]
    return values


class Sampler:
    """Draw batches; the same seed draws the same batch."""

    def __init__(self, *, phantoms: bool) -> None:
        cache = np.load(WORK / "cache" / "distil.npz")
        self.images = cache["images"]
        self.rows = cache["rows"]
        self.pooled = cache["pooled"]
        self.maps = cache["dense"]
        rows = manifest()
        self.facts = {int(i): row_facts(rows[i]) for i in np.unique(self.rows)}
        sources = np.array([rows[i].source for i in self.rows])
        self.by_source = {name: np.nonzero(sources == name)[0] for name in SOURCE_SHARES}
        self.no_finding = {i: rows[i].label("No Finding") for i in self.facts}
        self.phantoms = Phantoms("train") if phantoms else None
        self.other = out_of_scope_images("train")
        self.tokenizer = clip_tokenizer()
        self.balance = self._balance()

    def _balance(self) -> Tensor:
        """Weigh each label's positives so that rare ones count; at most 4."""
        labels = torch.tensor([label_vector(self.facts[int(i)]) for i in self.rows])
        positive, known = labels.nansum(0), (~labels.isnan()).sum(0)
        return (0.3 * known / positive.clamp_min(1)).clamp(1, 4)

    def draw(self, seed: int) -> Batch:
        """Give the batch of a seed."""
        generator = torch.Generator().manual_seed(seed)
        draw = random.Random(seed)
        parts = [self._real(generator, draw, REAL if self.phantoms else REAL + PHANTOM), self._other(generator, draw)]
        if self.phantoms is not None:
            parts.append(self._phantom(self.phantoms, generator, draw))
        images = torch.cat([part.images for part in parts])
        images = occlude(intensity(images, generator), generator, 0.25)
        captions = [item for part in parts for item in part.captions]
        encoded = self.tokenizer([text for text, _ in captions], padding=True, truncation=True, max_length=77)
        keys = [key for _, key in captions]
        labels = torch.cat([part.labels for part in parts])
        scope = torch.zeros(len(images))
        scope[len(parts[0].images) : len(parts[0].images) + OTHER] = 1.0
        view = torch.cat([part.view for part in parts])
        scope[view == VIEWS.index("LATERAL")] = 1.0
        return Batch(
            images=((images - 0.5) / 0.25).expand(-1, 3, -1, -1),
            tokens=torch.tensor(encoded["input_ids"]),
            token_mask=torch.tensor(encoded["attention_mask"]),
            same=torch.tensor([[float(a == b) for b in keys] for a in keys]),
            labels=labels,
            label_weight=torch.where(labels == 1, self.balance, torch.ones(())),
            view=view,
            out_of_scope=scope,
            sides=torch.cat([part.sides for part in parts]),
            dense=torch.cat([part.dense for part in parts]),
            teacher_pooled=torch.cat([part.pooled for part in parts]),
            teacher_maps=torch.cat([part.maps for part in parts]),
        )

    def _real(self, generator: torch.Generator, draw: random.Random, count: int) -> _Part:
        names = draw.choices(list(SOURCE_SHARES), list(SOURCE_SHARES.values()), k=count)
        index = [int(draw.choice(self.by_source[name])) for name in names]
        facts = [self.facts[int(self.rows[i])] for i in index]
        return _Part(
            images=torch.from_numpy(self.images[index]).float().unsqueeze(1) / 255,
            captions=[caption(item, draw) for item in facts],
            labels=torch.tensor([self._labels(i) for i in index]),
            view=_views(facts),
            sides=torch.tensor([side_vector(item) for item in facts]),
            dense=torch.full((count, GRID * GRID, len(DENSE_CHANNELS)), NAN),
            pooled=_leading(torch.from_numpy(self.pooled[index]).float(), POOLED_TAUGHT),
            maps=_leading(torch.from_numpy(self.maps[index]).float().flatten(1, 2), MAPS_TAUGHT),
        )

    def _labels(self, view_index: int) -> list[float]:
        row = int(self.rows[view_index])
        vector = label_vector(self.facts[row])
        vector[LABELS.index("No Finding")] = self.no_finding[row]
        return vector

    def _phantom(self, phantoms: Phantoms, generator: torch.Generator, draw: random.Random) -> _Part:
        index = [draw.randrange(len(phantoms.images)) for _ in range(PHANTOM)]
        facts = [phantoms.facts[i] for i in index]
        images = torch.from_numpy(phantoms.images[index]).float().unsqueeze(1) / 255
        maps = affine(PHANTOM, generator, degrees=7, zoom=(0.88, 1.15), shift=0.06)
        warped = warp(images, maps, SIZE)
        styles = (
            torch.from_numpy(self.images[[draw.randrange(len(self.images)) for _ in index]]).float().unsqueeze(1) / 255
        )
        organs = warp(torch.from_numpy(phantoms.maps(index)), maps, 60)
        return _Part(
            images=swap_style(warped, styles, generator, 0.3),
            captions=[caption(item, draw) for item in facts],
            labels=torch.tensor([label_vector(item) for item in facts]),
            view=_views(facts),
            sides=torch.tensor([side_vector(item) for item in facts]),
            dense=functional.adaptive_avg_pool2d(organs, GRID).flatten(2).transpose(1, 2),
            pooled=torch.full((PHANTOM, POOLED_PARTS), NAN),
            maps=torch.full((PHANTOM, GRID * GRID, DENSE_PARTS), NAN),
        )

    def _other(self, generator: torch.Generator, draw: random.Random) -> _Part:
        images = [self._strange(draw) for _ in range(OTHER)]
        batch = torch.from_numpy(np.stack(images)).float().unsqueeze(1) / 255
        maps = affine(OTHER, generator, degrees=8, zoom=(0.8, 1.3), shift=0.08)
        return _Part(
            images=warp(batch, maps, SIZE),
            captions=[not_chest_caption(draw) for _ in range(OTHER)],
            labels=torch.full((OTHER, len(LABELS)), NAN),
            view=torch.full((OTHER,), -1),
            sides=torch.full((OTHER, len(SIDES)), NAN),
            dense=torch.full((OTHER, GRID * GRID, len(DENSE_CHANNELS)), NAN),
            pooled=torch.full((OTHER, POOLED_PARTS), NAN),
            maps=torch.full((OTHER, GRID * GRID, DENSE_PARTS), NAN),
        )

    def _strange(self, draw: random.Random) -> NDArray[np.uint8]:
        """Give an image out of scope: of something else, or a chest inverted, on its side or upside down."""
        if draw.random() < 0.6:
            return self.other[draw.randrange(len(self.other))]
        pool: Any = self.images if self.phantoms is None or draw.random() < 0.6 else self.phantoms.images
        image = pool[draw.randrange(len(pool))]
        if image.shape[0] != self.other.shape[1]:
            image = (
                functional.interpolate(torch.from_numpy(image)[None, None].float(), self.other.shape[1])[0, 0]
                .byte()
                .numpy()
            )
        kind = draw.randrange(4)
        return np.ascontiguousarray(255 - image if kind == 0 else np.rot90(image, kind))


def _views(facts: list[Facts]) -> Tensor:
    return torch.tensor([VIEWS.index(item.view) if item.view in VIEWS else -1 for item in facts])


def _leading(features: Tensor, count: int) -> Tensor:
    """Keep the leading components and mark the others as unknown."""
    features[..., count:] = NAN
    return features
