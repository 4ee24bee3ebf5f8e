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
from training.facts import row_facts
from training.measures import FEWEST, macro_f1, resampled
from training.new_films import WITHIN, canvases, new_rows
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.phrases import ABSENT, labels_in
from training.vlm_data import template
from training.vlm_eval import known_of
from training.writer import Writer, parsed

Matrix = NDArray[np.float64]


def said_by(folder: Path, images: NDArray[np.uint8]) -> Matrix:
    """Give (n, labels): 1 where a model's report of (n, SIZE, SIZE) images states a label."""
    texts = Writer(folder).write(images, [template("report").render()] * len(images), 320)
    said = [labels_in(parsed(text, "findings") or []) for text in texts]
    return np.array([[float(item.get(label, 0) == 1) for label in sorted(ABSENT)] for item in said])


def gain(truth: Matrix, before: Matrix, after: Matrix, patients: NDArray[Any]) -> dict[str, Any]:
    """Give both macro F1, and the gain with its 95 % interval over patients (n,)."""
    enough = [i for i in range(truth.shape[1]) if min((truth[:, i] == 1).sum(), (truth[:, i] == 0).sum()) >= FEWEST]
    truth, before, after = (part[:, enough] for part in (truth, before, after))
    gains = [macro_f1(truth[rows], after[rows]) - macro_f1(truth[rows], before[rows]) for rows in resampled(patients)]
    low, high = (round(float(bound), 4) for bound in np.quantile(gains, (0.025, 0.975)))
    scores = {"before": round(macro_f1(truth, before), 4), "after": round(macro_f1(truth, after), 4)}
    return {**scores, "gain": round(scores["after"] - scores["before"], 4), "low": low, "high": high}


def main() -> None:
    """Print the gain on films and on phantoms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=MODELS / "vlm")
    options = parser.parse_args()
    rows, phantoms = new_rows(), Phantoms("test", frontal_only=True)
    patients = np.array([row.fields["patient_id"] for row in rows])
    parts = {
        WITHIN: ([row_facts(row) for row in rows], canvases(rows), patients),
        "phantom": (phantoms.facts, resized(phantoms.images), phantoms.numbers),
    }
    for name, (facts, images, people) in parts.items():
        truth = np.stack([known_of(facts, label) for label in sorted(ABSENT)], 1)
        before, after = (said_by(folder, images) for folder in (options.before, options.after))
        print(name, len(truth), gain(truth, before, after, people), flush=True)


if __name__ == "__main__":
    main()
