"""Measure the VLM that ships on NIH films of patients that taught none of it, and write its card.

    python -m training.vlm_on_new_films

As `training.clip_on_new_films` does for the CLIP, whose tower it sees with: the weights stay as they are. Reports are
of films drawn by a hash of their names, questions of up to 24 films that have a label and 24 that have not, of all.
"""

import hashlib
import json

import numpy as np
from numpy.typing import NDArray

from overread.imaging.letterbox import letterbox
from training.cards import digests, readme
from training.data import Row, manifest, read_gray
from training.distil import SIZE
from training.facts import row_facts
from training.folds import taught_the_start
from training.paths import MODELS, data_root
from training.vlm_data import template
from training.vlm_eval import presence_trust, report_figures
from training.writer import Writer

FOLDER = MODELS / "vlm"
WITHIN = "nih-cxr14"
WHERE = "nih-cxr14, patients that taught nothing"
LONGEST = 320
REPORTS = 400
"""Films that a report is written of."""


def new_rows() -> list[Row]:
    """Give NIH's films at 512 px of patients that taught nothing, in an order that is as good as random."""
    before = taught_the_start(manifest())
    rows = [row for row in manifest() if row.source == WITHIN and row.fields["patient_id"] not in before]
    return sorted(rows, key=lambda row: hashlib.sha256(row.id.encode()).digest())


def canvases(rows: list[Row]) -> NDArray[np.uint8]:
    """Give the films (n, 240, 240) at the model's size."""
    return np.stack([letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), SIZE).pixels for row in rows])


def measure() -> None:
    """Measure, and write card.json and README.md of models/vlm."""
    rows, writer = new_rows(), Writer()
    facts, films = [row_facts(row) for row in rows], canvases(rows)
    texts = writer.write(films[:REPORTS], [template("report").render()] * REPORTS, LONGEST)
    report = report_figures(texts, facts[:REPORTS], WITHIN)
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["trust"] = {"report": report.pop("trust"), "vqa": presence_trust(writer, films, facts, WITHIN)}
    for table in card["trust"].values():
        for figure in table.values():
            figure["where"] = WHERE
    card["results"]["report"][WITHIN] = report
    # Of the test split of before, whose films are among those of now.
    card["results"]["report"].pop("real, all sources", None)
    card["digests"] = digests(FOLDER)
    (FOLDER / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    figures = [path.name for path in sorted(FOLDER.glob("*.png"))]
    (FOLDER / "README.md").write_text(readme(card, figures), encoding="utf-8")


if __name__ == "__main__":
    measure()
