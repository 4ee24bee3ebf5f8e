"""Compare the reports of two VLMs on the same held-out images, pair by pair.

    python -m training.vlm_gain BEFORE [AFTER]      folders of models; AFTER is models/vlm

Label F1 over the labels that either part can be measured on, of 610 NIH films and of every frontal test phantom, with
the gain and its 95 % bootstrap interval over patients, the same drawn for both.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.embeddings import resized
from training.facts import Facts, row_facts
from training.measures import FEWEST, f1, resampled
from training.new_films import WITHIN, canvases, new_rows
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.phrases import ABSENT, labels_in
from training.vlm_data import template
from training.writer import Writer, parsed

Matrix = NDArray[np.float64]


def known_of(facts: list[Facts]) -> Matrix:
    """Give (n, labels): 1 present, 0 absent, NaN unknown."""
    return np.array(
        [[1.0 if a in f.present else 0.0 if a in f.absent else np.nan for a in sorted(ABSENT)] for f in facts]
    )


def said_by(folder: Path, images: NDArray[np.uint8]) -> Matrix:
    """Give (n, labels): 1 where a model's report of (n, 240, 240) images states a label."""
    texts = Writer(folder).write(images, [template("report").render()] * len(images), 320)
    said = [labels_in(parsed(text, "findings") or []) for text in texts]
    return np.array([[float(item.get(label, 0) == 1) for label in sorted(ABSENT)] for item in said])


def macro(truth: Matrix, said: Matrix, labels: list[int]) -> float:
    """Give the mean F1 of labels, each over the films that it is known of."""
    rows = [~np.isnan(truth[:, i]) for i in labels]
    return float(np.mean([f1(truth[known, i], said[known, i]) for known, i in zip(rows, labels, strict=True)]))


def gain(truth: Matrix, before: Matrix, after: Matrix, patients: NDArray[Any]) -> dict[str, Any]:
    """Give both macro F1, and the gain with its 95 % interval over patients (n,)."""
    enough = [i for i in range(truth.shape[1]) if min((truth[:, i] == 1).sum(), (truth[:, i] == 0).sum()) >= FEWEST]
    drawn = resampled(patients)
    gains = [macro(truth[rows], after[rows], enough) - macro(truth[rows], before[rows], enough) for rows in drawn]
    low, high = np.quantile(gains, (0.025, 0.975))
    scores = {name: round(macro(truth, said, enough), 4) for name, said in (("before", before), ("after", after))}
    difference = scores["after"] - scores["before"]
    return {**scores, "gain": round(difference, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def main() -> None:
    """Print the gain on films and on phantoms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=MODELS / "vlm")
    options = parser.parse_args()
    rows, phantoms = new_rows(), Phantoms("test", frontal_only=True)
    patients = np.array([row.fields["patient_id"] for row in rows])
    parts = {
        WITHIN: (known_of([row_facts(row) for row in rows]), canvases(rows), patients),
        "phantom": (known_of(phantoms.facts), resized(phantoms.images), phantoms.numbers),
    }
    for name, (truth, images, people) in parts.items():
        before, after = (said_by(folder, images) for folder in (options.before, options.after))
        print(name, len(truth), gain(truth, before, after, people), flush=True)


if __name__ == "__main__":
    main()
