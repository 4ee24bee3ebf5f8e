"""Measure whether phantoms' findings in real films teach the classifier anything of real films.

    python -m training.mixed_films
    python -m training.mixed_trial [--steps 300] [--seeds 2]

The network that ships and has not seen the first fold goes on twice, with the same seeds, batches and augmentation: in
one arm four in five of the draws of a film without a finding, as far as `training.mixed_films` has it, show a phantom's
finding and teach its label and its place; in the other they stay as they are. Measured on NIH's films of the first
fold whose patients taught nothing (`training.new_films`) and on phantoms, intervals of the difference over patients;
the mean over seeds of what is said, and each seed by itself. A picture of 192 px, as the product sees it, in float32.
"""

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch.nn import functional

from overread.backends._classifier import pooled
from training.augment import unit_planes
from training.clip_data import CHILDREN, DENSE_CHANNELS, label_vector
from training.data import LABELS, manifest
from training.embeddings import row_labels
from training.folds import TEST_FOLD
from training.gains import Said, gains, told
from training.loop import Plan
from training.network import SHIPPED, Network, plan_of, speak_as, started, train
from training.network_data import SEEN, Sampler, Taken
from training.new_films import new_rows
from training.paths import MODELS, RESULTS, WORK
from training.phantom_cache import FINDING_CHANNELS, Phantoms

SHARE = 0.8
RATE = 3e-4
"""Below that of the first training: the network goes on."""
AT_ONCE = 64


class MixedSampler(Sampler):
    """The classifier's batches, in which some films without a finding show a phantom's; what is drawn is the same."""

    def __init__(self, left_out: int, share: float) -> None:
        """Show a finding in this share of the draws of a film that has a mixed picture."""
        super().__init__(left_out)
        self.share = share
        with np.load(WORK / "cache" / "mixed.npz") as cache:
            self.pictures, self.cover = cache["images"], cache["cover"]
            self.shown = [FINDING_CHANNELS[channel] for channel in cache["channels"]]
            places = {int(row): place for place, row in enumerate(cache["rows"])}
        self.mixed = {film: places[int(row)] for film, row in enumerate(self.films.rows) if int(row) in places}

    def taken(self, index: list[int], seed: int) -> Taken:
        """Give the films that a seed's batch has drawn, some of them mixed."""
        plain = super().taken(index, seed)
        draw = random.Random(f"mixed:{seed}")
        for place, film in enumerate(index):
            if draw.random() < self.share and film in self.mixed:
                mixed = self.mixed[film]
                plain.images[place] = self.pictures[mixed]
                plain.labels[place] = torch.tensor(labels_with(plain.labels[place].tolist(), self.shown[mixed]))
                channel = DENSE_CHANNELS.index(self.shown[mixed])
                plain.places[place, channel] = self.cover[mixed] / np.float16(255)
        return plain


def labels_with(labels: Sequence[float], shown: str) -> list[float]:
    """Give a film's labels once it shows a finding as well, and what that finding is a kind of.

    A consolidation teaches nothing of pneumonia, as in films; devices leave No Finding as it is.
    """
    changed = dict(zip(LABELS, labels, strict=True))
    changed[shown] = 1.0
    if shown in CHILDREN["Lung Opacity"]:
        changed["Lung Opacity"] = 1.0
    if shown == "Consolidation":
        changed["Pneumonia"] = float("nan")
    if shown != "Support Devices":
        changed["No Finding"] = 0.0
    return list(changed.values())


def trained(plan: Plan, share: float) -> Network:
    """Go on from what ships with its heads; gives the averaged network."""
    sampler = MixedSampler(TEST_FOLD, share)
    model = started(plan, TEST_FOLD, SHIPPED, sampler)
    speak_as(model, *shipped_heads())
    model = train(plan, model, sampler)  # type: ignore[assignment]
    return model.eval()


def shipped_heads() -> tuple[torch.Tensor, torch.Tensor]:
    """Give weight and bias of the network that has not seen the test fold."""
    heads = load_file(MODELS / "classifier" / "heads.safetensors")
    weight, bias = (torch.from_numpy(heads[f"network_{part}"][TEST_FOLD]) for part in ("weight", "bias"))
    return weight, bias


@torch.no_grad()
def logits(model: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give (n, labels) of square images (n, s, s)."""
    weight, bias = model.linear()
    found = []
    for start in range(0, len(images), AT_ONCE):
        shown = functional.interpolate(unit_planes(images[start : start + AT_ONCE]), (SEEN, SEEN), mode="area")
        found.append(pooled(model.map_of(shown)) @ weight.T + bias)
    return torch.cat(found).numpy()


def test_films() -> tuple[NDArray[np.uint8], Said]:
    """Give the films (n, 256, 256), and what is known of them."""
    place = {row.id: index for index, row in enumerate(manifest())}
    rows = new_rows()
    images = np.load(WORK / "cache" / "real.npz")["images"][[place[row.id] for row in rows]]
    labels = np.array([row_labels(row) for row in rows], np.float32)
    return images, Said(labels, np.array([row.fields["patient_id"] for row in rows]))


def test_phantoms() -> tuple[NDArray[np.uint8], Said]:
    """Give the phantoms of the test split, each a patient of its own."""
    phantoms = Phantoms("test", frontal_only=True)
    labels = np.array([label_vector(facts) for facts in phantoms.facts], np.float32)
    return phantoms.images, Said(labels, phantoms.numbers)


def main() -> None:
    """Train both arms and print what they gain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    start = time.process_time()
    sets = {"films": test_films(), "phantoms": test_phantoms()}
    said: dict[str, dict[str, list[NDArray[np.float32]]]] = {name: {"plain": [], "mixed": []} for name in sets}
    for seed in range(1, options.seeds + 1):
        for arm, share in (("plain", 0.0), ("mixed", SHARE)):
            model = trained(plan_of(f"mixed-trial/{arm}-{seed}", options.steps, RATE, seed), share)
            for name, (images, _) in sets.items():
                said[name][arm].append(logits(model, images))
        results = {name: compared(known, said[name]) for name, (_, known) in sets.items()}
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "mixed_trial.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(seed, "seeds,", round(time.process_time() - start), "processor seconds", flush=True)


def compared(known: Said, said: Mapping[str, Sequence[NDArray[np.float32]]]) -> dict[str, Any]:
    """Give and print the gains of the seeds' mean and of each seed."""
    means = {arm: np.mean(np.stack(values), axis=0, dtype=np.float32) for arm, values in said.items()}
    found: dict[str, Any] = {"mean": gains(known, np.asarray(means["plain"]), np.asarray(means["mixed"]))}
    for seed, (plain, mixed) in enumerate(zip(said["plain"], said["mixed"], strict=True), 1):
        found[f"seed {seed}"] = gains(known, plain, mixed)
    for title, figures in found.items():
        print(f"-- {title}\n{told(figures)}")
    return found


if __name__ == "__main__":
    main()
