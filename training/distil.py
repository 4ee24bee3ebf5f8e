"""Cache what the teacher sees of every training film and phantom: the maps of the classifier's fine-tuned trunk.

    python -m training.distil      write .training/cache/distil.npz (about three minutes)

A convolutional network that starts from ImageNet learns small findings in an hour; a small vision transformer does not.
Its tokens are therefore taught to hold what that network's map at stride 16 holds in the same place, and those of an
early layer what it holds at stride 8: lines and edges (FitNets; Romero et al. 2015, arXiv 1412.6550). The maps are
reduced by principal components; the strong ones are damped, not flattened. The student is shown the image turned,
shifted and changed in intensity: its target is the map turned alike. What the network says of a real film's labels is
kept as well: labels mined from reports are noisy, and one that is half taught by such soft ones learns less by heart.

The teacher is the network that has not seen the fold whose patients test the CLIP and the VLM (`training.folds`).
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.decomposition import PCA
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from overread.backends._classifier import pooled
from training.augment import unit_planes
from training.data import LABELS, Row, manifest
from training.folds import TEST_FOLD, teaching
from training.paths import MODELS, WORK, save_arrays, work
from training.phantom_cache import Phantoms
from training.resolution import GRID
from training.teacher import standardised

BATCH = 32
PARTS, HINT_PARTS = 64, 24
HINT_BLOCK, HINT_GRID = 5, 2 * GRID
FEWEST = 15
"""Films of a source with and without a label from which the teacher is asked for it."""
"""The trunk's last block at stride 8, and how many of its places a side the early tokens are taught (2 x 2 a token)."""
FITTED_ON = 60_000
"""Places that the principal components are fitted on."""


def load_teacher() -> Any:
    """Load the trunk that has not seen the test fold, the first of the classifier's, as it ships."""
    from transformers import EfficientNetModel

    folder = MODELS / "classifier" / (f"fold_{TEST_FOLD}" if TEST_FOLD else "")
    return EfficientNetModel.from_pretrained(folder, dtype=torch.float32).eval().to(memory_format=torch.channels_last)


class Sight(NamedTuple):
    """What the teacher makes of n images, at the size that it was taught at."""

    late: NDArray[np.float16]
    """(n, 112, GRID, GRID): the map at stride 16."""
    early: NDArray[np.float16]
    """(n, 40, HINT_GRID, HINT_GRID): the map at stride 8."""
    chances: NDArray[np.float32]
    """(n, labels): its own heads, as probabilities."""


class Teacher(NamedTuple):
    """A trunk, on any device, and its heads on what is pooled of its last map."""

    trunk: Any
    weight: Tensor
    """(labels, features)."""
    bias: Tensor


def shipped_teacher() -> Teacher:
    """Give the network that has not seen the test fold, as it ships."""
    heads = load_file(MODELS / "classifier" / "heads.safetensors")
    weight, bias = (torch.from_numpy(heads[f"network_{part}"][TEST_FOLD]) for part in ("weight", "bias"))
    return Teacher(load_teacher(), weight, bias)


@torch.no_grad()
def seen_by(teacher: Teacher, images: NDArray[np.uint8], name: str) -> Sight:
    """Look at square images (n, s, s)."""
    trunk = teacher.trunk
    late, early, chances = [], [], []
    for start in tqdm(range(0, len(images), BATCH), desc=name, mininterval=10):
        batch = unit_planes(images[start : start + BATCH])
        shown = functional.interpolate(batch, trunk.config.image_size, mode="area").to(trunk.device)
        states = trunk(pixel_values=standardised(shown), output_hidden_states=True).hidden_states
        seen = states[-1].cpu()
        late.append(seen.numpy().astype(np.float16))
        early.append(states[HINT_BLOCK].cpu().numpy().astype(np.float16))
        chances.append(torch.sigmoid(pooled(seen) @ teacher.weight.T + teacher.bias).numpy())
    return Sight(np.concatenate(late), np.concatenate(early), np.concatenate(chances))


def asked(rows: list[Row]) -> NDArray[np.bool_]:
    """Mark the labels (n, labels) that a film's source knows of enough films: of others the teacher is not asked."""
    marked = np.zeros((len(rows), len(LABELS)), bool)
    sources = np.array([row.source for row in rows])
    truth = np.array([[row.label(name) for name in LABELS] for row in rows])
    for source in np.unique(sources):
        mine = sources == source
        enough = [min((truth[mine, i] == 1).sum(), (truth[mine, i] == 0).sum()) >= FEWEST for i in range(len(LABELS))]
        marked[mine] = enough
    return marked


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
    """Build the cache with the teacher that ships."""
    build(shipped_teacher())


def build(teacher: Teacher) -> None:
    """Build the cache."""
    rows = manifest()
    index = [i for i in teaching(rows) if rows[i].fields["view"] != "L"]
    films = seen_by(teacher, np.load(WORK / "cache" / "real.npz")["images"][index], "films")
    phantoms = Phantoms("train")
    drawn = seen_by(teacher, phantoms.images, "phantoms")
    chances = np.where(asked([rows[i] for i in index]), films.chances, np.nan)
    kept = {"rows": np.array(index), "chances": chances, "numbers": phantoms.numbers}
    maps = (("", PARTS, films.late, drawn.late), ("_hint", HINT_PARTS, films.early, drawn.early))
    for name, parts, of_films, of_phantoms in maps:
        reduced = Reduced(np.concatenate([of_films, of_phantoms[: len(index)]]), parts)
        kept |= {f"films{name}": reduced.of(of_films), f"phantoms{name}": reduced.of(of_phantoms)}
    save_arrays(work("cache", "distil.npz"), kept)


if __name__ == "__main__":
    main()
