"""Embed every held-out and training image once with the trained CLIP."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training.augment import unit_planes
from training.clip_data import VIEWS, label_vector
from training.data import LABELS, Row, manifest, read_gray
from training.facts import row_facts
from training.folds import parts_of
from training.paths import MODELS, WORK, data_root, work
from training.phantom_cache import Phantoms
from training.resolution import SIZE
from training.scope import out_of_scope_images
from training.splits import Split

BATCH = 64
SPLITS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class Table:
    """Images of one kind: unit embeddings, label targets (NaN unknown), view index (-1 unknown), source, split or part.

    Embeddings are (n, d), labels (n, LABELS), the others (n,). The classifier keeps its features as embeddings.
    """

    embeddings: NDArray[np.float32]
    labels: NDArray[np.float32]
    views: NDArray[np.int64]
    sources: NDArray[np.str_]
    splits: NDArray[np.str_]

    def where(self, chosen: NDArray[np.bool_]) -> "Table":
        """Keep the rows that a mask (n,) marks."""
        return Table(*(getattr(self, name)[chosen] for name in ("embeddings", "labels", "views", "sources", "splits")))


def stack(tables: list[Table]) -> Table:
    """Put tables under each other."""
    return Table(*(np.concatenate([getattr(t, name) for t in tables]) for name in Table.__dataclass_fields__))


def load_clip() -> Any:
    """Load models/clip in float32."""
    from transformers import CLIPModel

    return CLIPModel.from_pretrained(MODELS / "clip", dtype=torch.float32).eval()


def embed(clip: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give unit-norm projected embeddings of (n, SIZE, SIZE) canvases, kept on disk by the digest of both."""
    key = hashlib.sha256((MODELS / "clip" / "model.safetensors").read_bytes())
    key.update(np.ascontiguousarray(images).data)
    path = work("embedded", f"{key.hexdigest()}.npy")
    if not path.exists():
        np.save(path, unit_embeddings(clip, images))
    return np.asarray(np.load(path))


@torch.no_grad()
def unit_embeddings(clip: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute what `embed` keeps: (n, d) of (n, SIZE, SIZE) canvases."""
    out = []
    for start in range(0, len(images), BATCH):
        batch = unit_planes(images[start : start + BATCH])
        pooled = clip.vision_model(pixel_values=((batch - 0.5) / 0.25).expand(-1, 3, -1, -1)).pooler_output
        out.append(torch.nn.functional.normalize(clip.visual_projection(pooled), dim=-1).numpy())
    return np.concatenate(out)


def resized(images: NDArray[np.uint8], size: int = SIZE) -> NDArray[np.uint8]:
    """Bring square canvases (n, s, s) to (n, size, size)."""
    return np.stack([np.asarray(Image.fromarray(i).resize((size, size), Image.Resampling.BILINEAR)) for i in images])


def real_images() -> NDArray[np.uint8]:
    """Give every manifest row letterboxed at the CLIP's size, (n, SIZE, SIZE), from the original files (cached)."""
    path = WORK / "cache" / f"real{SIZE}.npy"
    if not path.exists():
        films = [
            letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), SIZE).pixels for row in tqdm(manifest())
        ]
        np.save(work("cache", f"real{SIZE}.npy"), np.stack(films))
    return np.asarray(np.load(path))


def row_labels(row: Row) -> list[float]:
    """Give a real film's label targets; No Finding as the source states it."""
    vector = label_vector(row_facts(row))
    vector[LABELS.index("No Finding")] = row.label("No Finding")
    return vector


def view_of(row: Row) -> int:
    """Give the view's index, -1 where unknown."""
    name = {"L": "LATERAL", "AP supine": "AP"}.get(row.fields["view"], row.fields["view"])
    return VIEWS.index(name) if name in VIEWS else -1


def source_of(row: Row) -> str:
    """Name the source, the rows that are for evaluation only apart."""
    return row.source if row.trainable else f"{row.source} (NC)"


def real_table(clip: Any) -> Table:
    """Embed every real film."""
    rows = manifest()
    return Table(
        embed(clip, real_images()),
        np.array([row_labels(row) for row in rows], np.float32),
        np.array([view_of(row) for row in rows]),
        np.array([source_of(row) for row in rows]),
        np.array(parts_of(rows)),
    )


def phantom_table(clip: Any) -> Table:
    """Embed every cached phantom, laterals included."""
    tables = []
    for split in SPLITS:
        phantoms = Phantoms(split)
        labels = np.array([label_vector(facts) for facts in phantoms.facts], np.float32)
        views = np.array([VIEWS.index(facts.view) if facts.view in VIEWS else -1 for facts in phantoms.facts])
        count = len(views)
        shown = embed(clip, resized(phantoms.images))
        tables.append(Table(shown, labels, views, np.full(count, "phantom"), np.full(count, split)))
    return Table(*(np.concatenate([getattr(t, name) for t in tables]) for name in Table.__dataclass_fields__))


def strange_images(split: Split, films: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Give images (m, 240, 240) out of scope by kind.

    `films` (n, SIZE, SIZE) are real canvases of the split, which are turned and inverted.
    """
    drawn = resized(out_of_scope_images(split))
    return {
        "slices and drawn negatives": drawn,
        "inverted": 255 - films,
        "on its side": np.ascontiguousarray(np.rot90(films, 1, (1, 2))),
        "on its other side": np.ascontiguousarray(np.rot90(films, 3, (1, 2))),
        "upside down": np.ascontiguousarray(np.rot90(films, 2, (1, 2))),
    }
