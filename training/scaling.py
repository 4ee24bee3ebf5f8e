"""What more films and a crop of the lungs are worth to a frozen trunk: a scaling curve, and an ablation.

    python -m training.scaling      prints both, and draws docs/images/scaling.png

Logistic probes of the ImageNet trunk (`training.probe`) at 320 px, of NIH's frontal films at 512 px, five folds of
patients: what is said of a film rests on patients of other folds. The curve teaches with a share of those patients, the
same whoever asks; intervals are over patients. The crop is the box around both lungs as the shipped segmenter sees
them, a tenth wider on each side; where it sees none the film stays whole.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training.classifier_features import Canvas, imagenet_features
from training.data import LABELS, Row, manifest, read_gray
from training.embeddings import row_labels
from training.measures import Figure, resampled
from training.paths import ROOT, data_root
from training.probe import Basis, Matrix
from training.segmenter_films import load_segmenter
from training.segmenter_measures import predict

SOURCE = "nih-cxr14"
FOLDS = 5
FEWEST = 100
"""Films of each kind from which a label counts: the smallest share must still hold a few."""
DIRECTIONS = 800
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
WIDER = 0.1
MASKS, AT_ONCE = 256, 64
PICTURE = ROOT / "docs" / "images" / "scaling.png"


class Films(NamedTuple):
    """n films with what is known of them."""

    rows: list[Row]
    labels: NDArray[np.float32]
    """(n, labels), NaN where it is not known."""
    patients: NDArray[np.str_]


def main() -> None:
    """Measure, print and draw."""
    films = _films()
    order = np.arange(len(films.rows))
    whole = imagenet_features("whole", order, lambda index, size: letterbox(_pixels(films, index), size).pixels)
    cropped = imagenet_features("lungs", order, _cropping(films))
    points = [(*_size(films, share), figure) for share, figure in _curve(films, whole)]
    for patients, count, figure in points:
        print(f"{patients} patients, {count} films: {_told(figure)}")
    said = {"whole": _said(films, whole, 1.0), "lungs": _said(films, cropped, 1.0)}
    said["mean of both"] = _standard(said["whole"]) + _standard(said["lungs"])
    for name, figures in zip(("lungs", "mean of both"), _against(films, said), strict=True):
        print(f"{name} less whole: {_told(figures)}")
    _draw([(count, figure) for _, count, figure in points], PICTURE)


def _films() -> Films:
    rows = [row for row in manifest() if row.source == SOURCE and row.fields["view"] != "L"]
    labels = np.array([row_labels(row) for row in rows], np.float32)
    return Films(rows, labels, np.array([row.fields["patient_id"] for row in rows]))


def _pixels(films: Films, index: int) -> NDArray[np.uint8]:
    return read_gray(data_root() / "cxr" / films.rows[index].fields["path"])


def _cropping(films: Films) -> Canvas:
    boxes = list(_boxes(films))

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(_pixels(films, index)[boxes[index]], size).pixels

    return canvas


def _boxes(films: Films) -> Iterator[tuple[slice, slice]]:
    """Give each film's part with both lungs; NIH's films are square, as the canvas is."""
    model = load_segmenter()
    for start in tqdm(range(0, len(films.rows), AT_ONCE), desc="lungs", mininterval=10):
        chosen = range(start, min(start + AT_ONCE, len(films.rows)))
        canvases = np.stack([letterbox(_pixels(films, index), MASKS).pixels for index in chosen])
        for index, chance in zip(chosen, predict(model, canvases), strict=True):
            yield _around((chance[:2] > 0.5).any(0), _pixels(films, index).shape)


def _around(lungs: NDArray[np.bool_], shape: tuple[int, ...]) -> tuple[slice, slice]:
    if not lungs.any():
        return slice(None), slice(None)

    def part(axis: int) -> slice:
        where = np.flatnonzero(lungs.any(1 - axis))
        first, last = where[0] / MASKS, (where[-1] + 1) / MASKS
        room = WIDER * (last - first)
        return slice(round(max(0, first - room) * shape[axis]), round(min(1, last + room) * shape[axis]))

    return part(0), part(1)


def _place(patient: str, purpose: str) -> float:
    return int(hashlib.sha256(f"{purpose}:{patient}".encode()).hexdigest()[:8], 16) / 2**32


def _folds(films: Films) -> NDArray[np.int64]:
    return np.array([int(_place(patient, "scaling-fold") * FOLDS) for patient in films.patients])


def _kept(films: Films, share: float) -> NDArray[np.bool_]:
    return np.array([_place(patient, "scaling-share") < share for patient in films.patients])


def _size(films: Films, share: float) -> tuple[int, int]:
    """Count patients and films that teach a fold, in the mean."""
    kept = films.patients[_kept(films, share)]
    return round(len(set(kept)) * (1 - 1 / FOLDS)), round(len(kept) * (1 - 1 / FOLDS))


def _said(films: Films, features: Matrix, share: float) -> Matrix:
    """Give logits (n, labels) of probes without the film's fold; NaN for labels that too few films have."""
    folds, kept = _folds(films), _kept(films, share)
    said = np.full(films.labels.shape, np.nan, np.float32)
    for held in range(FOLDS):
        inside, outside = folds == held, (folds != held) & kept
        full = Basis.of(features[outside])
        basis = Basis(full.mean, full.scale, full.directions[:DIRECTIONS])
        for label in _labels(films):
            rows = outside & ~np.isnan(films.labels[:, label])
            probe = basis.fit(basis.project(features[rows]), films.labels[rows, label])
            said[inside, label] = probe.logit(features[inside])
    return said


def _labels(films: Films) -> Iterator[int]:
    for label in range(len(LABELS)):
        known = films.labels[~np.isnan(films.labels[:, label]), label]
        if min(known.sum(), (1 - known).sum()) >= FEWEST:
            yield label


def _macro(films: Films, said: Matrix, rows: NDArray[np.int64]) -> float:
    areas = []
    for label in _labels(films):
        known = rows[~np.isnan(films.labels[rows, label])]
        areas.append(roc_auc_score(films.labels[known, label], said[known, label]))
    return float(np.mean(areas))


def _curve(films: Films, features: Matrix) -> Iterator[tuple[float, Figure]]:
    for share in tqdm(SHARES, desc="shares", mininterval=10):
        said = _said(films, features, share)
        yield share, _figure([_macro(films, said, rows) for rows in _draws(films)])


def _against(films: Films, said: dict[str, Matrix]) -> list[Figure]:
    draws = list(_draws(films))
    base = np.array([_macro(films, said["whole"], rows) for rows in draws])
    others = [name for name in said if name != "whole"]
    return [_figure([_macro(films, said[name], rows) for rows in draws] - base) for name in others]


def _draws(films: Films) -> Iterator[NDArray[np.int64]]:
    """Give all films, then draws of patients with replacement."""
    yield np.arange(len(films.rows))
    yield from resampled(films.patients)


def _figure(values: Sequence[float] | NDArray[np.float64]) -> Figure:
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return {"value": float(values[0]), "low": float(low), "high": float(high)}


def _standard(logits: Matrix) -> Matrix:
    return np.asarray((logits - logits.mean(0)) / logits.std(0), np.float32)


def _told(figure: Figure) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _draw(points: Sequence[tuple[int, Figure]], path: Path) -> None:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(4.6, 3))
    axis = drawing.add_subplot()
    films = [count for count, _ in points]
    middle = np.array([figure["value"] for _, figure in points])
    reach = np.abs(np.array([[figure["low"], figure["high"]] for _, figure in points]).T - middle)
    axis.errorbar(films, middle, reach, marker="o", capsize=3)
    axis.set(xscale="log", xlabel="NIH films that teach", ylabel="macro AUROC", xticks=films, xticklabels=films)
    axis.minorticks_off()
    axis.grid(alpha=0.3)
    drawing.savefig(path, dpi=90, bbox_inches="tight")
    path.chmod(0o644)


if __name__ == "__main__":
    main()
