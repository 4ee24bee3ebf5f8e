"""What hospitals gain by pooling their counts (`overread pool`), with NIH's patients dealt into hospitals.

    python -m training.pooled_eval

Logits are the classifier's, each film's by the network that has not seen its patient. Half of the patients calibrate,
the other half is measured: the Brier score, the mean over labels and films.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from overread.imaging.letterbox import letterbox
from overread.measuring.statistics import Floats, Point, fit
from overread.measuring.tables import Seen
from overread.pooling.merging import films_of
from overread.pooling.share import counted
from overread.tools._measured_here import logit_of
from training.classifier_features import TRUNKS, features_of, heads_of_networks
from training.data import LABELS, manifest, read_gray
from training.embeddings import row_labels
from training.folds import fold_of, taught_the_start
from training.measures import resampled
from training.paths import data_root

SOURCE = "nih-cxr14"
SITES = (4, 12, 36)
EPSILONS = (1.0, 4.0, 16.0)
"""Of a whole share, all labels together."""
LEAST = 100
"""Films of each kind from which a label counts."""
FEWEST = 2
"""Films of each kind without which no label is calibrated; then all films pooled stand in."""


def main() -> None:
    """Print a row for each number of hospitals."""
    logits, labels, patients = _films()
    print(f"{len(patients)} films, {patients.max() + 1} patients, {labels.shape[1]} labels")
    for sites in SITES:
        losses = _losses(logits, labels, patients, sites)
        base = losses.pop("all films pooled")
        print(f"{sites} hospitals; all films pooled: Brier score {np.nanmean(base):.4f}")
        for name, loss in losses.items():
            print(f"  {name}: {_told(loss - base, patients)}")


def _films() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Give logits and labels (films, labels that enough films have), and the number of each film's patient."""
    before = taught_the_start(manifest())
    fresh = (row for row in manifest() if row.source == SOURCE and row.fields["patient_id"] not in before)
    rows = [row for row in fresh if row.fields["view"] != "L"]
    folds = np.array([fold_of(row.fields["patient_id"]) for row in rows])

    def canvas(index: int, size: int) -> NDArray[np.uint8]:
        return letterbox(read_gray(data_root() / "cxr" / rows[index].fields["path"]), size).pixels

    logits = np.zeros((len(rows), len(LABELS)), np.float32)
    for fold, (folder, weight, bias) in enumerate(zip(TRUNKS, *heads_of_networks(), strict=True)):
        mine = np.flatnonzero(folds == fold)
        logits[mine] = features_of(folder, "pooled", mine, canvas) @ weight.T + bias
    labels = np.array([row_labels(row) for row in rows], np.float32)
    _, patients = np.unique([row.fields["patient_id"] for row in rows], return_inverse=True)
    enough = [label for label in range(len(LABELS)) if _known(labels[:, label])]
    return logits[:, enough], labels[:, enough], patients


def _known(truth: NDArray[np.float32]) -> bool:
    return bool(min((truth == 1).sum(), (truth == 0).sum()) >= LEAST)


def _losses(
    logits: NDArray[np.float32], labels: NDArray[np.float32], patients: NDArray[np.intp], sites: int
) -> dict[str, Floats]:
    """Give the squared error (films, labels) of films that calibrate nothing, by way of calibrating; else NaN."""
    draw = np.random.default_rng(sites)
    site = draw.permutation(patients.max() + 1)[patients] % sites
    taught = draw.random(patients.max() + 1)[patients] < 0.5
    losses: dict[str, Floats] = {}
    for label in range(labels.shape[1]):
        known = ~np.isnan(labels[:, label])
        scores = np.array([logit_of(1 / (1 + np.exp(-value))) for value in logits[:, label].clip(-30, 30)])
        parts = [
            Seen(labels[rows, label] == 1, 1 / (1 + np.exp(-scores[rows])), patients[rows])
            for rows in (known & taught & (site == one) for one in range(sites))
        ]
        for one in range(sites):
            rows = known & ~taught & (site == one)
            for name, point in _points(parts, one, labels.shape[1], draw).items():
                loss = losses.setdefault(name, np.full(labels.shape, np.nan))
                loss[rows, label] = (point.chances(scores[rows]) - labels[rows, label]) ** 2
    return losses


def _points(parts: list[Seen], one: int, labels: int, draw: np.random.Generator) -> Mapping[str, Point]:
    """Calibrate for one hospital in each way."""
    return dict(_ways(parts, one, labels, draw))


def _ways(parts: list[Seen], one: int, labels: int, draw: np.random.Generator) -> Iterator[tuple[str, Point]]:
    exact = _together(parts)
    yield "all films pooled", _fitted(exact)
    own = parts[one]
    yield "each alone", _fitted(own if min(own.counts.values()) >= FEWEST else exact)
    for epsilon in (None, *EPSILONS):
        counts = np.sum([counted(part, draw, epsilon and epsilon / labels) for part in parts], axis=0)
        told = films_of(counts)
        name = "counts pooled" + (f", epsilon {epsilon:g}" if epsilon else "")
        yield name, _fitted(told if min(told.counts.values()) >= FEWEST else exact)


def _together(parts: list[Seen]) -> Seen:
    return Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("truth", "value", "patient")))


def _fitted(films: Seen) -> Point:
    return fit(films.truth, np.array([logit_of(value) for value in films.value]))


def _told(gain: Floats, patients: NDArray[np.intp]) -> str:
    draws = [np.nanmean(gain[rows]) for rows in resampled(patients)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{np.nanmean(gain):+.4f} ({low:+.4f} to {high:+.4f})"


if __name__ == "__main__":
    main()
