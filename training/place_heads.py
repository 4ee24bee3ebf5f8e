"""Teach the classifier's map heads: at each place of a trunk's last maps, what each finding looks like.

    python -m training.place_heads

Writes into models/classifier/heads.safetensors place_weight (labels, trunks, channels) and place_bias (labels, trunks):
logistic regressions for the backend, a row of zeros where a label has none. They are taught by training phantoms
with their masks, by NIH's boxes, and by films without a finding; the head of a fold's trunk by films of the other
folds' patients only, as the trunk itself. The trunks stay as they are; `training.places_eval` measures all of it.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training import teacher
from training.augment import unit_planes
from training.classifier import save_heads
from training.classifier_features import BATCH, FOLDER, TRUNKS, load_trunk
from training.data import manifest, read_gray
from training.film_boxes import NOT_NIHS
from training.folds import COUNT, fold_of
from training.network_data import SEEN, teaches
from training.paths import data_root, work
from training.phantom_cache import FINDING_CHANNELS, Phantoms
from training.placed import CHILDREN, Shown, films

PHANTOMS, CLEAR = 2000, 600
"""Most phantoms, and most films without a finding, that teach."""
FILM, CLEAR_FILM = 8.0, 1.0
"""What a film with boxes, and one without a finding, count against a phantom."""
COVERED = 3.0
"""Weight of a place that a finding covers."""
DECAY, STEPS = 1e-3, 40
SIDE = SEEN // 16
SEEN_AS = {"Pneumonia": "Lung Opacity"}
"""Labels that look like another one, which phantoms show."""
Planes = NDArray[np.float32]


def maps_of(name: str, canvases: Sequence[NDArray[np.uint8]]) -> NDArray[np.float16]:
    """Give (n, trunks, channels, SIDE, SIDE): the last maps of square canvases, computed once for each version."""
    version = hashlib.sha256(b"".join((folder / "model.safetensors").read_bytes() for folder in TRUNKS)).hexdigest()
    path = work("features", f"maps-{name}-{len(canvases)}-{version[:16]}.npy")
    if not path.exists():
        found = np.zeros((len(canvases), len(TRUNKS), teacher.CHANNELS[-1], SIDE, SIDE), np.float16)
        for place, folder in enumerate(TRUNKS):
            trunk = load_trunk(folder)
            for start in tqdm(range(0, len(canvases), BATCH), desc=f"{name} {place}", mininterval=10):
                images = unit_planes(np.stack(canvases[start : start + BATCH]))
                found[start : start + BATCH, place] = teacher.maps_of(trunk, images).numpy()
        np.save(path, found)
    return np.asarray(np.load(path))


def of_phantoms() -> tuple[NDArray[np.float16], Planes]:
    """Give maps of training phantoms, and (n, findings, SIDE, SIDE) what each place shows of them."""
    drawn = Phantoms("train", frontal_only=True)
    covered = drawn.findings[:PHANTOMS].astype(np.float32) / 255
    names = [name.lower().replace(" ", "_") for name in FINDING_CHANNELS]
    for label, children in CHILDREN.items():
        if label in FINDING_CHANNELS:
            parts = [covered[:, names.index(child)] for child in children]
            covered[:, FINDING_CHANNELS.index(label)] = np.maximum.reduce(parts)
    canvases = [letterbox(image, SEEN).pixels for image in drawn.images[:PHANTOMS]]
    return maps_of("phantoms", canvases), _pooled(covered)


def of_boxes(shown: Sequence[Shown]) -> tuple[NDArray[np.float16], Planes]:
    """Give the same of films with boxes; NaN for a finding that a film has no box of."""
    covered = np.full((len(shown), len(FINDING_CHANNELS), SIDE, SIDE), np.nan, np.float32)
    for planes, film in zip(covered, shown, strict=True):
        for label, mask in film.places.items():
            if label in FINDING_CHANNELS:
                fitted = letterbox(mask.astype(np.uint8) * 255, 16 * SIDE).pixels.astype(np.float32) / 255
                planes[FINDING_CHANNELS.index(label)] = _pooled(fitted[None])[0]
    return maps_of("boxes", [letterbox(film.picture, SEEN).pixels for film in shown]), covered


def of_clear_films() -> tuple[NDArray[np.float16], Planes, NDArray[np.int64]]:
    """Give the same of NIH films without a finding, and their folds; NaN for what NIH has no label of."""
    rows = [r for r in manifest() if r.source == "nih-cxr14" and teaches(r) and r.label("No Finding") == 1][:CLEAR]
    covered = np.zeros((len(rows), len(FINDING_CHANNELS), SIDE, SIDE), np.float32)
    covered[:, [FINDING_CHANNELS.index(name) for name in NOT_NIHS]] = np.nan
    canvases = [letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), SEEN).pixels for row in rows]
    return maps_of("clear", canvases), covered, np.array([fold_of(row.fields["patient_id"]) for row in rows])


def _pooled(covered: NDArray[Any]) -> Planes:
    return np.asarray(functional.adaptive_avg_pool2d(torch.from_numpy(covered).float(), SIDE).numpy())


def fit(maps: Tensor, covered: Tensor, weight: Tensor) -> tuple[Planes, Planes]:
    """Fit weight (findings, channels) and bias (findings) at all places of n images that weigh (n,)."""
    seen = maps.permute(0, 2, 3, 1).flatten(0, 2)
    mean, scale = seen.mean(0), seen.std(0) + 1e-2
    seen = (seen - mean) / scale
    truth = covered.permute(0, 2, 3, 1).flatten(0, 2)
    known = ~truth.isnan()
    truth = truth.nan_to_num(0.0)
    counts = weight.repeat_interleave(SIDE * SIDE)[:, None] * known * (1 + (COVERED - 1) * truth)
    counts = counts / counts.sum(0)
    linear = torch.zeros(seen.shape[1], truth.shape[1], requires_grad=True)
    bias = torch.full((truth.shape[1],), -3.0, requires_grad=True)
    solver = torch.optim.LBFGS([linear, bias], max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        each = functional.binary_cross_entropy_with_logits(seen @ linear + bias, truth, reduction="none")
        found = (each * counts).sum() + DECAY * (linear**2).sum()
        found.backward()
        return found

    solver.step(loss)
    folded = linear.detach() / scale[:, None]
    return folded.T.numpy(), (bias.detach() - mean @ folded).numpy()


def main() -> None:
    """Teach a head for each fold's trunk and write them beside the label heads."""
    torch.manual_seed(0)
    shown = films()
    of_fold = np.array([film.fold for film in shown])
    (drawn, drawn_places), (boxed, boxes) = of_phantoms(), of_boxes(shown)
    clear, nothing, clear_folds = of_clear_films()
    found = []
    for fold in tqdm(range(COUNT), desc="map heads"):
        mine, theirs = of_fold != fold, clear_folds != fold
        maps = np.concatenate([drawn[:, fold], boxed[mine, fold], clear[theirs, fold]]).astype(np.float32)
        covered = np.concatenate([drawn_places, boxes[mine], nothing[theirs]])
        counts = np.repeat([1.0, FILM, CLEAR_FILM], [len(drawn), mine.sum(), theirs.sum()]).astype(np.float32)
        found.append(fit(torch.from_numpy(maps), torch.from_numpy(covered), torch.from_numpy(counts)))
    spec = json.loads((FOLDER / "heads.json").read_text(encoding="utf-8"))
    arrays = load_file(FOLDER / "heads.safetensors")
    arrays["place_weight"] = np.zeros((len(arrays["label_weight"]), COUNT, teacher.CHANNELS[-1]), np.float32)
    arrays["place_bias"] = np.zeros(arrays["place_weight"].shape[:2], np.float32)
    for item in spec["labels"]:
        name = SEEN_AS.get(item["name"], item["name"])
        if name in FINDING_CHANNELS:
            channel = FINDING_CHANNELS.index(name)
            arrays["place_weight"][item["row"]] = np.stack([weight[channel] for weight, _ in found])
            arrays["place_bias"][item["row"]] = np.stack([bias[channel] for _, bias in found])
    save_heads(arrays)


if __name__ == "__main__":
    main()
