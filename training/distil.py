"""Cache what the teacher sees of every training film and phantom: the maps of the classifier's fine-tuned trunk.

    python -m training.distil      write .training/cache/distil.npz (about five minutes)

A convolutional network that starts from ImageNet learns small findings in an hour; a small vision transformer does not.
Its tokens are therefore taught to hold what that network's map at stride 16 holds in the same place, and those of an
early layer what it holds at stride 8: lines and edges (FitNets; Romero et al. 2015, arXiv 1412.6550). The maps are
reduced by principal components; the strong ones are damped, not flattened. The student is shown the image turned,
shifted and changed in intensity: its target is the map turned alike.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from tqdm import tqdm

from training.augment import unit_planes
from training.data import manifest
from training.paths import MODELS, WORK, save_arrays, work
from training.phantom_cache import Phantoms
from training.teacher import standardised

SIZE = 240
GRID = 12
BATCH = 32
PARTS, HINT_PARTS = 64, 24
HINT_BLOCK, HINT_GRID = 5, 24
"""The trunk's last block at stride 8, and how many of its places a side the early tokens are taught (2 x 2 a token)."""
FITTED_ON = 60_000
"""Places that the principal components are fitted on."""


def load_teacher() -> torch.nn.Module:
    """Load the first of the classifier's trunks, as it ships."""
    from transformers import EfficientNetModel

    folder = MODELS / "classifier"
    return EfficientNetModel.from_pretrained(folder, dtype=torch.float32).eval().to(memory_format=torch.channels_last)


@torch.no_grad()
def seen_by(
    teacher: torch.nn.Module, images: NDArray[np.uint8], name: str
) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Give the maps of (n, 256, 256) images: (n, 112, 16, 16) at stride 16 and (n, 40, 32, 32) at stride 8."""
    late, early = [], []
    for start in tqdm(range(0, len(images), BATCH), desc=name, mininterval=10):
        batch = unit_planes(images[start : start + BATCH])
        states = teacher(pixel_values=standardised(batch), output_hidden_states=True).hidden_states
        late.append(states[-1].numpy().astype(np.float16))
        early.append(states[HINT_BLOCK].numpy().astype(np.float16))
    return np.concatenate(late), np.concatenate(early)


class Reduced:
    """Standardise channels and keep the leading components, each divided by the root of its deviation."""

    def __init__(self, maps: NDArray[np.float16], parts: int, seed: int = 0) -> None:
        places = maps.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1])
        chosen = places[np.random.default_rng(seed).permutation(len(places))[:FITTED_ON]].astype(np.float32)
        self._mean, self._scale = chosen.mean(0), chosen.std(0) + 1e-3
        self._pca = PCA(parts, random_state=seed).fit((chosen - self._mean) / self._scale)
        deviation = np.sqrt(self._pca.explained_variance_)
        self._damping = np.sqrt(deviation * deviation.mean()).astype(np.float32)

    def of(self, maps: NDArray[np.float16]) -> NDArray[np.float16]:
        """Give (n, parts, h, w) of (n, channels, h, w); the mean square over all parts is about 1."""
        count, channels, height, width = maps.shape
        parts = len(self._damping)
        out = np.empty((count, parts, height, width), np.float16)
        for index, one in enumerate(maps):
            places = one.reshape(channels, -1).T.astype(np.float32)
            reduced = self._pca.transform((places - self._mean) / self._scale) / self._damping
            out[index] = reduced.T.reshape(parts, height, width)
        return out


def main() -> None:
    """Build the cache."""
    index = [i for i, row in enumerate(manifest()) if row.trainable and row.split == "train"]
    teacher = load_teacher()
    films = seen_by(teacher, np.load(WORK / "cache" / "real.npz")["images"][index], "films")
    phantoms = Phantoms("train")
    drawn = seen_by(teacher, phantoms.images, "phantoms")
    kept = {"rows": np.array(index), "numbers": phantoms.numbers}
    for place, (name, parts) in enumerate({"": PARTS, "_hint": HINT_PARTS}.items()):
        reduced = Reduced(np.concatenate([films[place], drawn[place][: len(index)]]), parts)
        kept |= {f"films{name}": reduced.of(films[place]), f"phantoms{name}": reduced.of(drawn[place])}
    save_arrays(work("cache", "distil.npz"), kept)


if __name__ == "__main__":
    main()
