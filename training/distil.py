"""Cache what the teachers see, on several warped views of each real training film.

    python -m training.distil [--views 3]      write .training/cache/distil.npz

Every view holds its 240 px image (uint8); the frozen trunk's pooled features and its map on a 12 x 12 grid, both
reduced by whitened PCA; and a probability for each label (`chances`), given by a probe of the film's own
source that has never seen the film's patient. The student is shown the view with further changes of intensity.
"""

import argparse

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch.nn import functional
from tqdm import tqdm

from overread.backends._classifier import pooled
from training.augment import affine, warp
from training.data import LABELS, Row, manifest
from training.paths import WORK, work
from training.probe import folds_of, out_of_fold
from training.teacher import load_trunk, maps_of

SIZE = 240
GRID = 12
BATCH = 32
POOLED_PARTS, DENSE_PARTS = 192, 48


def views_of(images: NDArray[np.uint8], seed: int) -> torch.Tensor:
    """Warp (n, 256, 256) films mildly; the first seed's view is the film itself."""
    batch = torch.from_numpy(images).float().unsqueeze(1) / 255
    generator = torch.Generator().manual_seed(seed)
    maps = affine(len(images), generator, degrees=8, zoom=(0.85, 1.25), shift=0.07)
    if seed == 0:
        maps = torch.eye(2, 3).repeat(len(images), 1, 1)
    return warp(batch, maps, SIZE).clamp(0, 1)


def reduce(values: NDArray[np.float32], parts: int, seed: int = 0) -> NDArray[np.float16]:
    """Standardise and reduce (n, d) features by whitened PCA fitted on at most 12,000 of them."""
    chosen = np.random.default_rng(seed).permutation(len(values))[:12_000]
    centre, scale = values[chosen].mean(0), values[chosen].std(0) + 1e-3
    pca = PCA(parts, whiten=True, svd_solver="randomized", random_state=seed).fit((values[chosen] - centre) / scale)
    reduced = [pca.transform((block - centre) / scale) for block in np.array_split(values, max(1, len(values) // 4096))]
    return np.concatenate(reduced).clip(-5, 5).astype(np.float16)


def soft_labels(rows: list[Row], views: NDArray[np.float32]) -> NDArray[np.float16]:
    """Give (v, n, labels) probabilities, NaN where the film's source teaches too little of a label."""
    chances = np.full((len(views), len(rows), len(LABELS)), np.nan, np.float16)
    sources = np.array([row.source for row in rows])
    folds = folds_of([row.fields["patient_id"] for row in rows])
    for source in np.unique(sources):
        mine = sources == source
        for place, label in enumerate(LABELS):
            truth = np.array([row.label(label) for row in rows], np.float32)[mine]
            logits = out_of_fold(views[0, mine], truth, folds[mine], views[:, mine])
            chances[:, mine, place] = 1 / (1 + np.exp(-logits))
    return chances


def main() -> None:
    """Build the cache."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--views", type=int, default=3)
    options = parser.parse_args()
    rows = manifest()
    index = np.array([i for i, row in enumerate(rows) if row.trainable and row.split == "train"])
    films = np.load(WORK / "cache" / "real.npz")["images"][index]
    trunk = load_trunk()
    images, dense, probed = [], [], []
    for view in tqdm(range(options.views), desc="views"):
        for start in tqdm(range(0, len(films), BATCH), desc="teacher", leave=False, mininterval=10):
            warped = views_of(films[start : start + BATCH], view * 100_003 + start if view else 0)
            grid = maps_of(trunk, warped)
            images.append((warped[:, 0] * 255).round().to(torch.uint8).numpy())
            dense.append(functional.adaptive_avg_pool2d(grid, GRID).permute(0, 2, 3, 1).numpy().astype(np.float16))
            probed.append(pooled(grid).numpy())
    maps = np.concatenate(dense)
    reduced = reduce(maps.reshape(-1, maps.shape[-1]).astype(np.float32), DENSE_PARTS)
    seen = np.concatenate(probed)
    views = seen.reshape(options.views, len(index), -1)
    np.savez(
        work("cache", "distil.npz"),
        images=np.concatenate(images),
        rows=np.tile(index, options.views),
        pooled=reduce(seen, POOLED_PARTS),
        dense=reduced.reshape(*maps.shape[:3], DENSE_PARTS),
        chances=soft_labels([rows[i] for i in index], views).reshape(-1, len(LABELS)),
    )


if __name__ == "__main__":
    main()
